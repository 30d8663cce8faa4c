import { desc } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { builds } from './builds.ts'
import type { TestStatus } from './words.ts'

export const testResults = sqliteTable(
  'test_results',
  {
    buildId: text()
      .notNull()
      .references(() => builds.id),
    /** The runner's own count within the build, from 0. */
    index: integer().notNull(),
    /** The step whose report it stands in. */
    position: integer().notNull(),
    suite: text().notNull(),
    name: text().notNull(),
    status: text().$type<TestStatus>().notNull(),
    durationMs: integer(),
    message: text(),
    details: text(),
    file: text(),
    line: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.buildId, table.index] }),
    index('test_results_by_status').on(table.buildId, table.status, table.index),
    index('test_results_by_duration').on(table.buildId, desc(table.durationMs), table.index),
    // One test through its builds; these tell the repository and the workflow.
    index('test_results_of_test').on(table.name, table.suite, desc(table.buildId)),
  ],
)
