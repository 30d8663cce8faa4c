import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { builds } from './builds.ts'

export const runners = sqliteTable('runners', {
  id: text().primaryKey(),
  name: text().notNull(),
  tokenHash: text().notNull().unique(),
  slots: integer().notNull(),
  createdAt: integer().notNull(),
  lastSeenAt: integer().notNull(),
})

/** Who runs a build, and how much of what it says has been taken in. */
export const leases = sqliteTable('leases', {
  buildId: text()
    .primaryKey()
    .references(() => builds.id),
  runnerId: text()
    .notNull()
    .references(() => runners.id),
  /** Grows with each claim of a build; messages under an older one are refused. */
  fence: integer().notNull(),
  nextEvent: integer().notNull(),
})
