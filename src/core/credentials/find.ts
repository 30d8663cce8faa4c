import { and, asc, count, eq, getTableColumns, gt, or } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, isId } from '../../lib/ids.ts'
import type { Page, PageRequest } from '../../lib/page.ts'
import type { Held } from '../../signing/apple/fit.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { withAuthorNames } from '../users/names.ts'
import { type Credential, type CredentialKind, kindNames } from './credential.ts'

export type CredentialRow = typeof schema.signingCredentials.$inferSelect

const {
  fileSealed: _file,
  passwordsSealed: _passwords,
  ...shownColumns
} = getTableColumns(schema.signingCredentials)
type ShownRow = Omit<CredentialRow, 'fileSealed' | 'passwordsSealed'>

/** A row as people see it. */
export const credentialOf = <K extends CredentialKind>(row: ShownRow): Credential<K> =>
  ({
    id: row.id,
    kind: row.kind,
    name: row.name,
    described: row.described,
    expiresAt: row.expiresAt,
    isMadeHere: row.appleId !== null,
    appleKey: row.appStoreKeyId,
    lastUsed:
      row.lastUsedAt === null || row.lastUsedBuildId === null
        ? null
        : { at: row.lastUsedAt, buildId: row.lastUsedBuildId },
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }) as Credential<K>

/** The row of a kind by its id, or by the name that configurations use. Throws `not_found`. */
export async function findCredentialRow(
  ctx: Ctx,
  kind: CredentialKind,
  idOrName: string,
): Promise<CredentialRow> {
  const { signingCredentials: c } = schema
  const which = isId(idOrName) ? or(eq(c.id, idOrName), eq(c.name, idOrName)) : eq(c.name, idOrName)
  const row = await ctx.db.read
    .select()
    .from(c)
    .where(and(eq(c.organizationId, ctx.organizationId), eq(c.kind, kind), which))
    .get()
  if (row) return row
  throw new OoreError('not_found', `There is no ${kindNames[kind]} "${idOrName.slice(0, 100)}".`)
}

/** One of a kind. Throws `not_found`. */
export async function showCredential<K extends CredentialKind>(
  ctx: Ctx,
  kind: K,
  idOrName: string,
): Promise<Credential<K>> {
  if (!may(ctx.actor, 'signing.read')) throw refused(ctx.actor, 'signing.read')
  const credential = credentialOf<K>(await findCredentialRow(ctx, kind, idOrName))
  const [named] = await withAuthorNames(ctx, [credential])
  return named!
}

/** Those of a kind, by name. */
export async function listCredentials<K extends CredentialKind>(
  ctx: Ctx,
  kind: K,
  page: PageRequest,
): Promise<Page<Credential<K>>> {
  if (!may(ctx.actor, 'signing.read')) throw refused(ctx.actor, 'signing.read')
  const { signingCredentials: c } = schema
  const rows = await ctx.db.read
    .select(shownColumns)
    .from(c)
    .where(
      and(
        eq(c.organizationId, ctx.organizationId),
        eq(c.kind, kind),
        page.cursor ? gt(c.name, decodeCursor(page.cursor, ['text'])[0]) : undefined,
      ),
    )
    .orderBy(asc(c.name))
    .limit(page.limit + 1)
    .all()
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    data: await withAuthorNames(
      ctx,
      shown.map((row) => credentialOf<K>(row)),
    ),
    nextCursor: rows.length > page.limit && last ? encodeCursor([last.name]) : null,
  }
}

/** How many there are of each kind. */
export async function countCredentials(ctx: Ctx): Promise<Record<CredentialKind, number>> {
  if (!may(ctx.actor, 'signing.read')) throw refused(ctx.actor, 'signing.read')
  const { signingCredentials: c } = schema
  const rows = await ctx.db.read
    .select({ kind: c.kind, count: count() })
    .from(c)
    .where(eq(c.organizationId, ctx.organizationId))
    .groupBy(c.kind)
    .all()
  const none = { certificate: 0, profile: 0, keystore: 0, app_store_key: 0 }
  return { ...none, ...Object.fromEntries(rows.map((row) => [row.kind, row.count])) }
}

/** All certificates and profiles, for people. */
export async function showHeld(ctx: Ctx): Promise<Held> {
  if (!may(ctx.actor, 'signing.read')) throw refused(ctx.actor, 'signing.read')
  return heldCredentials(ctx)
}

/** All certificates and profiles, as people see them. */
export type HeldCredentials = {
  certificates: Credential<'certificate'>[]
  profiles: Credential<'profile'>[]
}

const keysMax = 200

/** The keys of App Store Connect, at most 200: Apple lets a team have fifty. */
export async function allKeys(ctx: Ctx): Promise<Credential<'app_store_key'>[]> {
  const { data } = await listCredentials(ctx, 'app_store_key', { limit: keysMax, cursor: null })
  return data
}

/** What is looked through for a build; nobody has as many. */
const heldMax = 2000

/** All certificates and profiles, for finding out what fits what. */
export async function heldCredentials(ctx: Ctx): Promise<HeldCredentials> {
  const { signingCredentials: c } = schema
  const of = async <K extends 'certificate' | 'profile'>(kind: K) => {
    const rows = await ctx.db.read
      .select(shownColumns)
      .from(c)
      .where(and(eq(c.organizationId, ctx.organizationId), eq(c.kind, kind)))
      .orderBy(asc(c.name))
      .limit(heldMax)
      .all()
    return rows.map((row) => credentialOf<K>(row))
  }
  const [certificates, profiles] = [await of('certificate'), await of('profile')]
  return { certificates, profiles }
}

/** Where a part of a credential is sealed. */
export const credentialPlace = (id: Id, column: 'file' | 'passwords'): string =>
  `signing_credentials/${id}/${column}`
