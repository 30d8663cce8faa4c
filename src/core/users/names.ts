import { inArray } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Ctx } from '../ctx.ts'

/**
 * Things by whom they are, as actorText wrote it: people by the name they have now, and who was
 * removed by the name they had. It says nothing of who may read them: its callers ask `may`.
 */
export async function withAuthorNames<T extends { createdBy: string }>(
  ctx: Pick<Ctx, 'db'>,
  things: readonly T[],
): Promise<T[]> {
  const idOf = ({ createdBy }: T): string | null => /^user:(.+)$/.exec(createdBy)?.[1] ?? null
  const ids = things.flatMap((thing) => idOf(thing) ?? [])
  if (ids.length === 0) return [...things]
  const { users: u } = schema
  const rows = await ctx.db.read
    .select({ id: u.id, name: u.name })
    .from(u)
    .where(inArray(u.id, ids))
    .all()
  const names = new Map(rows.map(({ id, name }) => [id, name]))
  return things.map((thing) => ({
    ...thing,
    createdBy: names.get(idOf(thing) ?? '') ?? thing.createdBy,
  }))
}
