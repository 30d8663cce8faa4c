import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { builds } from './builds.ts'
import { repositories } from './repositories.ts'
import type { CommitState, TellingStatus } from './words.ts'

/**
 * What forges are to be told, and what they were told: one row for each check of a commit, holding
 * the newest state that is wanted. An older one that was not sent is never sent.
 */
export const commitStatuses = sqliteTable(
  'commit_statuses',
  {
    id: text().primaryKey(),
    organizationId: text().notNull(),
    repositoryId: text()
      .notNull()
      .references(() => repositories.id),
    commitSha: text().notNull(),
    context: text().notNull(),
    /** The build that the state is of: the newest of this commit and context. */
    buildId: text()
      .notNull()
      .references(() => builds.id),
    state: text().$type<CommitState>().notNull(),
    description: text().notNull(),
    /** Which sending goes to which host: a slow one keeps nobody else waiting. */
    host: text().notNull(),
    telling: text().$type<TellingStatus>().notNull(),
    /** Counts what was wanted; a report is settled only against the count it was sent with. */
    seq: integer().notNull(),
    changedAt: integer().notNull(),
    attempts: integer().notNull(),
    /** When the first of the attempts failed; null while none has. */
    failingSince: integer(),
    /** Not before this time, after a failed attempt. */
    notBefore: integer().notNull(),
    /** The forge asked to be left alone until then: holds for the whole repository. */
    heldUntil: integer().notNull(),
    /** An answer did not come: what was sent may arrive late, so the last state is sent once more. */
    isUnsure: integer({ mode: 'boolean' }).notNull(),
    lastError: text(),
    toldState: text().$type<CommitState>(),
    toldAt: integer(),
  },
  (table) => [
    uniqueIndex('commit_statuses_check').on(table.repositoryId, table.commitSha, table.context),
    index('commit_statuses_of_build').on(table.buildId),
    index('commit_statuses_held').on(table.repositoryId, table.heldUntil),
    index('commit_statuses_open')
      .on(table.buildId)
      .where(sql`state in ('pending', 'running')`),
    index('commit_statuses_waiting')
      .on(table.notBefore, table.changedAt)
      .where(sql`telling = 'waiting'`),
  ],
)
