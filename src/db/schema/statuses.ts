import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { builds } from './builds.ts'
import { repositories } from './repositories.ts'
import type { CommitState, ReportWay, TellingStatus } from './words.ts'

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
    /** It was in doubt once: another check may have been left behind, which is to end too. */
    wasUnsure: integer({ mode: 'boolean' }).notNull().default(false),
    lastError: text(),
    toldState: text().$type<CommitState>(),
    toldAt: integer(),
    /** How it was told last: a check that was once told as a status stays one. */
    toldWay: text().$type<ReportWay>(),
    /** What the forge calls what it took, where that is needed to change it. */
    handle: text(),
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

/** The one comment of each pull request: what it is to be of, and what the forge took. */
export const pullRequestComments = sqliteTable(
  'pull_request_comments',
  {
    id: text().primaryKey(),
    organizationId: text().notNull(),
    repositoryId: text()
      .notNull()
      .references(() => repositories.id),
    number: integer().notNull(),
    /** Its words are made of the builds of this commit when it is sent. */
    commitSha: text().notNull(),
    host: text().notNull(),
    telling: text().$type<TellingStatus>().notNull(),
    /** As in commit_statuses, as are all that follow. */
    seq: integer().notNull(),
    changedAt: integer().notNull(),
    attempts: integer().notNull(),
    failingSince: integer(),
    notBefore: integer().notNull(),
    heldUntil: integer().notNull(),
    isUnsure: integer({ mode: 'boolean' }).notNull(),
    wasUnsure: integer({ mode: 'boolean' }).notNull().default(false),
    lastError: text(),
    toldAt: integer(),
    handle: text(),
    /** Somebody deleted it: it is made anew for the next commit, and not before. */
    isGone: integer({ mode: 'boolean' }).notNull(),
  },
  (table) => [
    uniqueIndex('pull_request_comments_one').on(table.repositoryId, table.number),
    index('pull_request_comments_held').on(table.repositoryId, table.heldUntil),
    index('pull_request_comments_waiting')
      .on(table.notBefore, table.changedAt)
      .where(sql`telling = 'waiting'`),
  ],
)
