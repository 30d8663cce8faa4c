import { z } from 'zod'
import { showProgress } from '../core/builds/progress.ts'
import type { Ctx } from '../core/ctx.ts'
import { type BuildEvent, followBuild, type Said } from '../core/logs/events.ts'
import { markOf, markText, newMark } from '../core/logs/mark.ts'
import { type BuildWatch, watchBuild } from '../core/logs/watch.ts'
import { stepKey } from '../core/steps/step.ts'
import type { Id } from '../lib/ids.ts'
import { eventStream, eventText, heartbeat, heartbeatMs } from './lib/event-stream.ts'
import { buildJson, stepJson } from './lib/json.ts'
import { liveBuild } from './lib/live-build.tsx'
import { flagOfQuery, stepOfQuery, streamOfQuery } from './lib/log-address.ts'
import { cursorOf } from './lib/log-view.ts'
import { type Call, type Route, route } from './lib/route.ts'
import { streamOf, streamPlaces } from './lib/streaming.ts'

const streamsPerAddressMax = 50
const streamsMax = 500

const eventsQuery = z.object({ logs: z.string().optional() })
const liveQuery = z.object({
  step: z.string().optional(),
  stream: z.string().optional(),
  from: z.string().optional(),
})

/** Builds as they happen: JSON events for programs, parts of the page for people. */
export function streamRoutes(): Route[] {
  const places = streamPlaces({ perAddress: streamsPerAddressMax, total: streamsMax })

  return [
    route({
      method: 'GET',
      path: '/builds/:id/events',
      guard: 'signed-in',
      asks: 'build.read',
      does: 'What happens to a build and what its steps say, as server-sent events',
      query: eventsQuery,
      run: (call) => openEvents(call),
      api: (body) => eventStream(body),
    }),
    route({
      method: 'GET',
      path: '/builds/:id/live',
      guard: 'signed-in',
      asks: 'build.read',
      does: 'The changing parts of the page of a build',
      query: liveQuery,
      run: (call) => openLive(call),
      page: (body) => eventStream(body),
    }),
  ]

  async function openEvents(
    call: Call<z.infer<typeof eventsQuery>>,
  ): Promise<ReadableStream<Uint8Array>> {
    const { ctx, query } = call
    const buildId = call.id()
    const withLogs = flagOfQuery('logs', query.logs, true)
    await showProgress(ctx, buildId)
    // An id that is none of ours is passed over, as browsers expect: everything is told.
    const mark = markOf(call.header('last-event-id') ?? '') ?? newMark()
    return opened(call, buildId, async function* (watch) {
      const { logs } = ctx
      const quietMs = heartbeatMs
      const happening = followBuild({ logs, buildId, watch, mark, withLogs, quietMs })
      for await (const event of happening) yield eventBytes(event, markText(mark), ctx)
    })
  }

  async function openLive(
    call: Call<z.infer<typeof liveQuery>>,
  ): Promise<ReadableStream<Uint8Array>> {
    const { ctx, query } = call
    const buildId = call.id()
    const stream = streamOfQuery(query.stream)
    const detail = await showProgress(ctx, buildId)
    const step = query.step === undefined ? detail.steps[0] : stepOfQuery(query.step, detail)
    const cursor = cursorOf(call.header('last-event-id') ?? query.from) ?? beginning
    return opened(call, buildId, (watch, signal) => {
      const chosen = step ? stepKey(step) : ''
      return liveBuild({
        ctx,
        watch,
        chosen,
        position: step?.position ?? 0,
        stream,
        cursor,
        signal,
      })
    })
  }

  function opened(
    { ctx, signal, address }: Call,
    buildId: Id,
    tell: (watch: BuildWatch, signal: AbortSignal) => AsyncGenerator<Uint8Array>,
  ): ReadableStream<Uint8Array> {
    return streamOf({
      signal,
      onEnd: places.take(address),
      onTrouble: (thrown) => ctx.log.error({ err: thrown, buildId }, 'an event stream broke off'),
      async *pieces(gone) {
        const show = () => showProgress(ctx, buildId)
        const watch = watchBuild({ bells: ctx.bells, buildId, show, signal: gone })
        try {
          yield* tell(watch, gone)
        } finally {
          watch.close()
        }
      },
    })
  }
}

const beginning = { offset: 0, continued: false, isOpen: false }

/** An event as bytes. The names and fields are part of the API. */
function eventBytes(event: BuildEvent, id: string, { clock, config }: Ctx): Uint8Array {
  const told = (value: unknown) => eventText({ id, event: event.is, data: JSON.stringify(value) })
  switch (event.is) {
    case 'build':
      return told(buildJson(event.build, { now: clock(), baseUrl: config.baseUrl }))
    case 'step':
      return told({ step: stepKey(event.step), ...stepJson(event.step, { now: clock() }) })
    case 'log':
      return logBytes(event.said, id)
    case 'end':
      return told({})
    case 'quiet':
      return heartbeat
  }
}

const logEvents = new WeakMap<Said, { id: string; bytes: Uint8Array }>()

/** What was said, as an event: readers who are told the same, and stand where others stand, share it. */
function logBytes(said: Said, id: string): Uint8Array {
  const known = logEvents.get(said)
  if (known?.id === id) return known.bytes
  const { missing, ...log } = said
  const data = JSON.stringify(missing ? { ...log, missing } : log)
  const bytes = eventText({ id, event: 'log', data })
  logEvents.set(said, { id, bytes })
  return bytes
}
