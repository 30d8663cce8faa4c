import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { ConfigurationFirst, Provider, RepositoryState } from './words.ts'
import { organizations } from './organizations.ts'

export const repositories = sqliteTable(
  'repositories',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    provider: text().$type<Provider>().notNull(),
    instance: text(),
    owner: text().notNull(),
    name: text().notNull(),
    fullName: text().notNull(),
    cloneUrl: text().notNull(),
    defaultBranch: text().notNull(),
    isPrivate: integer({ mode: 'boolean' }).notNull(),
    state: text().$type<RepositoryState>().notNull(),
    nextBuildNumber: integer().notNull(),
    configurationFirst: text().$type<ConfigurationFirst>().notNull().default('stored'),
    /** Sealed; place `repositories/<id>/webhook_secret`. */
    webhookSecretSealed: text(),
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
      .on(table.organizationId, table.provider, table.fullName)
      .where(sql`removed_at is null`),
    index('repositories_created').on(table.organizationId, table.id),
  ],
)
