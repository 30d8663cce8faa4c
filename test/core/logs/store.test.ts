import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { logTopic } from '../../../src/core/logs/store.ts'
import { OoreError } from '../../../src/lib/errors.ts'
import { newId } from '../../../src/lib/ids.ts'
import { encodeChunk, encodeFrames } from '../../../src/lib/log-frames.ts'
import { LogFile } from '../../../src/lib/log-file.ts'
import { SpeakingBuild } from '../../support/logs.ts'

const frame = (text: string) => ({ stream: 'stdout' as const, at: 1, bytes: Buffer.from(text) })
const body = (...texts: string[]) => encodeFrames(texts.map(frame))

describe('what a runner sends', () => {
  test('is plain bytes on disk, private, and rings', () => {
    using build = new SpeakingBuild()
    let rings = 0
    build.bells.listen(logTopic(build.id, 1), () => (rings += 1))
    expect(build.logs.append(build.id, 1, 0, body('one\n', 'two\n'))).toBeNull()
    const file = join(build.directory, build.id, 'step-1.log')
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(build.directory, build.id)).mode & 0o777).toBe(0o700)
    expect(rings).toBe(1)
  })

  test('may come twice, or begin in what is there, and is taken once', () => {
    using build = new SpeakingBuild()
    const send = (offset: number, ...texts: string[]) =>
      build.logs.append(build.id, 1, offset, body(...texts))
    send(0, 'abc', 'def')
    expect(send(0, 'abc', 'def')).toBeNull()
    expect(send(2, 'c', 'def', 'ghi')).toBeNull()
    expect(send(4, 'efghijk')).toBeNull()
    expect(readFileSync(join(build.directory, build.id, 'step-1.log'), 'utf8')).toBe('abcdefghijk')
  })

  test('out of turn is not taken, and the answer says where to begin', () => {
    using build = new SpeakingBuild()
    expect(build.logs.append(build.id, 1, 5, body('later'))).toEqual({ wanted: 0 })
    build.say(1, 'abc')
    expect(build.logs.append(build.id, 1, 5, body('later'))).toEqual({ wanted: 3 })
    build.restartServer()
    expect(build.logs.append(build.id, 1, 5, body('later'))).toEqual({ wanted: 3 })
  })

  test('goes on behind a gap when the runner had to drop something', () => {
    using build = new SpeakingBuild()
    const directory = join(build.directory, 'spool')
    const spool = LogFile.open({ directory, name: '1', maxBytes: 10_000 })
    for (let i = 0; i < 100; i++) spool.append(frame(`line ${i} ${'.'.repeat(50)}\n`))
    const before = spool.read(0, 3000)
    build.logs.append(build.id, 1, 0, encodeChunk(before))
    for (let i = 100; i < 2000; i++) spool.append(frame(`line ${i} ${'.'.repeat(50)}\n`))
    for (let next = before.next; next < spool.size;) {
      const chunk = spool.read(next, 100_000)
      const sent = encodeChunk(chunk)
      expect(build.logs.append(build.id, 1, next, sent)).toBeNull()
      expect(build.logs.append(build.id, 1, next, sent)).toBeNull()
      next = chunk.next
    }
    expect(build.logs.info(build.id, 1)).toMatchObject({
      size: spool.size,
      lines: 2000,
      truncated: true,
    })
    const { frames } = build.logs.open(build.id, 1).read(spool.size - 10, 100)
    expect(frames[0]?.line).toBe(1999)
    spool.close()
  })

  test('is refused when it is not frames, or leads backwards', () => {
    using build = new SpeakingBuild()
    build.say(1, 'abc\n')
    const jump = { offset: 100, line: 0, stdoutBytes: 50 }
    expect(() => build.logs.append(build.id, 1, 0, Buffer.from('abc'))).toThrow(OoreError)
    expect(() => build.logs.append(build.id, 1, 4, encodeFrames([frame('x')], jump))).toThrow(
      /backwards/,
    )
  })

  test.each(['../../etc/passwd', '..', '', 'a'.repeat(26)])('an id like %o is no path', (id) => {
    using build = new SpeakingBuild()
    expect(() => build.logs.append(id, 1, 0, body('x'))).toThrow(/no such build/)
    expect(() => build.logs.append(build.id, -1, 0, body('x'))).toThrow(/no such step/)
    expect(() => build.logs.append(build.id, 1.5, 0, body('x'))).toThrow(/no such step/)
    expect(readdirSync(build.directory)).toEqual([])
  })
})

test('a log that nobody wrote is empty and makes no file', () => {
  using build = new SpeakingBuild()
  const log = build.logs.open(build.id, 0)
  expect(log.info()).toEqual({
    size: 0,
    lines: 0,
    stdoutBytes: 0,
    stderrBytes: 0,
    truncated: false,
  })
  expect(log.read(0, 100)).toEqual({ frames: [], next: 0, missing: null })
  expect(existsSync(join(build.directory, build.id))).toBe(false)
})

test('many logs are open for readers, few for the machine', () => {
  using build = new SpeakingBuild()
  const ids = Array.from({ length: 100 }, () => newId())
  const descriptors = () => readdirSync('/dev/fd').length
  const before = descriptors()
  const readers = ids.map((id) => {
    build.logs.append(id, 1, 0, body(`log of ${id}\n`))
    return { id, log: build.logs.open(id, 1) }
  })
  expect(descriptors() - before).toBeLessThanOrEqual(32 * 6)
  for (const { id, log } of readers) {
    expect(Buffer.from(log.read(0, 100).frames[0]?.bytes ?? []).toString()).toBe(`log of ${id}\n`)
  }
  expect(descriptors() - before).toBeLessThanOrEqual(32 * 6)
})

test('removing a build removes its logs and no others', async () => {
  using build = new SpeakingBuild()
  const other = newId()
  build.say(0, 'a')
  build.logs.append(other, 0, 0, body('b'))
  await build.logs.remove(build.id)
  expect(readdirSync(build.directory)).toEqual([other])
  expect(build.logs.info(build.id, 0).size).toBe(0)
})
