import { integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { repositories } from './repositories.ts'

/** Every configuration ever stored. The one in force is the highest version, unless it is a drop. */
export const pipelineVersions = sqliteTable(
  'pipeline_versions',
  {
    id: text().primaryKey(),
    repositoryId: text()
      .notNull()
      .references(() => repositories.id),
    version: integer().notNull(),
    format: text().$type<'yaml' | 'huml'>().notNull(),
    /** Null marks the return to the file in the repository. */
    content: text(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [uniqueIndex('pipeline_versions_version').on(table.repositoryId, table.version)],
)
