import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { organizations } from './organizations.ts'
import type { GithubAccountType, GithubPermissions } from './words.ts'

/** GitHub Apps that were made for this server. One is in use; others were disconnected. */
export const githubApps = sqliteTable(
  'github_apps',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    /** GitHub's number of the App. */
    appId: text().notNull(),
    slug: text().notNull(),
    name: text().notNull(),
    ownerLogin: text().notNull(),
    ownerType: text().$type<GithubAccountType>().notNull(),
    htmlUrl: text().notNull(),
    clientId: text().notNull(),
    /** Sealed; place `github_apps/<id>/client_secret`. */
    clientSecretSealed: text().notNull(),
    /** Sealed; place `github_apps/<id>/private_key`: PKCS#1 in PEM. */
    privateKeySealed: text().notNull(),
    /** Sealed; place `github_apps/<id>/webhook_secret`. */
    webhookSecretSealed: text().notNull(),
    /** Sealed; place `github_apps/<id>/previous_webhook_secret`. Good until the time beside it. */
    previousWebhookSecretSealed: text(),
    previousSecretUntil: integer(),
    /** What the App itself asks of those who install it, when it was last looked at. */
    permissions: text({ mode: 'json' }).$type<GithubPermissions>().notNull(),
    events: text({ mode: 'json' }).$type<string[]>().notNull(),
    /** When GitHub was last asked about the App; null while it never was. */
    checkedAt: integer(),
    /** Why Oore cannot speak for the App, as a sentence; null where it can. */
    trouble: text(),
    /** What is wrong with its webhook at GitHub, as a sentence; null where nothing is. */
    hookTrouble: text(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    removedAt: integer(),
  },
  (table) => [
    uniqueIndex('github_apps_in_use')
      .on(table.organizationId)
      .where(sql`removed_at is null`),
  ],
)

/** Accounts that installed the App. Repositories that come by one have its id as their connection. */
export const githubInstallations = sqliteTable(
  'github_installations',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    githubAppId: text()
      .notNull()
      .references(() => githubApps.id),
    /** GitHub's number of the installation. */
    externalId: text().notNull(),
    accountLogin: text().notNull(),
    accountId: text().notNull(),
    accountType: text().$type<GithubAccountType>().notNull(),
    selection: text().$type<'all' | 'selected'>().notNull(),
    permissions: text({ mode: 'json' }).$type<GithubPermissions>().notNull(),
    events: text({ mode: 'json' }).$type<string[]>().notNull(),
    htmlUrl: text().notNull(),
    suspendedAt: integer(),
    /** When it was uninstalled. */
    removedAt: integer(),
    /** By GitHub's clock, as it last told: what is older undoes nothing. */
    forgeUpdatedAt: integer(),
    /** When its repositories were last fetched. */
    syncedAt: integer(),
    /** Why the last attempt failed, as a sentence; null where it did not. */
    syncTrouble: text(),
    /** When they are fetched next. */
    syncAt: integer().notNull(),
    syncAttempts: integer().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('github_installations_external').on(table.githubAppId, table.externalId),
    index('github_installations_due').on(table.syncAt),
  ],
)
