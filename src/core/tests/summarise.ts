import { and, asc, desc, eq, gt, inArray } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Build } from '../builds/build.ts'
import type { Ctx } from '../ctx.ts'
import type { TestSummary } from './test.ts'

const failuresShown = 10
const slowestShown = 5

/** What to see first of the tests of a build that was found already. */
export async function summariseTests(ctx: Ctx, { id, tests }: Build): Promise<TestSummary | null> {
  if (tests === null) return null
  const { testResults: t } = schema
  const failures =
    tests.failed === 0
      ? []
      : await ctx.db.read
          .select()
          .from(t)
          .where(and(eq(t.buildId, id), inArray(t.status, ['failed', 'error'])))
          .orderBy(asc(t.index))
          .limit(failuresShown)
          .all()
  const slowest = await ctx.db.read
    .select()
    .from(t)
    .where(and(eq(t.buildId, id), gt(t.durationMs, 0)))
    .orderBy(desc(t.durationMs), asc(t.index))
    .limit(slowestShown)
    .all()
  return { counts: tests, failures, slowest }
}
