import { integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { organizations } from './organizations.ts'
import type { GitlabState } from './words.ts'

/** GitLab instances with the OAuth application that somebody made there for Oore. */
export const gitlabInstances = sqliteTable(
  'gitlab_instances',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    /** Without a slash at its end; below a path of its host where the instance lies there. */
    url: text().notNull(),
    clientId: text().notNull(),
    /** Sealed; place `gitlab_instances/<id>/client_secret`. */
    clientSecretSealed: text().notNull(),
    state: text().$type<GitlabState>().notNull(),
    /** GitLab's number of who authorized, and their name there; null until it is known. */
    userId: text(),
    username: text(),
    /** Sealed; place `gitlab_instances/<id>/access_token`. */
    accessTokenSealed: text(),
    /** Sealed; place `gitlab_instances/<id>/refresh_token`. Void once a new one was given for it. */
    refreshTokenSealed: text(),
    scopes: text({ mode: 'json' }).$type<string[]>(),
    /** Of the access token; null where it does not expire. */
    expiresAt: integer(),
    /** When new tokens were asked for, until the answer is kept: what is stored may be void. */
    refreshingSince: integer(),
    version: text(),
    isTlsUnchecked: integer({ mode: 'boolean' }).notNull().default(false),
    /** An administrator said that it is in a private network. */
    isPrivateConfirmed: integer({ mode: 'boolean' }).notNull().default(false),
    /** What went wrong last, as a sentence; null once all is well. */
    trouble: text(),
    /** When GitLab was last asked about itself, and when about the projects that are enabled. */
    checkedAt: integer(),
    syncedAt: integer(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [uniqueIndex('gitlab_instances_url').on(table.organizationId, table.url)],
)
