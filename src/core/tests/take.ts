import { eq } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import type { RunnerEvent } from '../../protocol/messages.ts'
import type { Recorder } from '../events/change.ts'
import type { TestCounts } from './test.ts'

/** SQLite takes a bounded number of values in one statement. */
const rowsPerInsert = 500

/** Writes down tests of a step's report, and counts them with their build. */
export async function takeTests(
  tx: Writer,
  record: Recorder,
  buildId: Id,
  { position, first, tests }: Extract<RunnerEvent, { type: 'tests.found' }>,
): Promise<void> {
  const { builds, testResults } = schema
  const rows = tests.map(({ duration_ms: durationMs, ...test }, at) => ({
    ...test,
    durationMs,
    buildId,
    index: first + at,
    position,
  }))
  const taken: Row[] = []
  for (let from = 0; from < rows.length; from += rowsPerInsert) {
    const added = await tx
      .insert(testResults)
      .values(rows.slice(from, from + rowsPerInsert))
      .onConflictDoNothing()
      .returning({ status: testResults.status, durationMs: testResults.durationMs })
      .all()
    taken.push(...added)
  }
  const build = await tx
    .select({ tests: builds.tests })
    .from(builds)
    .where(eq(builds.id, buildId))
    .get()
  const counts = taken.reduce(counted, build?.tests ?? none)
  await tx.update(builds).set({ tests: counts }).where(eq(builds.id, buildId))
  record('tests.taken', buildId, { position, count: taken.length })
}

/** Forgets the tests of a build. */
export async function dropTests(tx: Writer, buildId: Id): Promise<void> {
  const { builds, testResults } = schema
  await tx.delete(testResults).where(eq(testResults.buildId, buildId))
  await tx.update(builds).set({ tests: null }).where(eq(builds.id, buildId))
}

const none: TestCounts = { total: 0, passed: 0, failed: 0, skipped: 0, durationMs: 0 }

type Row = Pick<typeof schema.testResults.$inferSelect, 'status' | 'durationMs'>

const counted = (counts: TestCounts, { status, durationMs }: Row): TestCounts => ({
  total: counts.total + 1,
  passed: counts.passed + (status === 'passed' ? 1 : 0),
  failed: counts.failed + (status === 'failed' || status === 'error' ? 1 : 0),
  skipped: counts.skipped + (status === 'skipped' ? 1 : 0),
  durationMs: counts.durationMs + (durationMs ?? 0),
})
