import { z } from 'zod'
import { showProgress } from '../core/builds/progress.ts'
import { readLogText } from '../core/logs/text.ts'
import { watchBuild } from '../core/logs/watch.ts'
import type { Answer } from './lib/answer.ts'
import { flagOfQuery, offsetOfQuery, stepOfQuery, streamOfQuery } from './lib/log-address.ts'
import { type Call, type Route, route } from './lib/route.ts'
import { streamOf, streamPlaces } from './lib/streaming.ts'

/** Followed logs stay open for as long as a build runs; others are over in a moment. */
const followersPerAddressMax = 50
const followersMax = 500

const logQuery = z.object({
  step: z.string().optional(),
  stream: z.string().optional(),
  offset: z.string().optional(),
  follow: z.string().optional(),
})
type LogQuery = z.infer<typeof logQuery>

/** Logs as plain text: for `curl`, for the command line, and to keep. */
export function logRoutes(): Route[] {
  const places = streamPlaces({ perAddress: followersPerAddressMax, total: followersMax })

  return [
    route({
      method: 'GET',
      path: '/builds/:id/logs',
      guard: 'signed-in',
      asks: 'build.read',
      does: 'The log of a step, or of all steps in order, as text; with follow, until it ends',
      query: logQuery,
      run: (call) => openLog(call),
      api: (body) => textAnswer(body),
      plain: (body) => textAnswer(body),
    }),
  ]

  async function openLog(call: Call<LogQuery>): Promise<ReadableStream<Uint8Array>> {
    const { ctx, query, signal } = call
    const buildId = call.id()
    const stream = streamOfQuery(query.stream)
    const offset = offsetOfQuery(query.offset)
    const follow = flagOfQuery('follow', query.follow, false)
    const detail = await showProgress(ctx, buildId)
    const position = query.step === undefined ? null : stepOfQuery(query.step, detail).position
    return streamOf({
      signal,
      onEnd: follow ? places.take(call.address) : () => {},
      onTrouble: (thrown) => ctx.log.error({ err: thrown, buildId }, 'a log stream broke off'),
      async *pieces(gone) {
        const show = () => showProgress(ctx, buildId)
        const watch = watchBuild({ bells: ctx.bells, buildId, show, signal: gone })
        try {
          const { logs } = ctx
          yield* readLogText({ logs, buildId, watch, position, stream, offset, follow })
        } finally {
          watch.close()
        }
      },
    })
  }
}

const textAnswer = (body: ReadableStream<Uint8Array>): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-accel-buffering': 'no' },
  body,
})
