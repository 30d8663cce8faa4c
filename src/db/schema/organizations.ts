import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Everything hangs off an organization. There is one, `default`, until there are more. */
export const organizations = sqliteTable('organizations', {
  id: text().primaryKey(),
  name: text().notNull(),
  createdAt: integer().notNull(),
})

/** The organization that migrations create. */
export const defaultOrganizationId = '00000000000000000000000000'
