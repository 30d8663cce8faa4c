import { desc, sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { organizations } from './organizations.ts'
import { repositories } from './repositories.ts'
import type {
  BuildStatus,
  ConfigSource,
  FailureKind,
  Fork,
  TestCounts,
  TriggerType,
} from './words.ts'

export const builds = sqliteTable(
  'builds',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    repositoryId: text()
      .notNull()
      .references(() => repositories.id),
    number: integer().notNull(),
    workflow: text().notNull(),
    workflowName: text().notNull(),
    status: text().$type<BuildStatus>().notNull(),
    failureKind: text().$type<FailureKind>(),
    errorMessage: text(),
    triggerType: text().$type<TriggerType>().notNull(),
    branch: text(),
    tag: text(),
    commitSha: text().notNull(),
    commitMessage: text(),
    commitAuthor: text(),
    pullRequestNumber: integer(),
    /** The branch it goes to. */
    pullRequestTarget: text(),
    mergeCommitSha: text(),
    /** Null for the repository's own; what it may have is decided by core/builds/trust.ts. */
    fork: text({ mode: 'json' }).$type<Fork>(),
    /** Which approval let it start; only builds of forks have one. */
    approvalId: text(),
    configSource: text().$type<ConfigSource>().notNull(),
    priority: integer().$type<1 | 2 | 3 | 4>().notNull(),
    labels: text({ mode: 'json' }).$type<string[]>().notNull(),
    retryOf: text(),
    /** Two builds of one push never share it; null for what people start. */
    dedupeKey: text(),
    queuedAt: integer().notNull(),
    startedAt: integer(),
    finishedAt: integer(),
    /** From start to end; kept so that lists can be sorted by it. */
    durationMs: integer(),
    /** Null where no test was reported. */
    tests: text({ mode: 'json' }).$type<TestCounts>(),
    cancelRequestedAt: integer(),
    workspaceRemovedAt: integer(),
    logsRemovedAt: integer(),
  },
  (table) => [
    uniqueIndex('builds_number').on(table.repositoryId, table.number),
    uniqueIndex('builds_dedupe').on(table.dedupeKey),
    index('builds_newest').on(table.organizationId, desc(table.id)),
    index('builds_of_repository').on(table.repositoryId, desc(table.id)),
    index('builds_by_status').on(table.organizationId, table.status, desc(table.id)),
    index('builds_by_branch').on(table.organizationId, table.branch, desc(table.id)),
    index('builds_by_commit').on(table.organizationId, table.commitSha),
    index('builds_by_duration').on(table.organizationId, desc(table.durationMs), desc(table.id)),
    index('builds_last_success')
      .on(table.repositoryId, table.branch, table.workflow, desc(table.id))
      .where(sql`status = 'success'`),
    index('builds_waiting')
      .on(table.priority, table.id)
      .where(sql`status = 'pending'`),
    index('builds_held')
      .on(table.repositoryId, table.pullRequestNumber)
      .where(sql`status = 'waiting_approval'`),
    index('builds_workspaces')
      .on(table.finishedAt)
      .where(sql`workspace_removed_at is null and finished_at is not null`),
  ],
)

/** What a build was made from, apart from its row so that lists stay small. */
export const buildPlans = sqliteTable('build_plans', {
  buildId: text()
    .primaryKey()
    .references(() => builds.id),
  /** Null where the configuration could not be used: such a build never runs. */
  plan: text({ mode: 'json' }).$type<unknown>(),
  configFileName: text(),
  configContent: text(),
  /** The counters, BUILD_NUMBER and PROJECT_BUILD_NUMBER, as they stood. */
  counters: text({ mode: 'json' }).$type<Record<string, string>>().notNull(),
})

/** How many builds of a workflow there have been: BUILD_NUMBER. */
export const workflowCounters = sqliteTable(
  'workflow_counters',
  {
    repositoryId: text()
      .notNull()
      .references(() => repositories.id),
    workflow: text().notNull(),
    next: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.repositoryId, table.workflow] })],
)
