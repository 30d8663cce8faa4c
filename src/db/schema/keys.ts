import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** One known text sealed under each key: tells at the start whether the key given is the key used. */
export const keyChecks = sqliteTable('key_checks', {
  keyId: text().primaryKey(),
  sealed: text().notNull(),
  createdAt: integer().notNull(),
})
