import { spawn, type ChildProcess } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import {
  endLeftovers,
  endProcesses,
  findProcesses,
  markProcesses,
  readPs,
} from '../../src/runner/sweep.ts'
import { eventually } from '../support/eventually.ts'
import { isAlive } from './support.ts'

/** A process of nobody's build, with this environment. */
function sleeper(env: Record<string, string>): ChildProcess & { pid: number } {
  const child = spawn('sleep', ['3600'], {
    detached: true,
    stdio: 'ignore',
    env: { PATH: '/bin:/usr/bin', ...env },
  })
  if (child.pid === undefined) throw new Error('sleep did not start')
  return child as ChildProcess & { pid: number }
}

const whole = (buildId: string) => ({ buildId, groups: [], since: null })

describe('endProcesses', () => {
  test('ends the processes with the tag of the build and no other', async () => {
    const [buildId, otherId] = [newId(), newId()]
    const own = sleeper({ OORE_BUILD_ID: buildId, LAST: '1' })
    const other = sleeper({ OORE_BUILD_ID: otherId })
    const alike = sleeper({ NOTE: `OORE_BUILD_ID=${buildId}` })
    const swept = await endProcesses(whole(buildId), 1000)
    expect(swept).toEqual({ ended: [{ pid: own.pid, name: 'sleep' }], remaining: [] })
    expect([own, other, alike].map(({ pid }) => isAlive(pid))).toEqual([false, true, true])
    for (const { pid } of [other, alike]) process.kill(pid)
  })

  test('costs nothing to speak of where there is nothing', async () => {
    const swept = await endProcesses({ ...whole(newId()), since: markProcesses() }, 60_000)
    expect(swept).toEqual({ ended: [], remaining: [] })
  })

  test('finds again what a runner before this one had started', async () => {
    const buildId = newId()
    const { pid } = sleeper({ OORE_BUILD_ID: buildId })
    expect((await endLeftovers(buildId)).ended).toMatchObject([{ pid }])
    expect(isAlive(pid)).toBe(false)
  })
})

describe('findProcesses', () => {
  test('takes a zombie for dead', async () => {
    // The shell does not wait for its child, which therefore stays a zombie.
    const buildId = newId()
    const parent = spawn('bash', ['-c', 'sleep 0 & echo $!; exec sleep 3600'], {
      env: { PATH: '/bin:/usr/bin', OORE_BUILD_ID: buildId },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const zombie = Number(await new Promise((settle) => parent.stdout.once('data', settle)))
    await eventually(() => expect(isAlive(zombie)).toBe(false))
    process.kill(zombie, 0)
    const found = await eventually(async () => {
      const processes = await findProcesses(whole(buildId))
      expect(processes.map(({ name }) => name)).toEqual(['sleep'])
      return processes
    })
    expect(found).toEqual([{ pid: parent.pid, name: 'sleep' }])
    parent.kill('SIGKILL')
  })

  test('looks only at newer processes while the mark is fresh', async () => {
    const buildId = newId()
    const older = sleeper({ OORE_BUILD_ID: buildId })
    const since = markProcesses()
    const newer = sleeper({ OORE_BUILD_ID: buildId })
    expect(await findProcesses({ ...whole(buildId), since })).toMatchObject([{ pid: newer.pid }])
    expect(await findProcesses(whole(buildId))).toHaveLength(2)
    for (const { pid } of [older, newer]) process.kill(pid)
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
    expect(readPs(output, { buildId: 'AB', groups: [100], since: null })).toEqual([
      { pid: 101, name: 'java' },
      { pid: 103, name: 'sleep' },
    ])
  })
})
