import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { organizations } from './organizations.ts'
import type { HandshakeOutcome, HandshakePurpose } from './words.ts'

/** Trips to a forge and back: what Oore sent somebody's browser off with, until it returns. */
export const handshakes = sqliteTable(
  'handshakes',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    purpose: text().$type<HandshakePurpose>().notNull(),
    /** SHA-256 of `state`, which goes to the forge and comes back once. */
    stateHash: text().notNull().unique(),
    /** SHA-256 of the cookie of the browser that set out; null until one has. */
    browserHash: text(),
    /** Sealed; place `handshakes/<id>/verifier`: of PKCE, where the forge offers it. */
    verifierSealed: text(),
    /** What the purpose needs to know when it comes back; no secrets. */
    data: text({ mode: 'json' }).$type<Record<string, string | null>>().notNull(),
    /** When the browser came back: with that the state is used up. */
    arrivedAt: integer(),
    /** Null until it is known how it ended. */
    outcome: text({ mode: 'json' }).$type<HandshakeOutcome>(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    endsAt: integer().notNull(),
  },
  (table) => [index('handshakes_ends').on(table.endsAt)],
)
