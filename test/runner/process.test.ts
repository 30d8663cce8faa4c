import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { isAlive, startBuild, survivorsOf } from './support.ts'

const pidIn = (text: string): number => Number(/\b(\d+)\b/.exec(text)?.[1])

describe('a process of a step', () => {
  test('ends well with exit code 0', async () => {
    using build = startBuild({ steps: ['"$PROGRAMS/echo" hello'] })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]).toMatchObject({
      outcome: { is: 'success' },
      stdout: 'hello\n',
      stderr: 'to stderr\n',
    })
  })

  test('fails with its exit code', async () => {
    using build = startBuild({ steps: ['"$PROGRAMS/fail" 3'] })
    expect(await build.ended).toMatchObject({ is: 'failed' })
    expect(build.steps[1]?.outcome).toEqual({ is: 'failed', exitCode: 3, signal: null })
  })

  test('fails with the signal that ended it', async () => {
    using build = startBuild({ steps: ['kill -SEGV $$'] })
    expect(await build.ended).toMatchObject({ is: 'failed' })
    expect(build.steps[1]?.outcome).toEqual({ is: 'failed', exitCode: null, signal: 'SIGSEGV' })
  })

  test('an orphan holding the pipe does not hold the build, and is said to live on', async () => {
    using build = startBuild({ steps: ['"$PROGRAMS/orphan"'] })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]?.stdout).toMatch(/^orphan \d+$/m)
    expect(isAlive(pidIn(build.steps[1]?.stdout ?? ''))).toBe(false)
    expect(build.steps[1]?.stderr).toMatch(/still holds its output/)
    expect(survivorsOf(build.id)).toEqual([])
  })

  test('what a step leaves running may be used by the next and is ended with the build', async () => {
    using build = startBuild({
      steps: [
        '"$PROGRAMS/chatty-orphan" talk & sleep 0.1',
        'count() { wc -l < talk; }; was=$(count); until [ $(count) -gt $((was + 3)) ]; do :; done',
      ],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[3]?.stdout).toMatch(/^Ended \d+ process(es)? that the steps had left behind/)
    expect(survivorsOf(build.id)).toEqual([])
  })

  test('what an orphan says after its step is over stays out of the log', async () => {
    using build = startBuild({ steps: ['"$PROGRAMS/chatty-orphan" talk', 'echo second'] })
    await build.ended
    expect(build.steps[2]?.log).toBe('second\n')
    expect(build.calls.lastIndexOf('said 1')).toBeLessThan(build.calls.indexOf('finish 1'))
  })

  test('processes that left session and parent are ended with the build', async () => {
    using build = startBuild({ steps: ['node "$PROGRAMS/escape.mjs"'] })
    expect(await build.ended).toEqual({ is: 'success' })
    const escaped = [...(build.steps[1]?.stdout ?? '').matchAll(/\d+/g)].map(Number)
    expect(escaped).toHaveLength(2)
    expect(escaped.filter(isAlive)).toEqual([])
    expect(survivorsOf(build.id)).toEqual([])
  })

  test('a process that cleared its environment is found by its group', async () => {
    using build = startBuild({ steps: ['env -i sleep 3600 > /dev/null 2>&1 & echo $!'] })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(isAlive(pidIn(build.steps[1]?.stdout ?? ''))).toBe(false)
  })

  test('a process that left everything but the output of its step is found by that', async () => {
    using build = startBuild({
      steps: [
        "(env -i setsid bash -c 'echo $$ | tee pid; exec sleep 3600' &) ; until [ -s pid ]; do :; done",
      ],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    const pid = pidIn(build.steps[1]?.stdout ?? '')
    expect(build.steps[2]?.stdout).toContain(`sleep (${pid})`)
    expect(isAlive(pid)).toBe(false)
  })

  test('who holds the output of a step and is not found is spoken of', async () => {
    // The process of the tests is the runner, which no sweep looks at.
    let held = -1
    using build = startBuild({
      steps: ['echo $$; until [ -e held ]; do sleep 0.01; done'],
      onSaid({ root, steps }, position) {
        if (position !== 1 || held !== -1) return
        held = openSync(`/proc/${pidIn(steps[1]?.stdout ?? '')}/fd/1`, 'a')
        writeFileSync(join(root, 'clone/held'), '')
      },
    })
    expect(await build.ended).toEqual({ is: 'success' })
    closeSync(held)
    expect(build.steps[2]?.stderr).toContain('may remain: one that holds the output of a step')
  })

  test('a leftover that ignores TERM is killed', async () => {
    using build = startBuild({
      steps: ['"$PROGRAMS/no-term" > ready & until grep -q ready ready; do :; done'],
      limits: { grace_ms: 100 },
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(survivorsOf(build.id)).toEqual([])
  })

  test('has an empty stdin', async () => {
    using build = startBuild({ steps: ['cat; echo "read $?"'] })
    await build.ended
    expect(build.steps[1]?.stdout).toBe('read 0\n')
  })

  test('has the files 0, 1 and 2 open, and none that Oore opened', async () => {
    using build = startBuild({ steps: ['cd /proc/$$/fd; for f in *; do readlink $f; done'] })
    await build.ended
    const [stdin, stdout, stderr, ...others] = (build.steps[1]?.stdout ?? '').trim().split('\n')
    expect(stdin).toBe('/dev/null')
    expect(stdout).toMatch(/1\.stdout \(deleted\)$/)
    expect(stderr).toMatch(/1\.stderr \(deleted\)$/)
    // Bash holds its script open; whoever runs the tests may have left more, but nothing of Oore's.
    expect(others.filter((path) => path.includes(build.id))).toEqual([`${build.root}/scripts/1`])
  })

  test('can open its own output by name', async () => {
    using build = startBuild({ steps: ['echo out > /dev/stdout; echo err | tee /dev/stderr'] })
    await build.ended
    expect(build.steps[1]).toMatchObject({ stdout: 'out\nerr\n', stderr: 'err\n' })
  })

  test('is the leader of a group of its own', async () => {
    using build = startBuild({ steps: ['kill -TERM 0'] })
    await build.ended
    expect(build.steps[1]?.outcome).toEqual({ is: 'failed', exitCode: null, signal: 'SIGTERM' })
  })
})

describe('the output of a step', () => {
  test('100 MB arrive whole', async () => {
    let bytes = 0
    using build = startBuild({
      steps: ['"$PROGRAMS/flood" 100000000'],
      onBytes: (n) => (bytes += n),
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(bytes).toBe(100_000_000)
  })

  test('every byte is kept, half a character too', async () => {
    using build = startBuild({ steps: ['"$PROGRAMS/binary"'] })
    await build.ended
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    expect(build.steps[1]?.stdout).toBe(`${all.toString('latin1')}half \xe2\x82`)
  })

  test('a character that comes byte by byte is not torn', async () => {
    using build = startBuild({ steps: ['"$PROGRAMS/slow-utf8"'] })
    await build.ended
    expect(Buffer.from(build.steps[1]?.stdout ?? '', 'latin1').toString()).toBe('€ ü\n')
  })

  test('the last line needs no newline', async () => {
    using build = startBuild({ steps: ['"$PROGRAMS/no-newline"'] })
    await build.ended
    expect(build.steps[1]?.stdout).toBe('first\nlast')
  })

  test('a secret is masked on both streams, in sentences and in names', async () => {
    using build = startBuild({
      steps: [
        'printf "hunter2-"; sleep 0.2; echo "hunter2" >&2; echo "secret"; echo x > hunter2-secret.txt',
        { name: 'with hunter2-secret', script: '', workingDirectory: 'hunter2-secret' },
      ],
      masks: ['hunter2-secret'],
      artifacts: ['*.txt'],
    })
    expect(await build.ended).toMatchObject({ is: 'broken', why: expect.stringContaining('***') })
    expect(build.steps[1]).toMatchObject({ stdout: '***\n', stderr: 'hunter2\n' })
    expect(build.artifacts).toMatchObject([{ name: '***.txt', path: '***.txt' }])
    expect(JSON.stringify(build.steps)).not.toContain('hunter2-secret')
  })
})

test('a program that cannot be started is a sentence, not a crash', async () => {
  using build = startBuild({ steps: ['true'], vars: { HUGE: 'x'.repeat(3_000_000) } })
  expect(await build.ended).toMatchObject({
    is: 'broken',
    kind: 'setup',
    why: expect.stringMatching(/variables are more than this machine can hand to a program/),
  })
})

test('a step that cannot have its pipes leaves no file open', async () => {
  const open = () => readdirSync('/proc/self/fd').length
  const before = open()
  using build = startBuild({
    steps: ['rm "$CM_BUILD_DIR/../pipes/2.stderr"', 'true'],
  })
  expect(await build.ended).toMatchObject({ is: 'broken', why: expect.stringContaining('ENOENT') })
  await eventually(() => expect(open()).toBe(before))
})

test('the pipes of a step are gone from the disk once it runs', async () => {
  using build = startBuild({ steps: ['ls "$CM_BUILD_DIR/../pipes"', 'true'] })
  await build.ended
  expect(build.steps[1]?.stdout).toBe('2.stderr\n2.stdout\n')
  expect(() => readFileSync(join(build.root, 'pipes/1.stdout'))).toThrow(/ENOENT/)
})
