import { createHmac, randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { showDelivery } from '../../src/core/deliveries/find.ts'
import { processDelivery } from '../../src/core/deliveries/process.ts'
import { receiveDelivery } from '../../src/core/deliveries/receive.ts'
import { schema } from '../../src/db/client.ts'
import type { Repository } from '../../src/core/repositories/repository.ts'
import { admin, type TestServices } from './ctx.ts'
import { deliveryHeaders, forgeHeaders, payloadText } from './payloads.ts'

const testWebhookSecret = 'a-webhook-secret-of-tests'

/** A push to a plain git server, as its hook sends it: received, but not decided. */
export function receivePush(
  services: TestServices,
  repositoryId: string,
  ref: string,
  after: string,
  delivery?: string,
) {
  const body = JSON.stringify({ ref, before: 'f'.repeat(40), after })
  const signature = createHmac('sha256', testWebhookSecret).update(body).digest('hex')
  return receiveDelivery(services.as({ is: 'hook', repositoryId }), repositoryId, {
    provider: 'git',
    header: (name) =>
      name === 'x-oore-signature-256'
        ? `sha256=${signature}`
        : name === 'x-oore-delivery'
          ? delivery
          : undefined,
    body: Buffer.from(body),
    sourceIp: '127.0.0.1',
  })
}

/** The same, decided: what the delivery says, and the builds it made. */
export async function pushed(
  services: TestServices,
  repositoryId: string,
  after: string,
  ref = 'refs/heads/main',
  delivery?: string,
) {
  const { eventId } = await receivePush(services, repositoryId, ref, after, delivery)
  return decided(services, eventId)
}

/** What a forge sends of a repository, received and decided once; see payloadText for `changes`. */
export async function told(
  services: TestServices,
  { id: repositoryId, provider }: Pick<Repository, 'id' | 'provider'>,
  name: string,
  changes: Record<string, string> = {},
) {
  if (provider === 'git') throw new Error('plain git servers have no payloads of their own')
  const body = payloadText(provider, name, changes)
  const headers = {
    ...forgeHeaders(provider, name, body, testWebhookSecret),
    // Each time it is another delivery.
    [deliveryHeaders[provider]]: randomUUID(),
  }
  const { eventId } = await receiveDelivery(
    services.as({ is: 'hook', repositoryId }),
    repositoryId,
    {
      provider,
      header: (wanted) => new Map(Object.entries(headers)).get(wanted),
      body: Buffer.from(body),
      sourceIp: '127.0.0.1',
    },
  )
  return decided(services, eventId)
}

/** Decides a stored delivery, once more where it was put off: what it says, and its builds. */
export async function decided(services: TestServices, eventId: string) {
  const { builds, deliveries } = schema
  const row = await services.db.read
    .select()
    .from(deliveries)
    .where(eq(deliveries.id, eventId))
    .get()
  if (!row) throw new Error('the delivery was not stored')
  await processDelivery(services.as({ is: 'system' }), row)
  const delivery = await showDelivery(services.as(admin), eventId)
  const all = await services.db.read.select().from(builds).orderBy(builds.id).all()
  return { delivery, builds: all.filter(({ id }) => delivery.buildIds.includes(id)) }
}
