import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { and, asc, eq, inArray, isNotNull, isNull, lt, ne, or } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { days, hours, minutes } from '../../lib/clock.ts'
import { Waiter } from '../../lib/bell.ts'
import { firstIdAt, type Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import { expireHeld } from '../approvals/withdraw.ts'
import { artifactDirectory } from '../artifacts/files.ts'
import type { Ctx } from '../ctx.ts'
import { interruptSilent } from '../runners/interrupt.ts'

const tidyEveryMs = minutes(5)
const leasesEveryMs = 5000
const batchMax = 2000
/** Someone may want to look into what failed, so its workspace stays this many times longer. */
const failedKeepFactor = 3
/** What git servers sent, up to 10 MiB each; refused ones may come from anybody. */
const deliveriesKeptMs = days(90)
const refusalsKeptMs = days(7)
/** Whoever waits for the end of a trip to a forge is told that it is over, for so long after. */
const handshakesKeptMs = hours(1)

/** A link that has ended is still shown as ended for so long. */
const deviceLinksKeptMs = days(30)
/** What Apple issued for it has ended by then. */
const signingRequestsKeptMs = days(366)

/** Clears away what is past its time, every five minutes, until the signal aborts. */
export async function workTidying(ctx: Ctx, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await tidy(ctx).catch((error: unknown) => ctx.log.error({ err: error }, 'tidying failed'))
    await new Waiter().wait(tidyEveryMs, signal)
  }
}

/** Gives up builds whose runner is silent, until the signal aborts. */
export async function watchLeases(ctx: Ctx, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await new Waiter().wait(leasesEveryMs, signal)
    if (signal.aborted) return
    await interruptSilent(ctx).catch((error: unknown) => ctx.log.error({ err: error }, 'leases'))
  }
}

/** Clears away, once, what is past its time: workspaces, logs, artifacts, builds that wait for nobody. */
export async function tidy(ctx: Ctx): Promise<void> {
  if (!may(ctx.actor, 'system.maintain')) throw refused(ctx.actor)
  await removeWorkspaces(ctx)
  await removeOldLogs(ctx)
  await removeOldArtifacts(ctx)
  await expireHeld(ctx)
  await ctx.db.write(async (tx) => {
    const now = ctx.clock()
    const { sessions, loginLinks, handshakes, deliveries: d } = schema
    await tx.delete(sessions).where(or(lt(sessions.endsAt, now), lt(sessions.idleUntil, now)))
    await tx.delete(loginLinks).where(lt(loginLinks.endsAt, now))
    await tx.delete(handshakes).where(lt(handshakes.endsAt, now - handshakesKeptMs))
    const { signingDeviceLinks: l, signingRequests: r } = schema
    await tx.delete(l).where(lt(l.expiresAt, now - deviceLinksKeptMs))
    await tx.delete(r).where(lt(r.createdAt, now - signingRequestsKeptMs))
    // Their ids begin with the time they came.
    const isOld = lt(d.id, firstIdAt(now - deliveriesKeptMs))
    const isOldRefusal = and(lt(d.id, firstIdAt(now - refusalsKeptMs)), eq(d.status, 'rejected'))
    await tx.delete(d).where(or(isOld, isOldRefusal))
  })
}

async function removeWorkspaces(ctx: Ctx): Promise<void> {
  const { builds: b } = schema
  const kept = ctx.config.workspaceRetentionMs
  const now = ctx.clock()
  const old = await ctx.db.read
    .select({ id: b.id })
    .from(b)
    .where(
      and(
        isNull(b.workspaceRemovedAt),
        isNotNull(b.finishedAt),
        or(
          and(ne(b.status, 'failure'), lt(b.finishedAt, now - kept)),
          lt(b.finishedAt, now - kept * failedKeepFactor),
        ),
      ),
    )
    .orderBy(asc(b.finishedAt))
    .limit(batchMax)
    .all()
  for (const { id } of old) await removeDirectory(join(ctx.config.workspacesDir, id))
  await markRemoved(ctx, old, 'workspaceRemovedAt')
}

async function removeOldLogs(ctx: Ctx): Promise<void> {
  const { logRetentionMs } = ctx.config
  if (logRetentionMs === null) return
  const { builds: b } = schema
  const old = await ctx.db.read
    .select({ id: b.id })
    .from(b)
    .where(and(isNull(b.logsRemovedAt), lt(b.finishedAt, ctx.clock() - logRetentionMs)))
    .orderBy(asc(b.finishedAt))
    .limit(batchMax)
    .all()
  for (const { id } of old) await ctx.logs.remove(id)
  await dropTestTexts(
    ctx,
    old.map(({ id }) => id),
  )
  await markRemoved(ctx, old, 'logsRemovedAt')
}

/** What failed tests said goes with the logs; how they ended stays, for statistics. */
async function dropTestTexts(ctx: Ctx, builds: readonly Id[]): Promise<void> {
  if (builds.length === 0) return
  const { testResults } = schema
  await ctx.db.write(async (tx) => {
    await tx
      .update(testResults)
      .set({ message: null, details: null })
      .where(inArray(testResults.buildId, builds))
  })
}

async function removeOldArtifacts(ctx: Ctx): Promise<void> {
  const { artifactRetentionMs } = ctx.config
  if (artifactRetentionMs === null) return
  const { builds: b, artifacts } = schema
  const old = await ctx.db.read
    .selectDistinct({ id: b.id })
    .from(artifacts)
    .innerJoin(b, eq(b.id, artifacts.buildId))
    .where(lt(b.finishedAt, ctx.clock() - artifactRetentionMs))
    .limit(batchMax)
    .all()
  for (const { id } of old) await removeDirectory(artifactDirectory(ctx.config, id))
  if (old.length === 0) return
  await ctx.db.write(async (tx) => {
    await tx.delete(artifacts).where(
      inArray(
        artifacts.buildId,
        old.map(({ id }) => id),
      ),
    )
  })
}

async function markRemoved(
  ctx: Ctx,
  builds: { id: Id }[],
  column: 'logsRemovedAt' | 'workspaceRemovedAt',
): Promise<void> {
  if (builds.length === 0) return
  await ctx.db.write(async (tx) => {
    await tx
      .update(schema.builds)
      .set({ [column]: ctx.clock() })
      .where(
        inArray(
          schema.builds.id,
          builds.map(({ id }) => id),
        ),
      )
  })
}

const removeDirectory = (directory: string) =>
  rm(directory, { recursive: true, force: true, maxRetries: 2 })
