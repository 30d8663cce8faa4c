import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit.ts'
import { program, runCommand, startCommand } from '../support/command.ts'
import { makeRepo, runGit } from '../support/repo.ts'

describe('oore run', () => {
  test('runs the only workflow, puts its artifacts beside the code and leaves nothing else', async () => {
    using repo = makeRepo({
      'oore.yaml': configuration({
        scripts: [
          { name: 'Greet', script: 'echo hello; echo trouble >&2' },
          { name: 'Make', script: 'mkdir out && printf app > out/app.apk' },
        ],
        artifacts: ['out/*'],
      }),
      '.gitignore': 'oore-artifacts/\n',
    })
    using temporary = directory()
    const { code, stdout, stderr } = await runCommand(repo.dir, ['run'], {
      TMPDIR: temporary.path,
    })
    expect({ code, stderr }).toEqual({ code: exitCodes.ok, stderr: 'trouble\n' })
    expect(stdout).toMatch(/==> 1\/2 Greet\nhello\n✓ Greet {2}\d+ms\n/)
    expect(stdout).toMatch(/==> Summary\n {2}✓ Get the code {2}[^]* {2}✓ Make {2}/)
    expect(stdout).toMatch(
      /Artifacts in oore-artifacts:\n {2}app.apk {2}3 B\nApp succeeded after .*\n$/,
    )
    expect(readFileSync(join(repo.dir, 'oore-artifacts/app.apk'), 'utf8')).toBe('app')
    expect(repo.git('status', '--short')).toBe('')
    expect(existsSync(join(repo.dir, 'out'))).toBe(false)
    expect(readdirSync(temporary.path).filter((name) => name.startsWith('oore-run'))).toEqual([])
  })

  test('a failed step ends the build, keeps what it made and gives the exit code 3', async () => {
    using repo = makeRepo({
      'oore.yaml': configuration({
        scripts: [
          { name: 'Lint', script: 'exit 2', ignore_failure: true },
          'echo made > made.txt',
          { name: 'Test', script: 'exit 7' },
          { name: 'Pack', script: 'echo never' },
        ],
        artifacts: ['made.txt'],
      }),
    })
    mkdirSync(join(repo.dir, 'oore-artifacts'))
    for (const name of ['made.txt', 'of-before.txt']) {
      writeFileSync(join(repo.dir, 'oore-artifacts', name), 'of before\n')
    }
    const { code, stdout, stderr } = await runCommand(repo.dir, ['run'])
    expect(code).toBe(exitCodes.buildFailed)
    expect(stdout).toMatch(/! Lint {2}exit code 2, ignored/)
    expect(stdout).toMatch(/✗ Test {2}exit code 7/)
    expect(stdout).toMatch(/– Pack {2}not run/)
    expect(stdout).not.toContain('never')
    expect(stderr).toContain('oore: App failed. Step 3, “Test”, ended with exit code 7.\n')
    expect(stderr).toContain('Add this line to .gitignore: /oore-artifacts/\n')
    expect(read(repo.dir, 'oore-artifacts/made.txt')).toBe('made\n')
    expect(read(repo.dir, 'oore-artifacts/of-before.txt')).toBe('of before\n')
  })

  test('builds the working tree as it is: changed, new, removed and linked files, modes and history', async () => {
    using repo = makeRepo({
      'oore.yaml': configuration({
        scripts: [
          'cat changed.txt new.txt link.txt; ls gone.txt ignored.txt; test -x tool && echo executable',
          'git status --short; git log --format=%s; git remote; echo "on $CM_BRANCH at $CM_COMMIT"',
          'echo damage > changed.txt; rm -rf .git; echo $BUILD_NUMBER',
        ],
      }),
      'changed.txt': 'old\n',
      'gone.txt': 'gone\n',
      '.gitignore': 'ignored.txt\n',
    })
    writeFileSync(join(repo.dir, 'changed.txt'), 'changed\n')
    writeFileSync(join(repo.dir, 'new.txt'), 'new\n')
    writeFileSync(join(repo.dir, 'ignored.txt'), 'ignored\n')
    writeFileSync(join(repo.dir, 'tool'), '#!/bin/sh\n')
    chmodSync(join(repo.dir, 'tool'), 0o755)
    symlinkSync('new.txt', join(repo.dir, 'link.txt'))
    rmSync(join(repo.dir, 'gone.txt'))
    const { code, stdout } = await runCommand(repo.dir, ['run'])
    expect(code).toBe(exitCodes.ok)
    expect(stdout).toContain(`5 files differ from commit ${repo.head().slice(0, 12)}.`)
    expect(stdout).toContain('changed\nnew\nnew\nexecutable\n')
    expect(stdout).toContain(
      ' M changed.txt\n D gone.txt\n?? link.txt\n?? new.txt\n?? tool\nBegin\n',
    )
    expect(stdout).toContain(`Begin\non main at ${repo.head()}\n`)
    expect(read(repo.dir, 'changed.txt')).toBe('changed\n')
    expect(repo.git('log', '--format=%s')).toBe('Begin')
  })

  test('a submodule and a directory below the root are built with it', async () => {
    using library = makeRepo({ 'lib.txt': 'library\n' })
    using repo = makeRepo({
      'oore.yaml': configuration({
        scripts: ['cat lib/lib.txt lib/more.txt; git -C lib log --format=%s'],
      }),
      'app/main.txt': '',
    })
    repo.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library.url, 'lib')
    repo.commit({})
    writeFileSync(join(repo.dir, 'lib/more.txt'), 'more\n')
    const { code, stdout } = await runCommand(join(repo.dir, 'app'), ['run'])
    expect(code).toBe(exitCodes.ok)
    expect(stdout).toContain('library\nmore\nBegin\n')
  })

  test('a linked work tree and a repository without a commit are built as they are', async () => {
    const files = {
      'oore.yaml': configuration({ scripts: ['cat new.txt; echo "on [$CM_BRANCH]"'] }),
    }
    using repo = makeRepo(files)
    const linked = join(repo.dir, '../linked')
    repo.git('worktree', 'add', '--quiet', '-b', 'side', linked)
    writeFileSync(join(linked, 'new.txt'), 'linked\n')
    expect((await runCommand(linked, ['run'])).stdout).toContain('linked\non [side]\n')

    using fresh = directory({ ...files, 'new.txt': 'fresh\n' })
    runGit(fresh.path, 'init', '--quiet')
    const { code, stdout } = await runCommand(fresh.path, ['run'])
    expect(code).toBe(exitCodes.ok)
    expect(stdout).toContain('nothing is committed yet')
    expect(stdout).toContain('fresh\non []\n')
  })

  test('--commit builds exactly that commit, by its own configuration', async () => {
    using repo = makeRepo({
      'oore.yaml': configuration({ scripts: ['echo first; cat file.txt; echo "on $CM_BRANCH"'] }),
      'file.txt': 'of the commit\n',
    })
    const first = repo.head()
    repo.commit({ 'oore.yaml': configuration({ scripts: ['echo second'] }) })
    writeFileSync(join(repo.dir, 'file.txt'), 'of now\n')
    const { code, stdout } = await runCommand(repo.dir, ['run', '--commit', 'HEAD~1'])
    expect(code).toBe(exitCodes.ok)
    expect(stdout).toContain(`Took ${first.slice(0, 12)} from`)
    expect(stdout).toContain('first\nof the commit\non main\n')
    const missing = await runCommand(repo.dir, ['run', '--commit', 'nowhere'])
    expect(missing).toMatchObject({ code: exitCodes.failure, stdout: '' })
    expect(missing.stderr).toContain('has no commit "nowhere"')
  })

  test('runs in a directory that is no repository', async () => {
    using plain = directory({
      'codemagic.yaml': configuration({
        scripts: ['cat deep/file.txt; echo "[$CM_COMMIT]"; touch made'],
      }),
      'deep/file.txt': 'deep\n',
      '.oore.env': 'SECRET=x\n',
    })
    const { code, stdout } = await runCommand(plain.path, ['run'])
    expect(code).toBe(exitCodes.ok)
    expect(stdout).toContain('Copied 2 files')
    expect(stdout).toContain('deep\n[]\n')
    expect(readdirSync(plain.path).toSorted()).toEqual(['.oore.env', 'codemagic.yaml', 'deep'])
    const commit = await runCommand(plain.path, ['run', '--commit', 'HEAD'])
    expect(commit.code).toBe(exitCodes.usage)
  })

  test('of several workflows one has to be named, and a misspelt one is recognised', async () => {
    using repo = makeRepo({
      'oore.yaml':
        'workflows:\n  ios: { name: iOS app, scripts: [echo i] }\n  android: { scripts: [echo a] }\n',
    })
    const unsaid = await runCommand(repo.dir, ['run'])
    expect(unsaid).toEqual({
      code: exitCodes.usage,
      stdout: '',
      stderr:
        'oore: oore.yaml has 2 workflows. Say which: oore run ios\n  ios  iOS app\n  android\n',
    })
    const misspelt = await runCommand(repo.dir, ['run', 'andriod'])
    expect(misspelt.code).toBe(exitCodes.usage)
    expect(misspelt.stderr).toContain('Did you mean android?')
    expect((await runCommand(repo.dir, ['run', 'android'])).stdout).toContain('\na\n')
  })

  test('an error stops its own workflow, and is said of the others', async () => {
    using repo = makeRepo({
      'oore.yaml': 'workflows:\n  good: { scripts: [echo fine] }\n  bad: { scripts: {} }\n',
    })
    const bad = await runCommand(repo.dir, ['run', 'bad'])
    expect(bad).toMatchObject({ code: exitCodes.failure, stdout: '' })
    expect(bad.stderr).toContain('oore.yaml:3:')
    const good = await runCommand(repo.dir, ['run', 'good'])
    expect(good.code).toBe(exitCodes.ok)
    expect(good.stderr).toContain('oore.yaml:3:')
    expect(good.stdout).toContain('\nfine\n')
  })

  test('inputs are asked for by name, checked, and put in with their types', async () => {
    using repo = makeRepo({
      'oore.yaml': `
workflows:
  app:
    inputs:
      flavour: { description: Which flavour, type: choice, options: [staging, production] }
      count: { description: How many, type: number, default: 2 }
    scripts:
      - echo "building \${{ inputs.flavour }} \${{ inputs.count }}"
`,
    })
    const missing = await runCommand(repo.dir, ['run'])
    expect(missing.code).toBe(exitCodes.usage)
    expect(missing.stderr).toContain('-i flavour=…  Which flavour (one of staging, production)')
    const wrong = await runCommand(repo.dir, ['run', '-i', 'flavour=stagin', '-i', 'cont=1'])
    expect(wrong.code).toBe(exitCodes.usage)
    expect(wrong.stderr).toContain('not "stagin". Did you mean staging?')
    expect(wrong.stderr).toContain('has no input "cont". Did you mean count?')
    const given = await runCommand(repo.dir, ['run', '-i', 'flavour=production', '-i', 'count=7'])
    expect(given.code).toBe(exitCodes.ok)
    expect(given.stdout).toContain('\nbuilding production 7\n')
  })

  test('secrets of the ignored file win over the workflow and are masked everywhere', async () => {
    using repo = makeRepo({
      'oore.yaml': `
workflows:
  app:
    environment:
      groups: [store]
      vars: { KEY: of the file, REFERS: "to $TOKEN", PLAIN: of the file }
    scripts:
      - test "$KEY" = 'a$b"c d' && echo "$TOKEN" && echo "$TOKEN" | base64 && echo "$REFERS"
      - echo "$PLAIN"; test "$NOTES" = "$(printf 'one\\ntwo')" && echo notes
`,
      '.gitignore': '.oore.env\n',
    })
    writeFileSync(
      join(repo.dir, '.oore.env'),
      '# comment\nexport TOKEN="tip-top-secret"\nKEY=a$b"c d\nNOTES<<END\none\ntwo\nEND\n',
    )
    const { code, stdout, stderr } = await runCommand(repo.dir, ['run', '--var', 'PLAIN=given'])
    expect(code).toBe(exitCodes.ok)
    expect(stderr).toBe('oore: The variables of the group store are taken from .oore.env.\n')
    expect(stdout).toMatch(/\n\*\*\*\n\*\*\*\S*\nto \*\*\*\n/)
    expect(stdout).toContain('\ngiven\nnotes\n')
    expect(stdout).not.toContain('secret')
  })

  test('a file of secrets that git would commit is refused, with the line that mends it', async () => {
    using repo = makeRepo({ 'oore.yaml': configuration({ scripts: ['echo ran'] }) })
    writeFileSync(join(repo.dir, '.oore.env'), 'TOKEN=tip-top-secret\n')
    const open = await runCommand(repo.dir, ['run'])
    expect(open).toMatchObject({ code: exitCodes.failure, stdout: '' })
    expect(open.stderr).toContain('Add this line to .gitignore:\n\n/.oore.env\n')
    repo.commit({})
    const tracked = await runCommand(repo.dir, ['run'])
    expect(tracked).toMatchObject({ code: exitCodes.failure, stdout: '' })
    expect(tracked.stderr).toContain('git rm --cached .oore.env')
    const missing = await runCommand(repo.dir, ['run', '--secrets-file', 'none.env'])
    expect(missing).toMatchObject({ code: exitCodes.failure, stdout: '' })
    expect(missing.stderr).toContain('none.env')
  })

  test('Ctrl-C ends what runs, in peace, and is told by the exit code', async () => {
    using repo = makeRepo({
      'oore.yaml': configuration({
        scripts: [
          step('trap "echo tidied; exit 0" TERM; echo begun; while :; do sleep 0.05; done'),
          'echo never',
        ],
      }),
    })
    using temporary = directory()
    const running = startCommand(repo.dir, ['run'], { TMPDIR: temporary.path })
    await running.prints('begun')
    running.process.kill('SIGINT')
    const { code, stdout, stderr } = await running.ended
    expect(code).toBe(exitCodes.interrupted)
    expect(stdout).toContain('tidied\n')
    expect(stdout).toContain('not run')
    expect(stderr).toContain('Ctrl-C again kills it at once.')
    expect(readdirSync(temporary.path)).toEqual([])
  })

  test('a second Ctrl-C does not wait for what will not end', async () => {
    using repo = makeRepo({
      'oore.yaml': configuration({
        scripts: [step('trap "echo stubborn" TERM; echo begun; while :; do sleep 0.05; done')],
      }),
    })
    const running = startCommand(repo.dir, ['run'])
    await running.prints('begun')
    running.process.kill('SIGINT')
    await running.prints('stubborn')
    const askedAt = performance.now()
    running.process.kill('SIGINT')
    expect((await running.ended).code).toBe(exitCodes.interrupted)
    expect(performance.now() - askedAt).toBeLessThan(5_000)
  })

  test('ends the build when nobody reads on', async () => {
    using repo = makeRepo({
      'oore.yaml': configuration({
        scripts: [step('echo begun; while echo more; do sleep 0.01; done'), 'touch "$HOME/never"'],
      }),
    })
    using home = directory()
    const running = startCommand(repo.dir, ['run'], { HOME: home.path, TMPDIR: home.path })
    await running.prints('begun')
    running.process.stdout?.destroy()
    expect((await running.ended).code).toBe(exitCodes.ok)
    expect(readdirSync(home.path)).toEqual([])
  })

  test('a process that a step leaves behind is ended and named', async () => {
    using repo = makeRepo({
      'oore.yaml': configuration({ scripts: ['sleep 600 > /dev/null 2>&1 &'] }),
    })
    const { code, stdout } = await runCommand(repo.dir, ['run'])
    expect(code).toBe(exitCodes.ok)
    expect(stdout).toMatch(/Ended 1 process that the steps had left behind: sleep \(\d+\)\./)
  })

  test('artifacts that cannot be put where they belong are told, whatever the path is called', async () => {
    using place = directory()
    const root = join(place.path, 'my app (ü)')
    mkdirSync(join(root, 'oore-artifacts/made.txt'), { recursive: true })
    writeFileSync(
      join(root, 'oore.yaml'),
      configuration({ scripts: ['echo made > made.txt'], artifacts: ['made.txt'] }),
    )
    runGit(root, 'init', '--quiet')
    runGit(root, 'add', 'oore.yaml')
    runGit(root, 'commit', '--quiet', '--message', 'Begin')
    const blocked = await runCommand(root, ['run'])
    expect(blocked.code).toBe(exitCodes.failure)
    expect(blocked.stdout).toContain('App succeeded after')
    expect(blocked.stderr).toContain('The artifacts could not be put into')
    const here = await runCommand(root, ['run', '--artifacts', '.'])
    expect(here).toMatchObject({ code: exitCodes.ok, stderr: '' })
    expect(read(root, 'made.txt')).toBe('made\n')
  })

  test('sums up the tests that were reported, those that failed with their message', async () => {
    using repo = makeRepo({
      'oore.huml': [
        'workflows::',
        '  app::',
        '    scripts::',
        '      - ::',
        '        name: "Test"',
        '        script: "cp report.xml out.xml; exit 1"',
        '        test_report: "out.xml"',
        '',
      ].join('\n'),
      'report.xml':
        '<testsuite name="s"><testcase classname="Sum" name="adds" time="0.1"/>' +
        '<testcase classname="Sum" name="carries" time="0.2"><failure message="1 is not 2"/></testcase></testsuite>',
    })
    const { code, stdout } = await runCommand(repo.dir, ['run'])
    expect(code).toBe(exitCodes.buildFailed)
    expect(stdout).toMatch(
      /failed +Sum: carries {2}200ms\n +1 is not 2\n2 tests: 1 passed, 1 failed/,
    )
  })

  test('steps before the checkout run first, and one that its condition holds back is told', async () => {
    using repo = makeRepo({
      'oore.yaml': `
workflows:
  app:
    environment: { vars: { MODE: fast } }
    pre_clone_scripts: [{ name: Prepare, script: ls }]
    scripts:
      - { name: Slow, script: echo slow, when: { condition: env.MODE == "slow" } }
      - { name: Fast, script: echo quick }
`,
    })
    const { code, stdout } = await runCommand(repo.dir, ['run'])
    expect(code).toBe(exitCodes.ok)
    expect(stdout).toMatch(/^==> 1\/3 Prepare\n✓ Prepare[^]*==> Get the code\n[^]*==> 2\/3 Slow\n/)
    expect(stdout).toMatch(/This step was skipped: .*\n– Slow {2}not run/)
    expect(stdout).toMatch(/==> 3\/3 Fast\nquick\n/)
  })

  test('--keep leaves the workspace and says where', async () => {
    using repo = makeRepo({ 'oore.yaml': configuration({ scripts: ['echo made > made.txt'] }) })
    using temporary = directory()
    const { stdout } = await runCommand(repo.dir, ['run', '--keep'], { TMPDIR: temporary.path })
    const workspace = /^The workspace is in (.*)$/m.exec(stdout)?.[1] ?? ''
    expect(read(workspace, 'clone/made.txt')).toBe('made\n')
  })

  test.skipIf(process.platform !== 'linux')(
    'has colours on a terminal only, and not where NO_COLOR says so',
    async () => {
      using repo = makeRepo({ 'oore.yaml': configuration({ scripts: ['true'] }) })
      const onTerminal = (settings: Record<string, string>) =>
        execFileSync('script', ['-qec', `'${process.execPath}' '${program}' run`, '/dev/null'], {
          cwd: repo.dir,
          env: {
            PATH: process.env['PATH'] ?? '',
            HOME: '/nonexistent',
            TERM: 'xterm',
            ...settings,
          },
          encoding: 'utf8',
        })
      expect(onTerminal({})).toContain('\u001b[32m✓\u001b[39m true')
      expect(onTerminal({ NO_COLOR: '1' })).not.toContain('\u001b')
      expect((await runCommand(repo.dir, ['run'])).stdout).not.toContain('\u001b')
    },
  )
})

type Item = string | { name: string; script: string; ignore_failure?: boolean }

/** Without a name of its own a script would be said before it runs. */
const step = (script: string): Item => ({ name: 'Step', script })

/** A configuration of one workflow. JSON is YAML. */
const configuration = (workflow: { scripts: Item[]; artifacts?: string[] }): string =>
  JSON.stringify({ workflows: { app: { name: 'App', ...workflow } } }, null, 2)

const read = (directoryPath: string, name: string): string =>
  readFileSync(join(directoryPath, name), 'utf8')

/** A directory with these files, for one test. */
function directory(files: Record<string, string> = {}): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'oore-cli-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
