import { randomBytes } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { sha256Hex } from '../../lib/crypto.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { actorText } from '../access/actor.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { checkDeviceName } from './add.ts'
import { type DeviceLink, linkLifeMs, linkUsesDefault, linkUsesMax } from './device.ts'
import { deviceLinkOf } from './find.ts'

/** Makes a link by which phones tell their UDID. Its address is given once, and never again. */
export async function makeDeviceLink(
  ctx: Ctx,
  input: { name: string; uses?: number | undefined },
): Promise<{ link: DeviceLink; url: URL }> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const name = checkDeviceName(input.name)
  const uses = input.uses ?? linkUsesDefault
  if (!Number.isInteger(uses) || uses < 1 || uses > linkUsesMax) {
    const message = `must be a whole number from 1 to ${linkUsesMax}`
    throw new OoreError('invalid', `The uses ${message}.`, { fields: [{ field: 'uses', message }] })
  }
  const token = randomBytes(32).toString('base64url')
  const now = ctx.clock()
  const row = await change(ctx, async (tx, record) => {
    const made = await tx
      .insert(schema.signingDeviceLinks)
      .values({
        id: newId(),
        organizationId: ctx.organizationId,
        name,
        tokenHash: sha256Hex(token),
        usesLeft: uses,
        expiresAt: now + linkLifeMs,
        createdBy: actorText(ctx.actor),
        createdAt: now,
      })
      .returning()
      .get()
    record('device_link.made', made.id, { name, uses })
    return made
  })
  return { link: deviceLinkOf(row), url: new URL(`/enroll/${token}`, ctx.config.baseUrl) }
}

/** Ends a link at once. */
export async function removeDeviceLink(ctx: Ctx, id: Id): Promise<void> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { signingDeviceLinks: l } = schema
  await change(ctx, async (tx, record) => {
    const gone = await tx
      .delete(l)
      .where(and(eq(l.organizationId, ctx.organizationId), eq(l.id, id)))
      .returning({ name: l.name })
      .get()
    if (!gone) throw new OoreError('not_found', 'There is no such link.')
    record('device_link.removed', id, { name: gone.name })
  })
}
