import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { ConfigurationFirst, ForkBuilds, Provider, RepositoryState } from './words.ts'
import { organizations } from './organizations.ts'

// Written without a comma, which drizzle-kit would take for the end of a column.
const ofInstance = sql`case when instance is null then '' else instance end`

export const repositories = sqliteTable(
  'repositories',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    provider: text().$type<Provider>().notNull(),
    /** The forge's host; with its path where GitLab lives below one. Null for plain git. */
    instance: text(),
    /** The forge's own number of it, which stays through renames; null where nobody told. */
    externalId: text(),
    /** The connection that speaks for it: a row of github_installations or gitlab_instances. */
    connectionId: text(),
    /** The forge's number of the webhook that Oore made there. */
    hookExternalId: text(),
    isArchived: integer({ mode: 'boolean' }).notNull().default(false),
    owner: text().notNull(),
    name: text().notNull(),
    fullName: text().notNull(),
    cloneUrl: text().notNull(),
    defaultBranch: text().notNull(),
    isPrivate: integer({ mode: 'boolean' }).notNull(),
    state: text().$type<RepositoryState>().notNull(),
    /** Why Oore itself paused it, as a sentence; null where a person did, or nobody. */
    stateReason: text(),
    /** By the forge's clock, when it last told of it: what is older undoes nothing. */
    forgeUpdatedAt: integer(),
    nextBuildNumber: integer().notNull(),
    configurationFirst: text().$type<ConfigurationFirst>().notNull().default('stored'),
    /** `ask`: they wait for an approval. */
    forkBuilds: text().$type<ForkBuilds>().notNull().default('ask'),
    /** Sealed; place `repositories/<id>/webhook_secret`. */
    webhookSecretSealed: text(),
    /** Sealed; place `repositories/<id>/previous_webhook_secret`. Good until the time beside it. */
    previousWebhookSecretSealed: text(),
    previousSecretUntil: integer(),
    /** Sealed; place `repositories/<id>/signing_token`: GitLab signs with it besides the secret. */
    signingTokenSealed: text(),
    /** When a delivery last proved the secret. */
    hookVerifiedAt: integer(),
    /** When one last failed to, and why in words; null once one has proved it since. */
    hookFailedAt: integer(),
    hookFailure: text(),
    /** When its branches and tags were first written down: what is new after that was pushed since. */
    refsKnownAt: integer(),
    /** Are pull requests commented? Null is what suits how the repository is reached. */
    pullRequestComments: integer({ mode: 'boolean' }),
    /** The forge lets Oore make no checks here; it is not asked again before. */
    checksRefusedUntil: integer(),
    cloneUsername: text(),
    /** Sealed; place `repositories/<id>/clone_password`. */
    clonePasswordSealed: text(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
    /** Set when removed: the row stays for its builds, and is found by nothing else. */
    removedAt: integer(),
  },
  (table) => [
    uniqueIndex('repositories_full_name')
      .on(table.organizationId, table.provider, ofInstance, table.fullName)
      .where(sql`removed_at is null`),
    uniqueIndex('repositories_external')
      .on(table.organizationId, table.provider, ofInstance, table.externalId)
      .where(sql`removed_at is null and external_id is not null`),
    index('repositories_connection').on(table.connectionId),
    index('repositories_created').on(table.organizationId, table.id),
  ],
)

/** Where branches and tags stood when they were last heard of, so that a missed push is noticed. */
export const knownRefs = sqliteTable(
  'known_refs',
  {
    repositoryId: text()
      .notNull()
      .references(() => repositories.id),
    /** `refs/heads/…` or `refs/tags/…`. */
    ref: text().notNull(),
    commit: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.repositoryId, table.ref] })],
)
