import { and, eq, ne, sql } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { forgeAddress } from '../../scm/forge/address.ts'
import type { Build } from '../builds/build.ts'
import { findBuild } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import { findRepositoryRow, type RepositoryRow } from '../repositories/find.ts'
import { progressEveryMs } from '../outbox/pace.ts'
import { hasAccess } from '../repositories/source.ts'
import { contextOf } from './context.ts'
import { wantedOf } from './describe.ts'
import { isEnd } from './status.ts'

/** What `ctx.bells` rings when there is something to tell. */
export const statusesTopic = 'statuses'

/**
 * Writes down that a build's forge is to be told how the build stands now. Wanting the same twice is
 * wanting it once; an older build never speaks over a newer one of its commit and workflow. Nothing
 * is written for a build of which nobody is told.
 */
export async function wantStatus(ctx: Ctx, buildId: Id): Promise<void> {
  const build = await findBuild(ctx, buildId)
  const row = await findRepositoryRow(ctx, build.repositoryId).catch(() => null)
  if (row === null || !isReported(ctx, row, build)) return
  const check = await checkOf(ctx, row, build)
  const put = await ctx.db.write(async (tx) => putWanted(ctx, tx, check))
  if (put === 'put') ctx.bells.ring(statusesTopic)
}

/**
 * Wants anew what a forge shows of a build that runs, where it shows more than a state: a step has
 * ended. Told no more often than progressEveryMs.
 */
export async function wantProgress(ctx: Ctx, buildId: Id): Promise<void> {
  const { commitStatuses: s } = schema
  const put = await ctx.db.write(async (tx) =>
    tx
      .update(s)
      .set({
        seq: sql`${s.seq} + 1`,
        telling: 'waiting',
        notBefore: sql`case when ${s.telling} = 'told' then ${s.toldAt} + ${progressEveryMs}
          else ${s.notBefore} end`,
      })
      .where(
        and(
          eq(s.buildId, buildId),
          eq(s.state, 'running'),
          eq(s.toldWay, 'check'),
          // What fails already is made of what is true when it is sent.
          eq(s.attempts, 0),
          ne(s.telling, 'given_up'),
        ),
      )
      .returning({ id: s.id })
      .get(),
  )
  if (put) ctx.bells.ring(statusesTopic)
}

/** Is the forge told of this build? It is where it can be, by a token, and for no draft. */
export const isReported = (ctx: Ctx, row: RepositoryRow, build: Build): boolean =>
  ctx.scm(row.provider).report !== undefined && hasAccess(row) && build.configSource !== 'draft'

/** What names the check of a build; none of it changes while the build moves. */
export type Check = { buildId: Id; context: string; host: string }

export const checkOf = async (ctx: Ctx, row: RepositoryRow, build: Build): Promise<Check> => ({
  buildId: build.id,
  context: await contextOf(ctx, build),
  host: forgeAddress(row.cloneUrl, ctx.config.allowLocalRepositories)?.host ?? '',
})

/**
 * Puts the state of the build, as it is within this transaction, in the place of the one that was
 * wanted before. With `again` also where it is the same.
 */
export async function putWanted(
  ctx: Ctx,
  tx: Writer,
  { buildId, context, host }: Check,
  { again = false } = {},
): Promise<'put' | 'same' | 'newer'> {
  const { builds, commitStatuses: s } = schema
  const build = await tx.select().from(builds).where(eq(builds.id, buildId)).get()
  if (!build) return 'same'
  const { organizationId, repositoryId, commitSha } = build
  const wanted = wantedOf(build)
  const old = await tx
    .select()
    .from(s)
    .where(
      and(eq(s.repositoryId, repositoryId), eq(s.commitSha, commitSha), eq(s.context, context)),
    )
    .get()
  const isSame =
    old?.buildId === buildId && old.state === wanted.state && old.description === wanted.description
  if (isSame && !again) return 'same'
  if (old && old.buildId > buildId) return 'newer'
  const fresh = {
    ...wanted,
    // A check that ended stays as it ended: what begins again is another one.
    ...(old && old.buildId !== buildId && isEnd(old.toldState) ? { handle: null } : {}),
    buildId,
    host,
    telling: 'waiting' as const,
    changedAt: ctx.clock(),
    attempts: 0,
    failingSince: null,
    notBefore: 0,
    lastError: null,
  }
  if (old) {
    const asIfNew = again ? { toldState: null, toldAt: null } : {}
    await tx
      .update(s)
      .set({ ...fresh, ...asIfNew, seq: old.seq + 1 })
      .where(eq(s.id, old.id))
    return 'put'
  }
  const row = { id: newId(), organizationId, repositoryId, commitSha, context, seq: 1 }
  await tx.insert(s).values({ ...row, ...fresh, heldUntil: 0, isUnsure: false })
  return 'put'
}
