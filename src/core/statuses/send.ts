import { and, eq, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { hours, type Millis, minutes, seconds } from '../../lib/clock.ts'
import { messageOf, OoreError } from '../../lib/errors.ts'
import type { Told } from '../../scm/contract.ts'
import { may, refused } from '../access/may.ts'
import type { BuildRow } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { forgeTargetOf } from '../repositories/source.ts'

export type StatusRow = typeof schema.commitStatuses.$inferSelect

/** What is due, with what is needed to send it. */
export type Due = { status: StatusRow; repository: RepositoryRow; build: BuildRow }

const firstPauseMs = seconds(5)
const longestPauseMs = minutes(15)
/** Nobody looks at the checks of a commit for longer, and a forge that is back has newer ones. */
const giveUpAfterMs = hours(24)
/** What an attempt without an answer sent has arrived by then, or never does. */
const repeatAfterMs = minutes(1)

/**
 * Tells a forge the state that is wanted, once, and keeps what became of it: told, tried again later,
 * or given up with the reason. A state that came to be wanted meanwhile stays wanted.
 */
export async function sendStatus(ctx: Ctx, due: Due, signal: AbortSignal): Promise<void> {
  if (!may(ctx.actor, 'build.report')) throw refused(ctx.actor)
  const told = await tell(ctx, due, signal)
  // Cut short by the stop of the server: it is sent at the next start, as if nothing had been.
  if (signal.aborted && told.is === 'later') return
  switch (told.is) {
    case 'told':
      return keepTold(ctx, due.status)
    case 'refused':
      return giveUp(ctx, due.status, told.why)
    case 'later':
      return postpone(ctx, due.status, told)
  }
}

async function tell(ctx: Ctx, due: Due, signal: AbortSignal): Promise<Told> {
  const { status, repository, build } = due
  const { report } = ctx.scm(repository.provider)
  if (repository.removedAt !== null || report === undefined) {
    return { is: 'refused', why: 'The repository was removed from Oore.' }
  }
  try {
    const target = await forgeTargetOf(ctx, repository)
    if (target === null) return { is: 'refused', why: 'The repository has no token any more.' }
    return await report(
      target,
      {
        commit: status.commitSha,
        ref: build.branch ?? build.tag,
        context: status.context,
        state: status.state,
        description: status.description,
        url: new URL(`/builds/${build.id}`, ctx.config.baseUrl).href,
      },
      signal,
    )
  } catch (error) {
    if (error instanceof OoreError && error.trouble === 'unavailable') {
      return { is: 'later', why: messageOf(error), afterMs: null, unsure: false }
    }
    // The token does not open, say: nothing that trying again would mend.
    if (error instanceof OoreError) return { is: 'refused', why: messageOf(error) }
    ctx.log.error({ err: error, build: build.id }, 'a commit status could not be sent')
    const why = 'Oore broke while telling this. The server log has the details.'
    return { is: 'later', why, afterMs: null, unsure: true }
  }
}

async function keepTold(ctx: Ctx, sent: StatusRow): Promise<void> {
  const now = ctx.clock()
  const { commitStatuses: s } = schema
  const isCurrent = sql`${s.seq} = ${sent.seq}`
  const isDone = sql`${isCurrent} and ${s.isUnsure} = 0`
  await change(ctx, async (tx, record) => {
    await tx
      .update(s)
      .set({
        toldState: sent.state,
        toldAt: now,
        telling: sql`case when ${isDone} then 'told' else 'waiting' end`,
        notBefore: sql`case when ${isCurrent} then ${now + repeatAfterMs} else ${s.notBefore} end`,
        isUnsure: sql`case when ${isCurrent} then 0 else ${s.isUnsure} end`,
        attempts: 0,
        failingSince: null,
        heldUntil: 0,
        lastError: null,
      })
      .where(eq(s.id, sent.id))
    record('status.told', sent.buildId, { context: sent.context, state: sent.state })
  })
}

async function giveUp(ctx: Ctx, sent: StatusRow, why: string): Promise<void> {
  const { commitStatuses: s } = schema
  await change(ctx, async (tx, record) => {
    const moved = await tx
      .update(s)
      .set({ telling: 'given_up', lastError: why, attempts: sent.attempts + 1, isUnsure: false })
      .where(and(eq(s.id, sent.id), eq(s.seq, sent.seq)))
      .returning({ id: s.id })
      .get()
    if (moved) record('status.given_up', sent.buildId, { context: sent.context, why })
  })
}

type Later = Extract<Told, { is: 'later' }>

async function postpone(ctx: Ctx, sent: StatusRow, { why, afterMs, unsure }: Later): Promise<void> {
  const now = ctx.clock()
  const failingSince = sent.failingSince ?? now
  if (now - failingSince >= giveUpAfterMs) {
    return giveUp(ctx, sent, `${why} It was tried for 24 hours.`)
  }
  const { commitStatuses: s } = schema
  await change(ctx, async (tx, record) => {
    await tx
      .update(s)
      .set({
        ...(unsure ? { isUnsure: true } : {}),
        ...(afterMs === null ? {} : { heldUntil: now + afterMs }),
      })
      .where(eq(s.id, sent.id))
    const attempts = sent.attempts + 1
    const moved = await tx
      .update(s)
      .set({ attempts, failingSince, notBefore: now + pauseAfter(attempts), lastError: why })
      .where(and(eq(s.id, sent.id), eq(s.seq, sent.seq)))
      .returning({ id: s.id })
      .get()
    if (moved) record('status.postponed', sent.buildId, { context: sent.context, attempts })
  })
}

/** 5 s, 10 s, 20 s … 15 min. */
const pauseAfter = (attempts: number): Millis =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 20))
