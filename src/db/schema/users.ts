import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { organizations } from './organizations.ts'
import type { Role, SignInProvider, UserState } from './words.ts'

/** People who may enter, and those who may not any more. */
export const users = sqliteTable(
  'users',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    name: text().notNull(),
    /** In lower case: as the invitation says it, later as a forge has verified it. */
    email: text(),
    /** What they may do now. */
    role: text().$type<Role>().notNull(),
    /** The role of their invitation; null for who came in by a rule alone. */
    invitedRole: text().$type<Role>(),
    /** An administrator chose the role by hand: no rule raises or lowers it. */
    isRoleFixed: integer({ mode: 'boolean' }).notNull().default(false),
    state: text().$type<UserState>().notNull(),
    invitedBy: text(),
    /** An invitation that nobody followed ends; null once they have come. */
    invitationEndsAt: integer(),
    lastSignedInAt: integer(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
    /** Set when removed: the row stays, so that what they did keeps its name. */
    removedAt: integer(),
  },
  (table) => [
    uniqueIndex('users_invited_email')
      .on(table.organizationId, table.email)
      .where(sql`removed_at is null and invitation_ends_at is not null`),
    index('users_email').on(table.organizationId, table.email),
    index('users_name').on(table.organizationId, table.name, table.id),
  ],
)

/** What a person signs in with: an account at a forge, by its number, which no rename moves. */
export const identities = sqliteTable(
  'identities',
  {
    id: text().primaryKey(),
    organizationId: text().notNull(),
    userId: text()
      .notNull()
      .references(() => users.id),
    provider: text().$type<SignInProvider>().notNull(),
    /** The forge's host, with its path where GitLab lives below one. */
    instance: text().notNull(),
    externalId: text().notNull(),
    /** As it was called when they last came: for reading, never for deciding. */
    login: text().notNull(),
    email: text(),
    createdAt: integer().notNull(),
    /** Null while an invitation names it and nobody has come. */
    lastSignedInAt: integer(),
  },
  (table) => [
    uniqueIndex('identities_external').on(
      table.organizationId,
      table.provider,
      table.instance,
      table.externalId,
    ),
    index('identities_user').on(table.userId),
  ],
)

/** Groups of a forge whose members may enter, looked at anew at each sign-in. */
export const entryRules = sqliteTable(
  'entry_rules',
  {
    id: text().primaryKey(),
    organizationId: text()
      .notNull()
      .references(() => organizations.id),
    provider: text().$type<SignInProvider>().notNull(),
    instance: text().notNull(),
    /** The forge's number of the organization or group: its name may get another owner. */
    externalId: text().notNull(),
    /** GitHub's organization, or the whole path of GitLab's group. */
    name: text().notNull(),
    role: text().$type<Role>().notNull(),
    createdBy: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex('entry_rules_external').on(
      table.organizationId,
      table.provider,
      table.instance,
      table.externalId,
    ),
  ],
)
