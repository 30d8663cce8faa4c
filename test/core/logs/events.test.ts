import { describe, expect, test } from 'vitest'
import { type BuildEvent, followBuild } from '../../../src/core/logs/events.ts'
import { type Mark, markOf, markText, newMark } from '../../../src/core/logs/mark.ts'
import { watchBuild } from '../../../src/core/logs/watch.ts'
import { SpeakingBuild } from '../../support/logs.ts'

type Told = { event: BuildEvent; id: string }

/** A reader that takes events one by one, and leaves when it is told to. */
function follow(
  build: SpeakingBuild,
  after: string | null = null,
  withLogs = true,
  quietMs = 60_000,
) {
  const leaving = new AbortController()
  const mark: Mark = after === null ? newMark() : (markOf(after) ?? newMark())
  const { bells, show, logs, id: buildId } = build
  const watch = watchBuild({ bells, buildId, show, signal: leaving.signal })
  const events = followBuild({ logs, buildId, watch, mark, withLogs, quietMs })
  return {
    async next(): Promise<Told | null> {
      const { done, value } = await events.next()
      return done ? null : { event: value, id: markText(mark) }
    },
    async rest(): Promise<Told[]> {
      const told: Told[] = []
      for (let one = await this.next(); one; one = await this.next()) told.push(one)
      return told
    },
    leave() {
      leaving.abort()
      watch.close()
    },
  }
}

const short = ({ event }: Told): string => {
  switch (event.is) {
    case 'build':
      return `build ${event.build.status}`
    case 'step':
      return `${event.step.position} ${event.step.status}`
    case 'log':
      return `${event.said.step} ${event.said.stream}@${event.said.offset} ${event.said.text}`
    default:
      return event.is
  }
}

const said = (told: Told[], step: string): string =>
  told
    .map(({ event }) => (event.is === 'log' && event.said.step === step ? event.said.text : ''))
    .join('')

/** A finished build with two steps that spoke, in many pieces. */
function spoken(): SpeakingBuild {
  const build = new SpeakingBuild({ scripts: 2 })
  for (const position of [0, 1, 2, 3]) {
    for (let i = 0; i < 20; i++) {
      build.say(position, `${position}: grüße ${i} 🎉\n`, i % 3 === 0 ? 'stderr' : 'stdout')
    }
    build.step(position, 'success')
  }
  build.build('success')
  return build
}

describe('following', () => {
  test('tells how things stand, then what happens, and the end last', async () => {
    using build = new SpeakingBuild()
    const reader = follow(build)
    const seen: string[] = []
    const take = async (count: number) => {
      for (let i = 0; i < count; i++) seen.push(short((await reader.next()) as Told))
    }
    await take(4)
    expect(seen.splice(0)).toEqual(['build pending', '0 pending', '1 pending', '2 pending'])
    build.build('running')
    build.step(0, 'running')
    build.say(0, 'hello\n')
    await take(3)
    expect(seen.splice(0)).toEqual(['build running', '0 running', 'setup stdout@0 hello\n'])
    build.say(0, 'again\n')
    await take(1)
    build.say(0, 'oops\n', 'stderr')
    build.step(0, 'success')
    build.step(1, 'skipped')
    build.step(2, 'skipped')
    build.build('failure')
    expect([...seen, ...(await reader.rest()).map(short)]).toEqual([
      'setup stdout@6 again\n',
      'setup stderr@0 oops\n',
      '0 success',
      '1 skipped',
      '2 skipped',
      'build failure',
      'end',
    ])
    reader.leave()
    expect(build.bells.count()).toBe(0)
  })

  test('gives every byte once, wherever a reader broke off, also after a restart', async () => {
    using build = spoken()
    const whole = await follow(build).rest()
    const lines = (position: number) =>
      Array.from({ length: 20 }, (_, i) => `${position}: grüße ${i} 🎉\n`).join('')
    expect(said(whole, 'setup')).toBe(lines(0))
    expect(said(whole, '1')).toBe(lines(2))
    for (const [at, { id }] of whole.slice(0, -1).entries()) {
      if (at % 7 === 0) build.restartServer()
      const reader = follow(build, id)
      expect((await reader.rest()).map(short)).toEqual(whole.slice(at + 1).map(short))
      reader.leave()
    }
  })

  test('characters that are cut between frames, and between streams, come whole', async () => {
    using build = new SpeakingBuild()
    const text = 'a🎉é\n'
    const bytes = Buffer.from(text)
    build.step(0, 'running')
    const reader = follow(build)
    for (let i = 0; i < bytes.length; i++) {
      build.say(0, bytes.subarray(i, i + 1))
      build.say(0, `e${i}\n`, 'stderr')
    }
    build.say(0, Buffer.from([0xf0, 0x9f]))
    build.step(0, 'success')
    build.build('cancelled')
    const told = await reader.rest()
    const out = (events: Told[]) =>
      events.map(({ event }) =>
        event.is === 'log' && event.said.stream === 'stdout' ? event.said.text : '',
      )
    expect(out(told).join('')).toBe(`${text}\ufffd`)
    for (const [at, { id }] of told.slice(0, -1).entries()) {
      const rest = follow(build, id)
      expect((await rest.rest()).map(short)).toEqual(told.slice(at + 1).map(short))
      rest.leave()
    }
    reader.leave()
  })

  test('a slow and a fast reader see the same', async () => {
    using build = new SpeakingBuild()
    build.step(0, 'running')
    const [fast, slow] = [follow(build), follow(build)]
    await slow.next()
    const fastTold = (async () => fast.rest())()
    for (let i = 0; i < 500; i++) build.say(0, `line ${i}\n`)
    build.step(0, 'success')
    build.build('success')
    const everything = said(await fastTold, 'setup')
    expect(said(await slow.rest(), 'setup')).toBe(everything)
    expect(everything.split('\n')).toHaveLength(501)
    fast.leave()
    slow.leave()
    expect(build.bells.count()).toBe(0)
  })

  test('without logs only states are told', async () => {
    using build = spoken()
    const told = (await follow(build, null, false).rest()).map(short)
    expect(told).toEqual([
      'build success',
      '0 success',
      '1 success',
      '2 success',
      '3 success',
      'end',
    ])
  })

  test('what was dropped is said with what comes after it', async () => {
    using build = new SpeakingBuild({ maxBytes: 5000 })
    for (let i = 0; i < 500; i++) build.say(0, `line ${i} of many that are too many\n`)
    build.step(0, 'success')
    build.build('success')
    const logs = (await follow(build).rest()).flatMap(({ event }) =>
      event.is === 'log' ? [event.said] : [],
    )
    const gaps = logs.filter((event) => event.missing !== null)
    expect(gaps).toHaveLength(1)
    const bytes = logs.reduce((sum, { text }) => sum + text.length, 0)
    expect(bytes + (gaps[0]?.missing?.bytes ?? 0)).toBe(build.logs.info(build.id, 0).size)
  })

  test('says so when nothing happens', async () => {
    using build = new SpeakingBuild()
    const reader = follow(build, null, false, 1)
    for (let i = 0; i < 4; i++) await reader.next()
    expect([await reader.next(), await reader.next()].map((told) => told?.event.is)).toEqual([
      'quiet',
      'quiet',
    ])
    reader.leave()
  })

  test('a reader that leaves while it waits is let go', async () => {
    using build = new SpeakingBuild()
    const reader = follow(build, null, false)
    for (let i = 0; i < 4; i++) await reader.next()
    const waiting = reader.next()
    reader.leave()
    expect(await waiting).toBeNull()
    expect(build.bells.count()).toBe(0)
  })
})

describe('marks', () => {
  test('are the same after they were text', () => {
    const mark: Mark = {
      build: 'running',
      steps: ['success', 'success', 'running', 'pending', null, 'pending'],
      position: 2,
      offset: 123_456,
      kept: { stdout: 3, stderr: 0 },
    }
    expect(markText(mark)).toBe('r.s2r1p1-1p1.2.123456.30')
    expect(markOf(markText(mark))).toEqual(mark)
    expect(markOf(markText(newMark()))).toEqual(newMark())
  })

  test.each([
    '',
    'x',
    '12',
    'r.s99999s99999.0.0.00',
    'r.s1.0.-1.00',
    'r.s1.0.1.90',
    'r.s1.0.1.00\n',
  ])('%o is none', (text) => {
    expect(markOf(text)).toBeNull()
  })
})
