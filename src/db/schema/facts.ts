import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** What became true, in order, for ever. Rows are added in the transaction that made them true. */
export const facts = sqliteTable(
  'facts',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    organizationId: text().notNull(),
    kind: text().notNull(),
    subject: text().notNull(),
    actor: text().notNull(),
    data: text({ mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    at: integer().notNull(),
  },
  (table) => [index('facts_subject').on(table.subject, table.seq)],
)

/** How far each reaction has read. */
export const reactionCursors = sqliteTable('reaction_cursors', {
  name: text().primaryKey(),
  seq: integer().notNull(),
})
