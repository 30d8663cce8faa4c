import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { addresseeOfApp } from '../github/addressee.ts'
import { findRepositoryRow, type RepositoryRow } from '../repositories/find.ts'
import type { Decision } from './decide.ts'
import type { DeliveryRow } from './find.ts'

/**
 * The repository that a delivery is about; or what came of it, where it is about none, or about none
 * that is here. Throws OoreError `unavailable` where its forge has to be asked and does not answer.
 */
export async function addresseeOf(
  ctx: Ctx,
  delivery: DeliveryRow,
): Promise<RepositoryRow | Decision> {
  if (isOfConnection(delivery)) {
    const found = await addresseeOfApp(ctx, delivery)
    if ('reason' in found || delivery.repositoryId !== null) return found
    await noteAddressee(ctx, delivery, found)
    return found
  }
  const row = await findRepositoryRow(ctx, delivery.repositoryId ?? '').catch(() => null)
  return row ?? { status: 'ignored', reason: 'The repository was removed from Oore.', builds: [] }
}

/** Did it come by a hook that speaks for many, and not by the repository's own? */
export const isOfConnection = ({
  integrationId,
  repositoryId,
}: Pick<DeliveryRow, 'integrationId' | 'repositoryId'>): boolean =>
  integrationId !== null && integrationId !== repositoryId

/** It was not known when the delivery came; lists find it by that from now on. */
async function noteAddressee(ctx: Ctx, { id }: DeliveryRow, row: RepositoryRow): Promise<void> {
  if (!may(ctx.actor, 'delivery.process')) throw refused(ctx.actor)
  await change(ctx, async (tx, record) => {
    const { deliveries: d } = schema
    await tx.update(d).set({ repositoryId: row.id }).where(eq(d.id, id))
    record('delivery.addressed', id, { repository_id: row.id })
  })
}
