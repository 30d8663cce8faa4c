import { and, eq, inArray } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import { cancelBuild } from '../builds/cancel.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findRepositoryRow } from './find.ts'

/**
 * Takes a repository out of every list; its builds, logs and artifacts stay. Throws OoreError
 * `conflict` while builds wait or run, unless forced, which cancels them.
 */
export async function removeRepository(
  ctx: Ctx,
  id: Id,
  { force }: { force: boolean },
): Promise<void> {
  await findRepositoryRow(ctx, id)
  if (!may(ctx.actor, 'repository.remove', { repositoryId: id })) throw refused(ctx.actor)
  if (force) {
    for (const build of await activeBuilds(ctx, id)) await cancelBuild(ctx, build.id)
  }
  await change(ctx, async (tx, record) => {
    const active = force ? [] : await activeBuilds({ db: { read: tx } }, id)
    if (active.length > 0) {
      throw new OoreError(
        'conflict',
        `${active.length === 1 ? 'A build waits or runs' : `${active.length} builds wait or run`}. ` +
          'Wait until they end, or remove with ?force=true, which cancels them.',
      )
    }
    await tx
      .update(schema.repositories)
      .set({ removedAt: ctx.clock(), updatedAt: ctx.clock() })
      .where(eq(schema.repositories.id, id))
    record('repository.removed', id)
  })
}

const activeBuilds = (from: { db: { read: Pick<Ctx['db']['read'], 'select'> } }, id: Id) =>
  from.db.read
    .select({ id: schema.builds.id })
    .from(schema.builds)
    .where(
      and(
        eq(schema.builds.repositoryId, id),
        inArray(schema.builds.status, ['waiting_approval', 'pending', 'running']),
      ),
    )
    .all()
