import { and, desc, gte, lt } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Ctx } from '../ctx.ts'
import { foundEvent } from '../reconcile/compare.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import type { Cause } from './cause.ts'
import type { DeliveryRow } from './find.ts'

/** A push of so many workflows is none. */
const buildsLookedAtMax = 1000

/**
 * What makes two builds one, by workflow. The same may be told from several sides: by a repository's
 * own hook, by the app's, by what was found when the server came back. Where another side has told
 * of it already, the build is the one it started. What one side tells twice, as two deliveries, has
 * happened twice: somebody pushed a branch back. A pull request is where it was until a build of
 * another commit of it came between. What a person asked to have processed again is built
 * anew, and deciding the same delivery twice never is.
 */
export async function dedupeKeys(
  ctx: Ctx,
  { delivery, at }: { delivery: DeliveryRow; at: number },
  row: RepositoryRow,
  { once, pullRequest }: Cause,
  commit: string,
): Promise<(workflow: string) => string> {
  const turn = at === 0 ? String(delivery.round) : `${delivery.round}.${at}`
  if (once === null || delivery.round > 0) return (workflow) => `${delivery.id}:${turn}:${workflow}`
  const same = `${row.id}:${once}:${commit}:`
  const side = delivery.event === foundEvent ? foundEvent : (delivery.integrationId ?? row.id)
  const newest = await newestBuilds(ctx, same)
  const isStill = pullRequest !== null && (await isNewest(ctx, `${row.id}:${once}:`, commit))
  return (workflow) => {
    const own = `${same}${workflow}:${side}:`
    const key = newest.get(workflow)
    const isAnother = key === undefined || (key.startsWith(own) && !isStill)
    return isAnother ? `${own}${delivery.id}` : key
  }
}

/** Was the last build of all that begin so of this commit? */
async function isNewest(ctx: Ctx, beginning: string, commit: string): Promise<boolean> {
  const { builds: b } = schema
  const newest = await ctx.db.read
    .select({ commitSha: b.commitSha })
    .from(b)
    .where(beginsWith(beginning))
    .orderBy(desc(b.id))
    .limit(1)
    .get()
  return newest?.commitSha === commit
}

/** By workflow, the key of the newest build that was made of the same. */
async function newestBuilds(ctx: Ctx, same: string): Promise<Map<string, string>> {
  const { builds: b } = schema
  const rows = await ctx.db.read
    .select({ workflow: b.workflow, key: b.dedupeKey })
    .from(b)
    .where(beginsWith(same))
    .orderBy(desc(b.id))
    .limit(buildsLookedAtMax)
    .all()
  const newest = new Map<string, string>()
  for (const { workflow, key } of rows) {
    if (key !== null && !newest.has(workflow)) newest.set(workflow, key)
  }
  return newest
}

/** Keys that begin with this, which ends in `:`; `;` is the sign after it, and the index is used. */
function beginsWith(beginning: string) {
  const { dedupeKey } = schema.builds
  return and(gte(dedupeKey, beginning), lt(dedupeKey, `${beginning.slice(0, -1)};`))
}
