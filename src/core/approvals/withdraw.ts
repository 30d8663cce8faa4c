import { and, eq, inArray, isNull, lt, ne, or, type SQL, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { days } from '../../lib/clock.ts'
import { firstIdAt, type Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Build } from '../builds/build.ts'
import { cancelWaiting } from '../builds/cancel.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'

/** A fork's commit that nobody has wanted for so long is not wanted any more. */
const waitsMsMax = days(14)

// With the word itself: for a parameter SQLite would not use the index of these builds.
const isHeld = sql`${schema.builds.status} = 'waiting_approval'`

export type Standing = { commit: string; target: string }

/**
 * Ends what waits of a pull request, and voids what was approved of it, unless it is of the commit
 * and the target where the pull request stands now; null where it stands nowhere any more.
 */
export async function withdrawApprovals(
  ctx: Ctx,
  { repositoryId, number }: { repositoryId: Id; number: number },
  standing: Standing | null,
  why: string,
): Promise<void> {
  const { builds: b, approvals: a } = schema
  if (!may(ctx.actor, 'build.cancel', { repositoryId })) throw refused(ctx.actor)
  await change(ctx, async (tx, record) => {
    const others =
      standing === null
        ? undefined
        : or(ne(b.commitSha, standing.commit), ne(b.pullRequestTarget, standing.target))
    const held = await tx
      .select({ id: b.id })
      .from(b)
      .where(and(isHeld, ofPullRequest(repositoryId, number), others))
      .all()
    for (const { id } of held) {
      await cancelWaiting(ctx, tx, record, id, why)
      // The same commit may come back, by force or to another target, and then it is asked about anew.
      await tx.update(b).set({ dedupeKey: null }).where(eq(b.id, id))
    }
    const voided = await tx
      .update(a)
      .set({ voidedAt: ctx.clock() })
      .where(
        and(
          eq(a.repositoryId, repositoryId),
          eq(a.pullRequestNumber, number),
          isNull(a.voidedAt),
          standing === null
            ? undefined
            : or(ne(a.commitSha, standing.commit), ne(a.pullRequestTarget, standing.target)),
        ),
      )
      .returning({ id: a.id })
      .all()
    for (const { id } of voided) record('approval.voided', id, { repository_id: repositoryId })
  })
}

/** Ends the older ones that wait for the very same: one event after another may ask for it. */
export async function withdrawDoubles(ctx: Ctx, newest: readonly Build[]): Promise<void> {
  const { builds: b } = schema
  for (const build of newest) {
    const { id, repositoryId, pullRequestNumber: number, workflow } = build
    if (build.status !== 'waiting_approval' || number === null) continue
    if (!may(ctx.actor, 'build.cancel', { repositoryId })) throw refused(ctx.actor)
    await change(ctx, async (tx, record) => {
      const same = and(isHeld, ofPullRequest(repositoryId, number), eq(b.workflow, workflow))
      const held = await tx
        .select({ id: b.id })
        .from(b)
        .where(and(same, lt(b.id, id)))
        .all()
      const why = `Superseded by build #${build.number}, which waits for the same approval.`
      for (const older of held) await cancelWaiting(ctx, tx, record, older.id, why)
    })
  }
}

/** Ends what nobody has approved within 14 days. Says how many that was. */
export async function expireHeld(ctx: Ctx): Promise<number> {
  const { builds: b } = schema
  if (!may(ctx.actor, 'system.maintain')) throw refused(ctx.actor)
  const old = await ctx.db.read
    .select({ id: b.id })
    .from(b)
    // Their ids begin with the time they came.
    .where(and(isHeld, lt(b.id, firstIdAt(ctx.clock() - waitsMsMax))))
    .all()
  if (old.length === 0) return 0
  const ids = old.map(({ id }) => id)
  await change(ctx, async (tx, record) => {
    for (const id of ids) await cancelWaiting(ctx, tx, record, id, nobodyCame)
  })
  return ids.length
}

const nobodyCame =
  `Nobody approved it within ${waitsMsMax / days(1)} days. ` +
  'Retry it, and then approve it, if it is still wanted.'

/** How many builds of forks wait in a repository. */
export async function countHeld(ctx: Ctx, repositoryId: Id): Promise<number> {
  const { builds: b } = schema
  return ctx.db.read.$count(b, and(isHeld, inArray(b.repositoryId, [repositoryId])))
}

function ofPullRequest(repositoryId: Id, number: number): SQL | undefined {
  const { builds: b } = schema
  return and(eq(b.repositoryId, repositoryId), eq(b.pullRequestNumber, number))
}
