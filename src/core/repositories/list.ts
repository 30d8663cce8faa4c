import { and, asc, desc, eq, gt, isNull, like, lt, or, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import type { Page, PageRequest } from '../../lib/page.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { repositoryOf } from './find.ts'
import type { Provider, Repository, RepositoryState } from './repository.ts'

export type RepositoryFilters = {
  provider: Provider | null
  /** Part of the full name. */
  q: string | null
  state: RepositoryState | null
  sort: 'name' | 'created_at'
}

/** Repositories by name, or newest first. */
export async function listRepositories(
  ctx: Ctx,
  filters: RepositoryFilters,
  page: PageRequest,
): Promise<Page<Repository>> {
  if (!may(ctx.actor, 'repository.read')) throw refused(ctx.actor)
  const { repositories: r } = schema
  const byName = filters.sort === 'name'
  const rows = await ctx.db.read
    .select()
    .from(r)
    .where(
      and(
        eq(r.organizationId, ctx.organizationId),
        isNull(r.removedAt),
        filters.provider ? eq(r.provider, filters.provider) : undefined,
        filters.state ? eq(r.state, filters.state) : undefined,
        filters.q ? containing(filters.q) : undefined,
        page.cursor ? after(page.cursor, byName) : undefined,
      ),
    )
    .orderBy(...(byName ? [asc(r.fullName), asc(r.id)] : [desc(r.id)]))
    .limit(page.limit + 1)
    .all()
  const data = rows.slice(0, page.limit).map(repositoryOf)
  const last = data.at(-1)
  const nextCursor =
    rows.length > page.limit && last ? encodeCursor([last.fullName, last.id]) : null
  return { data, nextCursor }
}

function after(cursor: string, byName: boolean) {
  const { repositories: r } = schema
  const [name, id] = decodeCursor(cursor, ['text', 'text'])
  return byName ? or(gt(r.fullName, name), and(eq(r.fullName, name), gt(r.id, id))) : lt(r.id, id)
}

function containing(q: string) {
  const pattern = `%${q.replace(/[\\%_]/g, '\\$&')}%`
  return sql`${like(schema.repositories.fullName, pattern)} escape '\\'`
}
