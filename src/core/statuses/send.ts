import { and, eq, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { hours } from '../../lib/clock.ts'
import { messageOf, OoreError } from '../../lib/errors.ts'
import type { ForgeTarget, Told } from '../../scm/contract.ts'
import { may, refused } from '../access/may.ts'
import type { BuildRow } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { giveUpAfterMs, pauseAfter, progressEveryMs, repeatAfterMs } from '../outbox/pace.ts'
import { forgeTargetOf } from '../repositories/source.ts'
import { buildPage } from '../outbox/pages.ts'
import { checkDetails } from './details.ts'
import { isEnd } from './status.ts'

export type StatusRow = typeof schema.commitStatuses.$inferSelect

/** What is due, with what is needed to send it. */
export type Due = { status: StatusRow; repository: RepositoryRow; build: BuildRow }

/** Permissions are given by people: an App that was refused checks asks again after this. */
const askForChecksAfterMs = hours(1)

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
      return keepTold(ctx, due, told)
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
        url: buildPage(ctx, build.id),
        check: isCheck(ctx, due, target) ? await checkDetails(ctx, due) : null,
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

/** Shown with its steps, where that is possible: by an App, and of what was no plain status before. */
const isCheck = (ctx: Ctx, { status, repository }: Due, target: ForgeTarget): boolean =>
  target.via === 'app' &&
  (status.toldWay === 'check' ||
    (status.toldWay === null && (repository.checksRefusedUntil ?? 0) <= ctx.clock()))

type Taken = Extract<Told, { is: 'told' }>

async function keepTold(ctx: Ctx, { status: sent }: Due, told: Taken): Promise<void> {
  const now = ctx.clock()
  const { way = 'status', handle = null } = told
  const { commitStatuses: s, repositories } = schema
  const isCurrent = sql`${s.seq} = ${sent.seq}`
  const isDone = sql`${isCurrent} and ${s.isUnsure} = 0`
  await change(ctx, async (tx, record) => {
    await tx
      .update(s)
      .set({
        toldState: sent.state,
        toldAt: now,
        telling: sql`case when ${isDone} then 'told' else 'waiting' end`,
        notBefore: sql`case when ${isCurrent} then ${now + repeatAfterMs}
          when ${s.state} = 'running' and ${sent.state} = 'running' then ${now + progressEveryMs}
          else ${s.notBefore} end`,
        toldWay: way,
        // A newer build has another check where this one has ended.
        handle: isEnd(sent.state)
          ? sql`case when ${s.buildId} = ${sent.buildId} then ${handle} else null end`
          : handle,
        isUnsure: sql`case when ${isCurrent} then 0 else ${s.isUnsure} end`,
        attempts: 0,
        failingSince: null,
        heldUntil: 0,
        lastError: null,
      })
      .where(eq(s.id, sent.id))
    if (told.isCheckRefused === true) {
      await tx
        .update(repositories)
        .set({ checksRefusedUntil: now + askForChecksAfterMs })
        .where(eq(repositories.id, sent.repositoryId))
    }
    record('status.told', sent.buildId, { context: sent.context, state: sent.state, way })
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
        ...(unsure ? { isUnsure: true, wasUnsure: true } : {}),
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
