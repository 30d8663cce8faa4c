import { describe, expect, test } from 'vitest'
import { readPipeline } from '../../src/pipeline/read.ts'
import { makePlan } from '../../src/pipeline/make-plan.ts'
import { startBuild } from './support.ts'

/** The steps of a file, as YAML hands them over. */
function stepsOf(yaml: string) {
  const workflow = readPipeline(yaml, 'yaml').pipeline?.workflows[0]
  if (workflow === undefined) throw new Error('no workflow')
  return makePlan(workflow).steps
}

/** What scripts of real files need of a runner: codemagic-in-the-wild, "What this forces". */
describe('scripts as they are written', () => {
  test.each([
    ['a command in the middle may fail, and be asked how it ended', 'false\necho $?', '1\n'],
    ['yes ends quietly when nobody listens any more', 'yes | head -1', 'y\n'],
    [
      'a search that finds nothing is no failure in the middle',
      'grep x /dev/null\necho on',
      'on\n',
    ],
    ['a pipe ends as its last command ends', 'exit_with() { return 3; }; exit_with | cat', ''],
    [
      'functions have variables of their own',
      'f() { local a=1; echo $a; }; f; echo "[$a]"',
      '1\n[]\n',
    ],
    ['there is arithmetic', 'i=1; (( i += 2 )); echo $((i + PROJECT_BUILD_NUMBER))', '15\n'],
    ['there are arrays', 'all=(a "b c"); echo "${#all[@]} ${all[1]}"', '2 b c\n'],
    ['echo interprets escapes', 'echo "a\\nb\\tc"', 'a\nb\tc\n'],
    ['a file is sourced by its path', 'source ./lib/env.sh; echo $FROM', 'lib\n'],
    ['there are here-strings', 'read a b <<< "1 2"; echo $b', '2\n'],
    [
      'test knows patterns',
      '[[ release/1.2 =~ ^release/(.*)$ ]] && echo ${BASH_REMATCH[1]}',
      '1.2\n',
    ],
  ])('%s', async (_what, script, stdout) => {
    using build = startBuild({
      steps: [script],
      environment: { PROJECT_BUILD_NUMBER: '12' },
      files: { 'lib/env.sh': 'FROM=lib\n' },
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]?.stdout).toBe(stdout)
  })

  test('a heredoc is what stands in the file, without the indent of YAML and nothing else', async () => {
    const steps = stepsOf(
      [
        'workflows:',
        '  main:',
        '    scripts:',
        '      - name: Write it',
        '        script: | ',
        '          cat <<EOF',
        '          <plist>',
        '            <key>$NAME</key>\t',
        '          </plist>',
        '          EOF',
        "          cat <<-'RAW'",
        '          \t$NAME \\n',
        '          RAW',
        '',
      ].join('\r\n'),
    )
    using build = startBuild({ steps, vars: { NAME: 'app' } })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]?.stdout).toBe('<plist>\n  <key>app</key>\t\n</plist>\n$NAME \\n\n')
  })

  test('each step begins anew: neither cd nor export nor options last', async () => {
    using build = startBuild({
      steps: [
        'cd lib; export LEFT=over; set -e; f() { :; }',
        'pwd; echo "[$LEFT]"; false; type f; echo on',
      ],
      files: { 'lib/x': '' },
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[2]?.stdout).toBe(`${build.root}/clone\n[]\non\n`)
  })

  test('a first line #! is obeyed, and one below it is a comment', async () => {
    const steps = stepsOf(
      [
        'workflows:',
        '  main:',
        '    scripts:',
        '      - |',
        '        #!/usr/bin/env node ',
        '        console.log([1, 2].length)',
        '      - |',
        '        # Title of it',
        '        #!/usr/bin/env node',
        '        echo sh',
        '',
      ].join('\n'),
    )
    using build = startBuild({ steps, vars: { FORCE_COLOR: '0' } })
    await build.ended
    expect(build.steps.slice(1, 3).map(({ stdout }) => stdout)).toEqual(['2\n', 'sh\n'])
    expect(steps[1]?.name).toBe('Title of it')
  })

  test('what is written to $CM_ENV wins over vars, in the order of the steps', async () => {
    using build = startBuild({
      steps: [
        'echo "$A"; echo A=first >> "$CM_ENV"; echo "$A"',
        'echo "$A"; printf "A<<E\\nsecond\\n  line=x\\nE\\n" >> "$CM_ENV"',
        'echo "$A"',
      ],
      vars: { A: 'vars' },
    })
    await build.ended
    const said = build.steps.slice(1, 4).map(({ stdout }) => stdout)
    expect(said).toEqual(['vars\nvars\n', 'first\n', 'second\n  line=x\n'])
  })
})
