import { request } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { isoTime } from '../../src/lib/clock.ts'
import { newId } from '../../src/lib/ids.ts'
import { MiB } from '../../src/lib/sizes.ts'
import { EventReader, type SentEvent } from '../support/event-reader.ts'
import { eventually } from '../support/eventually.ts'
import { SpeakingServer } from '../support/speaking-server.ts'

type LogJson = { step: string; stream: string; offset: number; text: string }

const logOf = (event: SentEvent): LogJson[] =>
  event.event === 'log' ? [JSON.parse(event.data) as LogJson] : []
const said = (events: SentEvent[], step: string): string =>
  events
    .flatMap(logOf)
    .map((log) => (log.step === step ? log.text : ''))
    .join('')
const isLog = (event: SentEvent) => event.event === 'log'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** An event stream, asked for as the admin. */
const open = (server: SpeakingServer, path = 'events', lastId?: string, address?: string) =>
  new EventReader(server.url(path), lastId, server.headers(address))

const ask = (server: SpeakingServer, path: string, more: RequestInit = {}) =>
  fetch(server.url(path), { headers: server.headers(), ...more })

const hidden = 'begin\r\n\n\nevent: end\ndata: {}\n\n<hx-partial>\u2028'

describe('events for programs', () => {
  test('say how a build stands, what it says and that it has ended', async () => {
    await using server = await SpeakingServer.start()
    const reader = open(server)
    const { headers, status } = await reader.response
    expect([status, headers.get('content-type'), headers.get('x-accel-buffering')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      'no',
    ])
    const first = await reader.until(
      ({ event, data }) => event === 'step' && data.includes('"finish"'),
    )
    expect(first.map(({ event }) => event)).toEqual(['build', 'step', 'step', 'step', 'step'])
    expect(JSON.parse(first[0]?.data ?? '')).toMatchObject({
      id: server.buildId,
      status: 'pending',
      number: 1,
    })
    expect(JSON.parse(first[2]?.data ?? '')).toMatchObject({
      step: '0',
      index: 0,
      name: 'First',
      status: 'pending',
    })
    await server.build('running')
    await server.step(0, 'running')
    server.say(0, hidden)
    const second = await reader.until(isLog)
    expect(second.map(({ event }) => event)).toEqual(['build', 'step', 'log'])
    expect(second.flatMap(logOf)).toEqual([
      { step: 'setup', stream: 'stdout', offset: 0, text: hidden },
    ])
    server.say(0, 'oops', 'stderr')
    await server.end()
    const third = await reader.rest()
    expect(third.map(({ event }) => event)).toEqual([
      'log',
      'step',
      'step',
      'step',
      'step',
      'build',
      'end',
    ])
    expect([...first, ...second, ...third].every(({ id }) => id !== '')).toBe(true)
    await eventually(() => expect(server.listeners).toBe(0))
  })

  test('go on where a reader stopped, without a gap or a repeat, over restarts', async () => {
    await using server = await SpeakingServer.start()
    const speak = async (position: number, rounds: number) => {
      await server.step(position, 'running')
      for (let i = 0; i < rounds; i++) {
        server.say(
          position,
          `${position}/${i} größe 🎉 ${'.'.repeat(i % 90)}\n`,
          i % 4 ? 'stdout' : 'stderr',
        )
      }
      await server.step(position, 'success')
    }
    await server.build('running')
    const collected: SentEvent[] = []
    let lastId: string | undefined
    for (const [round, position] of [0, 1, 2, 3].entries()) {
      const speaking = speak(position, 120)
      const reader = open(server, 'events', lastId)
      let left = 4 + round * 3
      const events = await reader.until((event) => isLog(event) && --left === 0)
      reader.leave()
      collected.push(...events)
      lastId = events.at(-1)?.id
      await speaking
      if (round % 2) server.restart()
    }
    await server.build('success')
    collected.push(...(await open(server, 'events', lastId).rest()))

    for (const [position, step] of ['setup', '0', '1', 'finish'].entries()) {
      const raw = await (await ask(server, `logs?step=${step}`)).text()
      expect(raw.split('\n')).toHaveLength(121)
      for (const stream of ['stdout', 'stderr']) {
        const logs = collected
          .flatMap(logOf)
          .filter((log) => log.step === step && log.stream === stream)
        const text = logs.map((log) => log.text).join('')
        expect(text).toBe(await (await ask(server, `logs?step=${step}&stream=${stream}`)).text())
        let offset = 0
        for (const log of logs) {
          expect(log.offset).toBe(offset)
          offset += Buffer.byteLength(log.text)
        }
      }
      expect(said(collected, step)).toHaveLength(raw.length)
      expect(raw.startsWith(`${position}/0 größe`)).toBe(true)
    }
    expect(collected.filter(({ event }) => event === 'end')).toHaveLength(1)
    await eventually(() => expect(server.listeners).toBe(0))
  })

  test('reach fifty readers whole when 20,000 lines outrun them', async () => {
    await using server = await SpeakingServer.start()
    await server.build('running')
    await server.step(0, 'running')
    const readers = Array.from({ length: 50 }, () => open(server))
    await Promise.all(readers.map((reader) => reader.next()))
    const told = readers.map(async (reader) => said(await reader.rest(), 'setup'))
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} of the flood\n`)
    for (let i = 0; i < lines.length; i += 200) server.say(0, lines.slice(i, i + 200).join(''))
    await server.end()
    const whole = lines.join('')
    for (const text of await Promise.all(told)) expect(text === whole).toBe(true)
  })

  test('cost no memory while a reader is paused', async () => {
    await using server = await SpeakingServer.start({ OORE_MAX_LOG_SIZE_BYTES: String(1e9) })
    await server.build('running')
    await server.step(0, 'running')
    const paused = request(server.url('events'), { headers: server.headers() }, (response) =>
      response.pause(),
    )
    paused.on('error', () => {})
    paused.end()
    await eventually(() => expect(server.listeners).toBeGreaterThan(1))
    const block = 'x'.repeat(99).concat('\n').repeat(600)
    const held = () => {
      collectGarbage()
      const { external, heapUsed } = process.memoryUsage()
      return external + heapUsed
    }
    const before = held()
    for (let i = 0; i < 1500; i++) {
      server.say(0, block)
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(server.ctx.logs.info(server.buildId, 0).size).toBe(block.length * 1500)
    // Kept for the reader it would be 90 MB. Buffers are given back some moments after they are free.
    await eventually(() => expect(held() - before).toBeLessThan(12 * MiB))
    paused.destroy()
    await eventually(() => expect(server.listeners).toBe(0))
  })

  test('leave logs out on request, and refuse what they do not understand', async () => {
    await using server = await SpeakingServer.start()
    await server.step(0, 'running')
    server.say(0, 'hello\n')
    await server.end()
    const events = await open(server, 'events?logs=false').rest()
    expect(events.filter(isLog)).toEqual([])
    expect(events.at(-1)?.event).toBe('end')
    const wrong = await ask(server, 'events?logs=maybe')
    expect(wrong.status).toBe(422)
    expect(await wrong.json()).toMatchObject({ errors: [{ field: 'logs' }] })
    const gone = await fetch(server.url('events').replace(server.buildId, newId()), {
      headers: server.headers(),
    })
    expect(gone.status).toBe(404)
  })

  test('are limited per address, and the places come back', async () => {
    await using server = await SpeakingServer.start()
    const openFrom = (address: string) => open(server, 'events?logs=false', undefined, address)
    const readers = Array.from({ length: 50 }, () => openFrom('10.0.0.1'))
    for (const reader of readers) expect((await reader.response).status).toBe(200)
    const refused = await openFrom('10.0.0.1').response
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10'])
    expect(await refused.json()).toMatchObject({ detail: expect.stringMatching(/live streams/) })
    const other = openFrom('10.0.0.2')
    expect((await other.response).status).toBe(200)
    other.leave()
    for (const reader of readers) reader.leave()
    await eventually(async () => {
      const again = openFrom('10.0.0.1')
      const { status } = await again.response
      again.leave()
      expect(status).toBe(200)
    })
    await eventually(() => expect(server.listeners).toBe(0))
  })
})

describe('the live page', () => {
  const page = (server: SpeakingServer, query = 'step=setup', lastId?: string) =>
    new EventReader(server.url(`live?${query}`, ''), lastId, server.headers())

  test('sends its parts, then rows, and ends', async () => {
    await using server = await SpeakingServer.start()
    await server.build('running')
    await server.step(0, 'running')
    server.say(0, '\x1b[31mred <b>\n')
    const reader = page(server)
    const first = await reader.next()
    expect(first?.event).toBe('')
    expect(first?.data).toContain('hx-target="#build-header"')
    expect(first?.data).toContain('id="ssetup-L1"')
    expect(first?.data).toContain('<span class="ansi-red-fg">red &lt;b&gt;</span>')
    server.say(0, 'still red\n')
    const second = await reader.next()
    expect(second?.data).toBe(
      '<div class="log-line" id="ssetup-L2" data-stream="stdout"><a class="log-number" href="#ssetup-L2" tabindex="-1">2</a>' +
        `<time class="log-time" datetime="${isoTime(server.ctx.clock())}"></time>` +
        '<span class="log-text"><span class="ansi-red-fg">still red</span></span></div>',
    )
    await server.end()
    const rest = await reader.rest()
    expect(rest.at(-1)).toMatchObject({ event: 'end', data: 'success' })
    await eventually(() => expect(server.listeners).toBe(0))
  })

  test('shows a line that has not ended, and puts the rest in its place', async () => {
    await using server = await SpeakingServer.start()
    await server.build('running')
    await server.step(0, 'running')
    server.say(0, 'Continue? [y')
    const reader = page(server)
    const first = await reader.next()
    expect(first?.data).toContain('Continue? [y</span>')
    server.say(0, '/n] yes\nnext\n')
    const second = await reader.next()
    expect(second?.data.split('\n')).toEqual([
      expect.stringMatching(
        /^<hx-partial hx-target="#ssetup-L1" hx-swap="outerHTML">.*\[y\/n\] yes<.*<\/hx-partial>$/,
      ),
      expect.stringMatching(/id="ssetup-L2".*next</),
    ])
    reader.leave()
    const again = page(server, 'step=setup', first?.id)
    expect((await again.next())?.data).toContain('hx-target="#ssetup-L1" hx-swap="outerHTML"')
    again.leave()
  })

  test('takes a page that fell far behind to the newest lines and says so', async () => {
    await using server = await SpeakingServer.start()
    await server.build('running')
    await server.step(0, 'running')
    for (let i = 0; i < 100; i++) {
      server.say(0, Array.from({ length: 100 }, (_, k) => `line ${i * 100 + k + 1}\n`).join(''))
    }
    const reader = page(server, 'step=setup&from=0')
    const first = await reader.next()
    expect(first?.data).toContain('9,000 lines passed over.')
    expect(first?.data).toContain(`/builds/${server.buildId}?step=setup&amp;from=1"`)
    const numbers = [...(first?.data.matchAll(/id="ssetup-L(\d+)"/g) ?? [])].map(([, n]) =>
      Number(n),
    )
    expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([1000, 9001, 10_000])
    reader.leave()
  })
})

describe('logs as text', () => {
  const get = async (server: SpeakingServer, query: string) =>
    (await ask(server, `logs${query}`)).text()

  test('are the bytes of a step, of one stream, from an offset', async () => {
    await using server = await SpeakingServer.start()
    await server.step(1, 'running')
    const bytes = Buffer.from([0, 255, 10, 13, 200])
    server.say(1, bytes)
    server.say(1, 'err\n', 'stderr')
    server.say(1, 'out\n')
    const raw = async (query: string) => {
      const answer = await ask(server, `logs${query}`)
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
      return Buffer.from(await answer.arrayBuffer())
    }
    const all = Buffer.concat([bytes, Buffer.from('err\nout\n')])
    const out = Buffer.concat([bytes, Buffer.from('out\n')])
    for (let offset = 0; offset <= all.length + 1; offset++) {
      expect(await raw(`?step=0&offset=${offset}`)).toEqual(all.subarray(offset))
      expect(await raw(`?step=0&stream=stdout&offset=${offset}`)).toEqual(out.subarray(offset))
    }
    expect(await raw('?step=0&stream=stderr&offset=1')).toEqual(Buffer.from('rr\n'))
    expect(await raw('?step=setup')).toHaveLength(0)
  })

  test('of all steps come in order under their names, and from any byte', async () => {
    await using server = await SpeakingServer.start()
    for (const [position, text] of ['got it\n', 'no newline', 'two\n'].entries()) {
      await server.step(position, 'success')
      server.say(position, text)
    }
    const whole =
      '==> setup: Get the code <==\ngot it\n==> 0: First <==\nno newline\n==> 1: Second <==\ntwo\n'
    expect(await get(server, '')).toBe(whole)
    expect(await get(server, '?offset=40')).toBe(whole.slice(40))
  })

  test('are followed until the step, or the build, has ended', async () => {
    await using server = await SpeakingServer.start()
    const step = get(server, '?step=0&follow=true')
    const build = get(server, '?follow=true')
    const out = get(server, '?step=0&stream=stdout&offset=4&follow=true')
    await server.build('running')
    for (const position of [0, 1]) {
      await server.step(position, 'running')
      server.say(position, `${position} one\n`)
      server.say(position, `${position} err\n`, 'stderr')
      server.say(position, `${position} two\n`)
      await server.step(position, 'success')
    }
    expect(await step).toBe('1 one\n1 err\n1 two\n')
    expect(await out).toBe('e\n1 two\n')
    await server.step(2, 'skipped')
    await server.step(3, 'success')
    await server.build('success')
    expect((await build).split('\n')).toEqual([
      '==> setup: Get the code <==',
      ...['0 one', '0 err', '0 two', '==> 0: First <==', '1 one', '1 err', '1 two'],
      '==> finish: Collect artifacts <==',
      '',
    ])
    await eventually(() => expect(server.listeners).toBe(0))
  })

  test('say where something is missing', async () => {
    await using server = await SpeakingServer.start({ OORE_MAX_LOG_SIZE_BYTES: String(64 * 1024) })
    await server.step(0, 'running')
    for (let i = 0; i < 1000; i++) server.say(0, `line ${i} ${'.'.repeat(190)}\n`)
    const text = await get(server, '?step=setup')
    const [, lines] =
      /\n\[(\d+) lines \([\d.]+ kB\) are left out here: the log was too long\]\n/.exec(text) ?? []
    expect(text.match(/^line /gm)).toHaveLength(1000 - Number(lines))
    expect(text.endsWith(`line 999 ${'.'.repeat(190)}\n`)).toBe(true)
  })

  test.each([
    ['step', '?step=7'],
    ['step', '?step=-1'],
    ['stream', '?stream=both'],
    ['offset', '?offset=-1'],
    ['offset', '?offset=1e3'],
    ['follow', '?follow=yes'],
  ])('name %s when %s cannot be', async (field, query) => {
    await using server = await SpeakingServer.start()
    const answer = await ask(server, `logs${query}`)
    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject({ errors: [{ field }] })
  })

  test('let go of a follower that leaves', async () => {
    await using server = await SpeakingServer.start()
    const leaving = new AbortController()
    await ask(server, 'logs?follow=true', { signal: leaving.signal })
    await eventually(() => expect(server.listeners).toBeGreaterThan(0))
    leaving.abort()
    await eventually(() => expect(server.listeners).toBe(0))
  })
})
