import { and, eq, ne } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { checkName } from './add.ts'
import { type Credential, type CredentialKind, kindNames } from './credential.ts'
import { credentialOf, findCredentialRow } from './find.ts'

/** Calls it otherwise. Configurations that use the old name no longer find it. */
export async function renameCredential<K extends CredentialKind>(
  ctx: Ctx,
  kind: K,
  idOrName: string,
  newName: string,
): Promise<Credential<K>> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { id } = await findCredentialRow(ctx, kind, idOrName)
  const name = checkName(newName)
  const { signingCredentials: c } = schema
  return change(ctx, async (tx, record) => {
    const other = await tx
      .select({ id: c.id })
      .from(c)
      .where(
        and(
          eq(c.organizationId, ctx.organizationId),
          eq(c.kind, kind),
          eq(c.name, name),
          ne(c.id, id),
        ),
      )
      .get()
    if (other) {
      const message = `is that of another ${kindNames[kind]}`
      throw new OoreError('conflict', `The name "${name}" ${message}.`, {
        fields: [{ field: 'name', message }],
      })
    }
    const row = await tx
      .update(c)
      .set({ name, updatedAt: ctx.clock() })
      .where(eq(c.id, id))
      .returning()
      .get()
    if (!row) throw new OoreError('not_found', `There is no such ${kindNames[kind]} any more.`)
    record(`${kind}.changed`, id, { name })
    return credentialOf<K>(row)
  })
}
