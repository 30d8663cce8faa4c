import { spawn, type ChildProcess } from 'node:child_process'
import { afterEach, describe, expect, test } from 'vitest'
import { monotonicClock } from '../../src/lib/clock.ts'
import { newId } from '../../src/lib/ids.ts'
import { endLeftovers, endProcesses, findProcesses, readPs } from '../../src/runner/sweep.ts'
import { eventually } from '../support/eventually.ts'
import { isAlive } from './support.ts'

const started: ChildProcess[] = []

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

/** A process that no build has started, with this environment. */
function start(command: string, args: string[], env: Record<string, string>): ChildProcess {
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: '/bin:/usr/bin', ...env },
  })
  started.push(child)
  return child
}

function sleeper(env: Record<string, string>): { pid: number } {
  const { pid } = start('sleep', ['3600'], env)
  if (pid === undefined) throw new Error('sleep did not start')
  return { pid }
}

const whole = (buildId: string) => ({ buildId, groups: [], pipes: [], first: null })

describe('endProcesses', () => {
  test('ends the processes with the tag of the build and no other', async () => {
    const [buildId, otherId] = [newId(), newId()]
    const own = sleeper({ OORE_BUILD_ID: buildId, LAST: '1' })
    const other = sleeper({ OORE_BUILD_ID: otherId })
    const alike = sleeper({ NOTE: `OORE_BUILD_ID=${buildId}` })
    const swept = await endProcesses(whole(buildId), 1000)
    expect(swept).toEqual({ ended: [{ pid: own.pid, name: 'sleep' }], remaining: [] })
    expect([own, other, alike].map(({ pid }) => isAlive(pid))).toEqual([false, true, true])
  })

  test('does not wait where there is nothing to end', async () => {
    const swept = await endProcesses(whole(newId()), 60_000)
    expect(swept).toEqual({ ended: [], remaining: [] })
  })

  test('finds again what a runner before this one had started', async () => {
    const buildId = newId()
    const { pid } = sleeper({ OORE_BUILD_ID: buildId })
    expect((await endLeftovers(buildId, [])).ended).toMatchObject([{ pid }])
    expect(isAlive(pid)).toBe(false)
  })
})

describe('findProcesses', () => {
  test('takes a zombie for dead', async () => {
    // The program that takes the shell's place waits for no child: the first sleep stays a zombie.
    const buildId = newId()
    const script = 'sleep 0.2 & echo $!; exec sleep 3600'
    const parent = start('bash', ['-c', script], { OORE_BUILD_ID: buildId })
    const zombie = Number(await new Promise((settle) => parent.stdout?.once('data', settle)))
    await eventually(() => expect(isAlive(zombie)).toBe(false))
    process.kill(zombie, 0)
    const found = await eventually(async () => {
      const processes = await findProcesses(whole(buildId))
      expect(processes.map(({ name }) => name)).toEqual(['sleep'])
      return processes
    })
    expect(found).toEqual([{ pid: parent.pid, name: 'sleep' }])
  })

  test('looks only behind the first process of a build while that is fresh', async () => {
    const buildId = newId()
    sleeper({ OORE_BUILD_ID: buildId })
    const newer = sleeper({ OORE_BUILD_ID: buildId })
    const first = { pid: newer.pid, startedAt: monotonicClock() }
    expect(await findProcesses({ ...whole(buildId), first })).toMatchObject([{ pid: newer.pid }])
    const stale = { ...first, startedAt: monotonicClock() - 60_000 }
    expect(await findProcesses({ ...whole(buildId), first: stale })).toHaveLength(2)
  })

  test('looks at all processes when their numbers have begun again', async () => {
    const buildId = newId()
    const { pid } = sleeper({ OORE_BUILD_ID: buildId })
    const first = { pid: 2 ** 30, startedAt: monotonicClock() }
    expect(await findProcesses({ ...whole(buildId), first })).toMatchObject([{ pid }])
  })
})

describe('readPs', () => {
  test('reads what macOS prints: by tag, by group, zombies left out', () => {
    const output = [
      '  101   101 Ss   /usr/bin/java -jar x PATH=/bin OORE_BUILD_ID=AB HOME=/',
      '  102   102 S    sleep 9 OORE_BUILD_ID=ABC',
      '  103   100 S+   /bin/sleep 9',
      '  104   100 Z    (sleep)',
      '  105   105 S    echo OORE_BUILD_ID=ABsurd',
      '',
    ].join('\n')
    expect(readPs(output, { buildId: 'AB', groups: [100] })).toEqual([
      { pid: 101, name: 'java' },
      { pid: 103, name: 'sleep' },
    ])
  })
})
