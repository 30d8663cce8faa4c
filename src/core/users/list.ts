import { and, asc, eq, gt, isNull, like, or, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import type { Page, PageRequest } from '../../lib/page.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { withIdentities } from './find.ts'
import type { User, UserFilters } from './user.ts'

/** People by name. */
export async function listUsers(
  ctx: Ctx,
  filters: UserFilters,
  page: PageRequest,
): Promise<Page<User>> {
  if (!may(ctx.actor, 'person.read')) throw refused(ctx.actor, 'person.read')
  const { users: u } = schema
  const rows = await ctx.db.read
    .select()
    .from(u)
    .where(
      and(
        eq(u.organizationId, ctx.organizationId),
        isNull(u.removedAt),
        filters.role ? eq(u.role, filters.role) : undefined,
        filters.state ? eq(u.state, filters.state) : undefined,
        filters.q ? saying(filters.q) : undefined,
        page.cursor ? after(page.cursor) : undefined,
      ),
    )
    .orderBy(asc(u.name), asc(u.id))
    .limit(page.limit + 1)
    .all()
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  const nextCursor = rows.length > page.limit && last ? encodeCursor([last.name, last.id]) : null
  return { data: await withIdentities(ctx, shown), nextCursor }
}

function after(cursor: string) {
  const { users: u } = schema
  const [name, id] = decodeCursor(cursor, ['text', 'text'])
  return or(gt(u.name, name), and(eq(u.name, name), gt(u.id, id)))
}

/** By name, by e-mail address, or by the login of one of their accounts. */
function saying(q: string) {
  const { users: u, identities: i } = schema
  const pattern = `%${q.replace(/[\\%_]/g, '\\$&')}%`
  return or(
    sql`${like(u.name, pattern)} escape '\\'`,
    sql`${like(u.email, pattern)} escape '\\'`,
    sql`exists (select 1 from ${i} where ${i.userId} = ${u.id} and ${like(i.login, pattern)} escape '\\')`,
  )
}
