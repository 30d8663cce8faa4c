import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { takeLock, tryLock } from '../../../src/runner/signing/lock.ts'

const program = fileURLToPath(new URL('lock-process.ts', import.meta.url))

function makePlace() {
  const directory = mkdtempSync(join(tmpdir(), 'oore-lock-'))
  return {
    directory,
    path: join(directory, 'signing.lock'),
    notes: join(directory, 'notes'),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  }
}

const optionsFor = (path: string, build: string) => ({
  path,
  build,
  journal: `/journals/${build}`,
  onWait: () => {},
  onStale: async () => {},
  signal: new AbortController().signal,
})

/** The lock as one left it that has died: its number belongs to a living process, its start does not. */
const deadHolder = (more: object = {}) =>
  JSON.stringify({
    token: 'dead',
    pid: process.pid,
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
    started_at: 1,
    build: 'dead',
    journals: ['/journals/dead'],
    ...more,
  })

describe('the lock of an account', { timeout: 60_000 }, () => {
  test('is held by one of many processes at a time, also where they find a dead holder', async () => {
    using place = makePlace()
    writeFileSync(place.path, deadHolder())
    writeFileSync(`${place.path}.dead-1`, deadHolder({ token: 'deadtoo' }))
    const children = Array.from({ length: 6 }, (_each, n) =>
      spawn(process.execPath, ['--import', 'tsx', program, place.path, place.notes, `b${n}`, '4'], {
        stdio: 'inherit',
      }),
    )
    const codes = await Promise.all(
      children.map(async (child) => (await once(child, 'close'))[0] as number),
    )
    expect(codes).toEqual(codes.map(() => 0))
    const notes = readFileSync(place.notes, 'utf8').trim().split('\n')
    // What the dead one left is undone once, before anyone works.
    expect(notes[0]).toBe('undo /journals/dead')
    const turns = notes.slice(1)
    expect(turns).toHaveLength(2 * 6 * 4)
    for (let at = 0; at < turns.length; at += 2) {
      expect(turns[at + 1]).toBe(turns[at]?.replace('take', 'leave'))
    }
    expect(readdirSync(place.directory)).toEqual(['notes'])
  })

  test('of a machine that has restarted since is nobody’s', async () => {
    using place = makePlace()
    writeFileSync(place.path, deadHolder({ boot: 'another' }))
    const stale: string[] = []
    const lock = await tryLock({
      ...optionsFor(place.path, 'b'),
      onStale: async (journal) => void stale.push(journal),
    })
    expect(stale).toEqual(['/journals/dead'])
    lock?.release()
  })

  test('that nobody can read is taken over', async () => {
    using place = makePlace()
    writeFileSync(place.path, '')
    const lock = await tryLock(optionsFor(place.path, 'b'))
    expect(lock).not.toBe(null)
    lock?.release()
    expect(readdirSync(place.directory)).toEqual([])
  })

  test('goes on in the order in which the builds of a runner asked', async () => {
    using place = makePlace()
    const order: string[] = []
    const first = await takeLock(optionsFor(place.path, 'first'))
    const others = ['second', 'third'].map(async (build) => {
      const lock = await takeLock(optionsFor(place.path, build))
      order.push(build)
      lock.release()
    })
    expect(await tryLock(optionsFor(place.path, 'hasty'))).toBe(null)
    first.release()
    await Promise.all(others)
    expect(order).toEqual(['second', 'third'])
    const again = await tryLock(optionsFor(place.path, 'again'))
    expect(again).not.toBe(null)
    again?.release()
  })
})
