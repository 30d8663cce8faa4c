import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Signed-in browsers. The cookie's value is not here, only its hash. */
export const sessions = sqliteTable(
  'sessions',
  {
    tokenHash: text().primaryKey(),
    organizationId: text().notNull(),
    /** Whose it is; null where the admin token opened it. */
    userId: text(),
    /** Sessions opened with an admin token end when that token changes; empty for a person's. */
    adminTokenHash: text().notNull(),
    ip: text().notNull(),
    userAgent: text().notNull(),
    createdAt: integer().notNull(),
    lastSeenAt: integer().notNull(),
    idleMs: integer().notNull(),
    idleUntil: integer().notNull(),
    endsAt: integer().notNull(),
  },
  (table) => [index('sessions_ends').on(table.endsAt), index('sessions_user').on(table.userId)],
)

/** Codes that sign one browser on this machine in, once. */
export const loginLinks = sqliteTable('login_links', {
  codeHash: text().primaryKey(),
  next: text().notNull(),
  createdAt: integer().notNull(),
  endsAt: integer().notNull(),
})
