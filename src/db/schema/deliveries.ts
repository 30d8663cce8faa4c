import { desc, sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { organizations } from './organizations.ts'
import type { DeliveryStatus, Provider } from './words.ts'

export const deliveries = sqliteTable(
  'deliveries',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    provider: text().$type<Provider>().notNull(),
    repositoryId: text(),
    /**
     * What it was addressed to: the id of a repository, or of a connection that speaks for many. The
     * forge's delivery ids are told apart within it.
     */
    integrationId: text(),
    event: text().notNull(),
    deliveryId: text().notNull(),
    status: text().$type<DeliveryStatus>().notNull(),
    reason: text().notNull(),
    buildIds: text({ mode: 'json' }).$type<string[]>().notNull(),
    sourceIp: text().notNull(),
    /** What the scm read in the verified body; null for rejected ones, which are not processed. */
    happened: text({ mode: 'json' }).$type<unknown>(),
    /** Those that say something of it; what proves it is not among them. */
    headers: text({ mode: 'json' }).$type<Record<string, string>>().notNull().default({}),
    payload: text().notNull(),
    receivedAt: integer().notNull(),
    processedAt: integer(),
    /** Given up after a few: a delivery that keeps failing must not hold up the others. */
    attempts: integer().notNull(),
    /** Not before this time, after a failed attempt. */
    notBefore: integer().notNull(),
    /** Counts redeliveries that a person asked for: each may build anew. */
    round: integer().notNull(),
  },
  (table) => [
    index('deliveries_newest').on(table.organizationId, desc(table.id)),
    index('deliveries_of_repository').on(table.repositoryId, desc(table.id)),
    index('deliveries_same').on(table.integrationId, table.deliveryId),
    index('deliveries_waiting')
      .on(table.id)
      .where(sql`status = 'received'`),
  ],
)
