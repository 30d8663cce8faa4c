import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { organizations } from './organizations.ts'
import { repositories } from './repositories.ts'

/**
 * Variables that are stored for builds, by group. A group is of the whole organization or of one
 * repository. The one without a name holds the variables that every build there gets.
 */
export const variableGroups = sqliteTable(
  'variable_groups',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    /** The organization's id, or the repository's: names are taken once in each. */
    ownerId: text().notNull(),
    /** Null where it is the organization's. */
    repositoryId: text().references(() => repositories.id),
    /** Empty for the variables that belong to no group. */
    name: text().notNull(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('variable_groups_name').on(table.ownerId, table.name),
    index('variable_groups_organization').on(table.organizationId, table.id),
  ],
)

export const variables = sqliteTable(
  'variables',
  {
    id: text().primaryKey(),
    groupId: text()
      .notNull()
      .references(() => variableGroups.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    /** Only for builds of this environment (`production`); empty for all. */
    environment: text().notNull(),
    /** Only for builds of a branch, or a tag, like this; empty for all. */
    branchPattern: text().notNull(),
    /** Never shown again. Plain ones are sealed too: one way, and a mistake in this column shows nothing. */
    isSecret: integer({ mode: 'boolean' }).notNull(),
    /** Never for builds of forks. A secret always is. */
    isProtected: integer({ mode: 'boolean' }).notNull(),
    /** Sealed; place `variables/<id>/value`. */
    valueSealed: text().notNull(),
    /** Why logs cannot hide it well, as a sentence; null where they can. */
    maskWarning: text(),
    lastUsedAt: integer(),
    lastUsedBuildId: text(),
    updatedBy: text().notNull(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('variables_name').on(
      table.groupId,
      table.name,
      table.environment,
      table.branchPattern,
    ),
  ],
)
