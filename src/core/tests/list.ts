import {
  and,
  asc,
  desc,
  eq,
  gt,
  inArray,
  isNotNull,
  like,
  lt,
  or,
  type SQL,
  sql,
} from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import type { Id } from '../../lib/ids.ts'
import type { Page, PageRequest } from '../../lib/page.ts'
import { may, refused } from '../access/may.ts'
import type { Build } from '../builds/build.ts'
import { findBuild } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import { stepsOf } from '../steps/list.ts'
import { scriptIndex, type Step } from '../steps/step.ts'
import type { TestFilters, TestResult, TestSort } from './test.ts'

/** A page of the tests of a build; `steps` are those that reported any. */
export type BuildTests = { build: Build; steps: Step[]; page: Page<TestResult> }

/** The tests of a build that pass the filters. Throws OoreError `not_found`. */
export async function listTests(
  ctx: Ctx,
  buildId: Id,
  filters: TestFilters,
  { limit, cursor }: PageRequest,
): Promise<BuildTests> {
  if (!may(ctx.actor, 'build.read')) throw refused(ctx.actor)
  const build = await findBuild(ctx, buildId)
  const steps = build.tests === null ? [] : await stepsOf(ctx, build.id)
  const { testResults: t } = schema
  const rows = await ctx.db.read
    .select()
    .from(t)
    .where(
      and(
        eq(t.buildId, build.id),
        ...conditions(filters, steps),
        cursor === null ? undefined : after(cursor, filters.sort),
      ),
    )
    .orderBy(...orders[filters.sort])
    .limit(limit + 1)
    .all()
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  const nextCursor = rows.length > limit && last ? encodeCursor(valuesOf(last, filters.sort)) : null
  return { build, steps: await reporting(ctx, steps), page: { data, nextCursor } }
}

async function reporting(ctx: Ctx, steps: readonly Step[]): Promise<Step[]> {
  const [first] = steps
  if (first === undefined) return []
  const { testResults: t } = schema
  const rows = await ctx.db.read
    .selectDistinct({ position: t.position })
    .from(t)
    .where(eq(t.buildId, first.buildId))
    .all()
  return steps.filter((step) => rows.some(({ position }) => position === step.position))
}

function conditions(
  { status, q, step, sort }: TestFilters,
  steps: readonly Step[],
): (SQL | undefined)[] {
  const { testResults: t } = schema
  // A step that is not there has no tests, and no step stands before the first position.
  const position = steps.find((each) => scriptIndex(each) === step)?.position ?? -1
  return [
    status === null
      ? undefined
      : status === 'failed'
        ? inArray(t.status, ['failed', 'error'])
        : eq(t.status, status),
    step === null ? undefined : eq(t.position, position),
    q === null ? undefined : matching(q),
    // Without a duration there is none to sort by.
    sort === '-duration_ms' ? isNotNull(t.durationMs) : undefined,
  ]
}

function matching(q: string): SQL | undefined {
  const { testResults: t } = schema
  const words = `%${q.trim().replace(/[\\%_]/g, '\\$&')}%`
  return or(...[t.name, t.suite, t.file].map((text) => sql`${like(text, words)} escape '\\'`))
}

/** The words of a status happen to be in the order of what people look for: error, failed, … */
const orders: Record<TestSort, SQL[]> = {
  status: [asc(schema.testResults.status), asc(schema.testResults.index)],
  '-duration_ms': [desc(schema.testResults.durationMs), asc(schema.testResults.index)],
  name: [
    asc(schema.testResults.suite),
    asc(schema.testResults.name),
    asc(schema.testResults.index),
  ],
}

function valuesOf(last: TestResult, sort: TestSort): (string | number | null)[] {
  switch (sort) {
    case 'status':
      return [last.status, last.index]
    case '-duration_ms':
      return [last.durationMs, last.index]
    case 'name':
      return [last.suite, last.name, last.index]
  }
}

function after(cursor: string, sort: TestSort): SQL | undefined {
  const { testResults: t } = schema
  switch (sort) {
    case 'status': {
      const [status, index] = decodeCursor(cursor, ['text', 'number'])
      return sql`(${t.status}, ${t.index}) > (${status}, ${index})`
    }
    case '-duration_ms': {
      const [ms, index] = decodeCursor(cursor, ['number', 'number'])
      return or(lt(t.durationMs, ms), and(eq(t.durationMs, ms), gt(t.index, index)))
    }
    case 'name': {
      const [suite, name, index] = decodeCursor(cursor, ['text', 'text', 'number'])
      return sql`(${t.suite}, ${t.name}, ${t.index}) > (${suite}, ${name}, ${index})`
    }
  }
}
