import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { type Context, Hono } from 'hono'
import type { z } from 'zod'
import { bearerOf } from '../auth/bearer.ts'
import { takeArtifact } from '../core/artifacts/take.ts'
import type { Ctx, Services } from '../core/ctx.ts'
import { pollRunner } from '../core/runners/poll.ts'
import { recogniseRunner, registerRunner } from '../core/runners/register.ts'
import { takeEvents } from '../core/runners/take-events.ts'
import { takeLog } from '../core/runners/take-log.ts'
import { messageOf, OoreError } from '../lib/errors.ts'
import { type Id, newId } from '../lib/ids.ts'
import type { Secret } from '../lib/secret.ts'
import { MiB } from '../lib/sizes.ts'
import {
  eventsRequest,
  fenceHeader,
  pollRequest,
  type RegisterReply,
  registerRequest,
  type RunnerEvent,
  type Wanted,
} from '../protocol/messages.ts'

/** A batch of frames is at most 1 MiB; their headers come on top. */
const logBytesMax = 2 * MiB
const messageBytesMax = 8 * MiB

export type RunnerDoor = {
  services: Services
  organizationId: Id
  /** What a runner shows to be let in; it gets a token of its own for it. */
  pool: Secret
}

/**
 * The runner protocol (src/protocol/messages.ts). It is served on a Unix socket that only this
 * account can open, and every call but the first shows the runner's token all the same.
 */
export function runnerApp({ services, organizationId, pool }: RunnerDoor): Hono {
  const stranger = (): Ctx => ({
    ...services,
    organizationId,
    actor: { is: 'stranger' },
    requestId: newId(),
  })
  const asRunner = async (c: Context): Promise<Ctx> => {
    const ctx = stranger()
    return { ...ctx, actor: await recognised(ctx, bearerOf(c.req.header('authorization')) ?? '') }
  }
  const recognised = rememberingRunners()

  const app = new Hono()

  app.post('/runner/register', async (c) => {
    const request = await bodyOf(c, registerRequest)
    const shown = bearerOf(c.req.header('authorization')) ?? ''
    const { id, token } = await registerRunner(stranger(), { token: shown, pool }, request)
    const slots = services.config.maxConcurrentBuilds
    // The one moment at which the token leaves: the runner keeps it, the server only its hash.
    return c.json<RegisterReply>({ runner_id: id, token: token.reveal(), slots })
  })

  app.post('/runner/poll', async (c) => {
    const ctx = await asRunner(c)
    return c.json(await pollRunner(ctx, await bodyOf(c, pollRequest), c.req.raw.signal))
  })

  app.post('/runner/builds/:id/events', async (c) => {
    const ctx = await asRunner(c)
    const { events } = await bodyOf(c, eventsRequest)
    return taken(await takeEvents(ctx, c.req.param('id'), fenceOf(c), events as RunnerEvent[]))
  })

  app.put('/runner/builds/:id/steps/:position/log', async (c) => {
    const ctx = await asRunner(c)
    const frames = await bytesOf(c, logBytesMax)
    const place = {
      buildId: c.req.param('id'),
      fence: fenceOf(c),
      position: numberOf('position', c.req.param('position')),
      offset: numberOf('offset', c.req.query('offset')),
    }
    return taken(await takeLog(ctx, place, frames))
  })

  app.put('/runner/builds/:id/artifacts/:index', async (c) => {
    const ctx = await asRunner(c)
    const place = {
      buildId: c.req.param('id'),
      fence: fenceOf(c),
      index: numberOf('index', c.req.param('index')),
      offset: numberOf('offset', c.req.query('offset')),
    }
    const body = c.req.raw.body
    const bytes = body ? Readable.fromWeb(body as WebStream<Uint8Array>) : Readable.from([])
    return taken(await takeArtifact(ctx, place, bytes))
  })

  app.notFound((c) => c.json({ detail: 'The runner protocol has no such call.' }, 404))
  app.onError((error, c) => {
    if (error instanceof OoreError) {
      const { message: detail, fields: errors } = error
      return c.json({ detail, errors }, statuses[error.trouble] ?? 422)
    }
    services.log.error({ err: error, path: c.req.path }, 'a runner call broke')
    return c.json({ detail: messageOf(error) }, 500)
  })
  return app
}

const statuses: Partial<Record<OoreError['trouble'], 400 | 401 | 403 | 404 | 410 | 413 | 503>> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  gone: 410,
  too_large: 413,
  unavailable: 503,
}

/** Runners speak often and their tokens do not change, so each is looked up once. */
function rememberingRunners() {
  const known = new Map<string, Ctx['actor']>()
  return async (ctx: Ctx, token: string): Promise<Ctx['actor']> => {
    const actor = known.get(token) ?? (await recogniseRunner(ctx, token))
    known.set(token, actor)
    return actor
  }
}

const taken = (wanted: Wanted | null): Response =>
  wanted === null ? new Response(null, { status: 204 }) : Response.json(wanted, { status: 409 })

async function bodyOf<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  const text = new TextDecoder().decode(await bytesOf(c, messageBytesMax))
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new OoreError('malformed', `The runner sent what this server cannot read.`, { cause })
  }
}

async function bytesOf(c: Context, bytesMax: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(await c.req.arrayBuffer())
  if (bytes.length <= bytesMax) return bytes
  throw new OoreError('too_large', `A message holds at most ${bytesMax} bytes.`)
}

const fenceOf = (c: Context): number => numberOf(fenceHeader, c.req.header(fenceHeader))

function numberOf(name: string, text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text)
  throw new OoreError('malformed', `${name} must be a whole number.`)
}
