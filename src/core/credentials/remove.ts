import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import type { CredentialKind } from './credential.ts'
import { findCredentialRow } from './find.ts'

/** Forgets it, its file and its passwords. At Apple nothing changes: nothing is revoked. */
export async function removeCredential(
  ctx: Ctx,
  kind: CredentialKind,
  idOrName: string,
): Promise<{ name: string }> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { id, name } = await findCredentialRow(ctx, kind, idOrName)
  const { signingCredentials: c } = schema
  await change(ctx, async (tx, record) => {
    const gone = await tx.delete(c).where(eq(c.id, id)).returning({ id: c.id })
    if (gone.length > 0) record(`${kind}.removed`, id, { name })
  })
  return { name }
}
