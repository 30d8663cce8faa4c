import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { builds } from './builds.ts'
import type { ArtifactKind } from './words.ts'

export const artifacts = sqliteTable(
  'artifacts',
  {
    id: text().primaryKey(),
    buildId: text()
      .notNull()
      .references(() => builds.id),
    /** The runner's own count, by which its bytes are sent. */
    index: integer().notNull(),
    name: text().notNull(),
    path: text().notNull(),
    sizeBytes: integer().notNull(),
    sha256: text().notNull(),
    contentType: text().notNull(),
    kind: text().$type<ArtifactKind>().notNull(),
    /** Null until every byte is here and the hash was checked; such a row is shown to nobody. */
    storedAt: integer(),
    createdAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('artifacts_index').on(table.buildId, table.index),
    index('artifacts_name').on(table.buildId, table.name),
  ],
)
