import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findGroupRow, findVariableRow, type VariableKey } from './find.ts'

/** Forgets a variable. Throws `not_found`. */
export async function removeVariable(ctx: Ctx, groupId: Id, key: VariableKey): Promise<void> {
  if (!may(ctx.actor, 'variable.change')) throw refused(ctx.actor, 'variable.change')
  await findGroupRow(ctx, groupId)
  const { id } = await findVariableRow(ctx, groupId, key)
  const { variables: v } = schema
  await change(ctx, async (tx, record) => {
    const gone = await tx.delete(v).where(eq(v.id, id)).returning({ id: v.id })
    if (gone.length > 0) record('variable.removed', groupId, { name: key.name })
  })
}
