import { and, desc, eq, gte, isNotNull, like, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import type { Page, PageRequest } from '../../lib/page.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import type { Build } from './build.ts'
import type { BuildFilters } from './filters.ts'
import { buildOf } from './find.ts'

/** Builds that pass the filters, newest or longest first. */
export async function listBuilds(
  ctx: Ctx,
  filters: BuildFilters,
  page: PageRequest,
): Promise<Page<Build>> {
  if (!may(ctx.actor, 'build.read')) throw refused(ctx.actor)
  const { builds, repositories } = schema
  const byDuration = filters.sort === '-duration_ms'
  const rows = await ctx.db.read
    .select({ build: builds, repository: repositories.fullName })
    .from(builds)
    .innerJoin(repositories, eq(repositories.id, builds.repositoryId))
    .where(
      and(
        eq(builds.organizationId, ctx.organizationId),
        ...conditions(filters),
        page.cursor ? after(page.cursor, byDuration) : undefined,
      ),
    )
    .orderBy(...(byDuration ? [desc(builds.durationMs), desc(builds.id)] : [desc(builds.id)]))
    .limit(page.limit + 1)
    .all()
  const kept = rows.slice(0, page.limit)
  const last = kept.at(-1)?.build
  return {
    data: kept.map((row) => buildOf(row.build, row.repository)),
    nextCursor: rows.length > page.limit && last ? encodeCursor([last.durationMs, last.id]) : null,
  }
}

function conditions(filters: BuildFilters): (SQL | undefined)[] {
  const { builds: b } = schema
  return [
    filters.repository ? eq(b.repositoryId, filters.repository) : undefined,
    filters.status ? eq(b.status, filters.status) : undefined,
    filters.branch ? eq(b.branch, filters.branch) : undefined,
    filters.trigger ? eq(b.triggerType, filters.trigger) : undefined,
    filters.workflow ? eq(b.workflow, filters.workflow) : undefined,
    filters.since === null ? undefined : gte(b.queuedAt, filters.since),
    filters.until === null ? undefined : lte(b.queuedAt, filters.until),
    filters.q ? matching(filters.q) : undefined,
    // Without an end there is no duration to sort by.
    filters.sort === '-duration_ms' ? isNotNull(b.durationMs) : undefined,
  ]
}

function matching(q: string): SQL | undefined {
  const { builds: b } = schema
  const text = q.trim()
  const words = `%${text.replace(/[\\%_]/g, '\\$&')}%`
  const number = /^#?(\d{1,9})$/.exec(text)?.[1]
  return or(
    /^[0-9a-f]{4,64}$/i.test(text)
      ? and(gte(b.commitSha, text.toLowerCase()), lt(b.commitSha, `${text.toLowerCase()}g`))
      : undefined,
    number === undefined ? undefined : eq(b.number, Number(number)),
    eq(b.branch, text),
    sql`${like(b.branch, words)} escape '\\'`,
    sql`${like(b.commitMessage, words)} escape '\\'`,
  )
}

function after(cursor: string, byDuration: boolean): SQL | undefined {
  const { builds: b } = schema
  if (!byDuration) return lt(b.id, decodeCursor(cursor, ['number or null', 'text'])[1])
  const [ms, id] = decodeCursor(cursor, ['number', 'text'])
  return or(lt(b.durationMs, ms), and(eq(b.durationMs, ms), lt(b.id, id)))
}
