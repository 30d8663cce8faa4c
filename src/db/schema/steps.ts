import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { builds } from './builds.ts'
import type { StepKind, StepStatus } from './words.ts'

export const steps = sqliteTable(
  'steps',
  {
    buildId: text()
      .notNull()
      .references(() => builds.id),
    position: integer().notNull(),
    kind: text().$type<StepKind>().notNull(),
    name: text().notNull(),
    status: text().$type<StepStatus>().notNull(),
    exitCode: integer(),
    signal: text(),
    ignoredFailure: integer({ mode: 'boolean' }).notNull(),
    errorMessage: text(),
    startedAt: integer(),
    finishedAt: integer(),
    stdoutBytes: integer().notNull(),
    stderrBytes: integer().notNull(),
    logTruncated: integer({ mode: 'boolean' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.buildId, table.position] })],
)
