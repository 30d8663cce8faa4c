import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { repositories } from './repositories.ts'
import type { ApprovalVerdict, Asked } from './words.ts'

/** Who said of a fork's commit that it may run here, or may not. Rows are added, and then voided. */
export const approvals = sqliteTable(
  'approvals',
  {
    id: text().primaryKey(),
    organizationId: text().notNull(),
    repositoryId: text()
      .notNull()
      .references(() => repositories.id),
    pullRequestNumber: integer().notNull(),
    commitSha: text().notNull(),
    /** The branch that the pull request went to: its configuration says what is run. */
    pullRequestTarget: text().notNull(),
    verdict: text().$type<ApprovalVerdict>().notNull(),
    actor: text().notNull(),
    /** How the actor was called then. */
    actorName: text().notNull(),
    at: integer().notNull(),
    asked: text({ mode: 'json' }).$type<Asked>().notNull(),
    /** The pull request has moved on since: nothing further starts by it. */
    voidedAt: integer(),
  },
  (table) => [
    index('approvals_of_pull_request').on(table.repositoryId, table.pullRequestNumber, table.id),
  ],
)
