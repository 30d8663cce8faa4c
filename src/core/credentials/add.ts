import { and, eq, type SQL } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import { actorText } from '../access/actor.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import {
  type Credential,
  type CredentialKind,
  credentialNameLengthMax,
  credentialNamePattern,
  credentialNameRule,
  kindNames,
} from './credential.ts'
import { credentialOf, credentialPlace } from './find.ts'
import { type CredentialFields, type CredentialFile, type ReadCredential } from './kinds.ts'

export type NewCredential<K extends CredentialKind> = {
  file: CredentialFile
  fields: CredentialFields[K]
  /** What configurations are to call it; made of the file's own name where nobody says. */
  name?: string | undefined
  /** Takes the place of the one of that name, so that configurations go on with the new one. */
  replace?: boolean | undefined
  /** Where the name is taken it gets a number, so that what cannot be had again is not lost. */
  isNumbered?: boolean | undefined
  /** The key that reaches it at Apple, and Apple's own id of it where Oore had it made. */
  apple?: { id: string | null; keyId: Id | null } | undefined
}

/**
 * Stores a credential after it was read and checked. Throws OoreError `invalid` by field, `conflict`
 * where it is stored already, or another has the name and `replace` was not said.
 */
export async function addCredential<K extends CredentialKind>(
  ctx: Ctx,
  kind: K,
  input: NewCredential<K>,
): Promise<Credential<K>> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { file, fields } = input
  const read = await ctx.credentialReader.read({ kind, file, fields, now: ctx.clock() })
  const name = input.name?.trim() ? checkName(input.name) : nameFrom(read.suggestedName)
  return keep(ctx, kind, { ...input, name, read })
}

/**
 * Makes sure that a name can be given, before something is made that would have it. Throws OoreError
 * `invalid`, `conflict`.
 */
export async function checkNameIsFree(
  ctx: Ctx,
  kind: CredentialKind,
  { name, replace = false }: Pick<NewCredential<CredentialKind>, 'name' | 'replace'>,
): Promise<void> {
  if (!name?.trim()) return
  const wanted = checkName(name)
  const { signingCredentials: c } = schema
  const own = and(eq(c.organizationId, ctx.organizationId), eq(c.kind, kind))
  const named = await ctx.db.read
    .select({ id: c.id })
    .from(c)
    .where(and(own, eq(c.name, wanted)))
    .get()
  if (named && !replace) throw taken(kind, wanted, false)
}

/** Throws OoreError `invalid` where a name has what configurations and addresses do not take. */
export function checkName(given: string): string {
  const name = given.trim()
  if (credentialNamePattern.test(name)) return name
  const message = `is ${JSON.stringify(name.slice(0, 60))}; write ${credentialNameRule}`
  throw new OoreError('invalid', `The name ${message}.`, { fields: [{ field: 'name', message }] })
}

/** A file's own name, without what a name here may not have. */
function nameFrom(suggested: string): string {
  const name = suggested
    .replace(/[^\p{L}\p{N} ._()@+-]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .trim()
  return name === '' ? 'unnamed' : name.slice(0, credentialNameLengthMax).trimEnd()
}

type Kept<K extends CredentialKind> = NewCredential<K> & { name: string; read: ReadCredential<K> }

function keep<K extends CredentialKind>(
  ctx: Ctx,
  kind: K,
  { name: wanted, read, replace = false, isNumbered = false, apple }: Kept<K>,
): Promise<Credential<K>> {
  const { signingCredentials: c } = schema
  return change(ctx, async (tx, record) => {
    const own = and(eq(c.organizationId, ctx.organizationId), eq(c.kind, kind))
    const holder = await tx
      .select()
      .from(c)
      .where(and(own, eq(c.name, wanted)))
      .get()
    const same = await tx
      .select()
      .from(c)
      .where(and(own, eq(c.identity, read.identity)))
      .get()
    if (same && same.id !== holder?.id) throw storedAs(kind, same.name)
    const isOther = holder !== undefined && !replace && isNumbered && !same
    if (holder && !replace && !isOther) throw taken(kind, wanted, same !== undefined)
    const named = isOther ? undefined : holder
    const name = isOther ? await numberedName(tx, own, wanted) : wanted
    const id = named?.id ?? newId()
    const now = ctx.clock()
    const seal = (text: string, column: 'file' | 'passwords') =>
      ctx.keyring.seal(new Secret(text), credentialPlace(id, column))
    const values = {
      identity: read.identity,
      described: read.described,
      expiresAt: read.expiresAt,
      fileSealed: seal(Buffer.from(read.file).toString('base64'), 'file'),
      passwordsSealed: seal(JSON.stringify(read.passwords), 'passwords'),
      appleId: apple?.id ?? null,
      appStoreKeyId: apple?.keyId ?? null,
      updatedAt: now,
    }
    const row = named
      ? await tx.update(c).set(values).where(eq(c.id, id)).returning().get()
      : await tx
          .insert(c)
          .values({
            id,
            organizationId: ctx.organizationId,
            kind,
            name,
            ...values,
            createdBy: actorText(ctx.actor),
            createdAt: now,
          })
          .returning()
          .get()
    record(named ? `${kind}.changed` : `${kind}.added`, id, { name, identity: read.identity })
    return credentialOf<K>(row!)
  })
}

/** `Lumen 2`: the first that nothing of its kind has. */
async function numberedName(tx: Writer, own: SQL | undefined, name: string): Promise<string> {
  const { signingCredentials: c } = schema
  for (let number = 2; ; number += 1) {
    const numbered = `${name.slice(0, credentialNameLengthMax - 6).trimEnd()} ${number}`
    const holder = await tx
      .select({ id: c.id })
      .from(c)
      .where(and(own, eq(c.name, numbered)))
      .get()
    if (!holder) return numbered
  }
}

const storedAs = (kind: CredentialKind, name: string): OoreError =>
  new OoreError('conflict', `This ${kindNames[kind]} is stored already, as "${name}".`, {
    fields: [{ field: 'file', message: `is stored already, as "${name}"` }],
  })

function taken(kind: CredentialKind, name: string, isSame: boolean): OoreError {
  const message = isSame
    ? `is that of this very ${kindNames[kind]}, which is stored already`
    : `is taken: say “replace” to put this ${kindNames[kind]} in the place of the other, or write another name`
  return new OoreError('conflict', `The name "${name}" ${message}.`, {
    fields: [{ field: 'name', message }],
  })
}
