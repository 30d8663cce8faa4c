import { showDelivery } from '../core/deliveries/find.ts'
import { listDeliveries } from '../core/deliveries/list.ts'
import { type Received, receiveDelivery } from '../core/deliveries/receive.ts'
import { redeliver } from '../core/deliveries/redeliver.ts'
import { receiveAppDelivery } from '../core/github/receive.ts'
import { aboutProvider, type Provider, providers } from '../core/repositories/repository.ts'
import { MiB } from '../lib/sizes.ts'
import { paths } from '../views/paths.ts'
import { WebhooksPage } from '../views/webhooks/list.tsx'
import { WebhookPage } from '../views/webhooks/page.tsx'
import { repositoryNames } from './builds.tsx'
import { type Answer, goTo, showJson, showList, showPage } from './lib/answer.ts'
import { deliveryJson } from './lib/json.ts'
import { deliveryFiltersOf, deliveryQuery, pageOf } from './lib/queries.ts'
import { type Route, route } from './lib/route.ts'

const hookBytesMax = 10 * MiB

/** What git servers send, and what became of it. */
export const webhookRoutes = (): Route[] => [
  ...providers.map(hookRoute),
  appHookRoute,
  route({
    method: 'GET',
    path: '/webhooks/events',
    guard: 'signed-in',
    asks: 'delivery.read',
    does: 'Deliveries, newest first, each with its verdict in words',
    query: deliveryQuery,
    run: ({ ctx, query }) => listDeliveries(ctx, deliveryFiltersOf(query), pageOf(query)),
    api: (page, call) => showList(page, deliveryJson, call),
  }),
  route({
    method: 'GET',
    path: '/webhooks/events/:id',
    guard: 'signed-in',
    asks: 'delivery.read',
    does: 'One delivery with its payload',
    run: (call) => showDelivery(call.ctx, call.id()),
    api: (delivery) => showJson(deliveryJson(delivery)),
  }),
  route({
    method: 'POST',
    path: '/webhooks/events/:id/redeliver',
    guard: 'signed-in',
    asks: 'delivery.process',
    does: 'Process a stored payload again',
    run: (call) => redeliver(call.ctx, call.id()),
    api: (delivery) => showJson(deliveryJson(delivery), 202),
  }),
  route({
    method: 'GET',
    path: '/webhooks',
    guard: 'signed-in',
    asks: 'delivery.read',
    does: 'Deliveries, newest first, each with its verdict in words',
    query: deliveryQuery,
    run: ({ ctx, query }) => listDeliveries(ctx, deliveryFiltersOf(query), pageOf(query)),
    page: async (page, { shell, ctx, query, now }) =>
      showPage(
        <WebhooksPage
          shell={shell()}
          page={page}
          filters={deliveryFiltersOf(query)}
          cursor={query.cursor ?? null}
          repositories={await repositoryNames(ctx)}
          now={now}
        />,
      ),
  }),
  route({
    method: 'GET',
    path: '/webhooks/:id',
    guard: 'signed-in',
    asks: 'delivery.read',
    does: 'One delivery with its payload',
    run: (call) => showDelivery(call.ctx, call.id()),
    page: (delivery, { shell, now }) =>
      showPage(<WebhookPage shell={shell()} delivery={delivery} now={now} />),
  }),
  route({
    method: 'POST',
    path: '/webhooks/:id/redeliver',
    guard: 'signed-in',
    asks: 'delivery.process',
    does: 'Process a stored payload again',
    run: (call) => redeliver(call.ctx, call.id()),
    page: (delivery) => goTo(paths.webhook(delivery.id)),
  }),
]

/** The address of the GitHub App's webhook, which speaks for all that the App reaches. */
const appHookRoute: Route = route({
  method: 'POST',
  path: '/webhooks/github',
  guard: 'hook',
  does: 'Take in a signed delivery of the GitHub App',
  body: 'raw',
  bodyBytesMax: hookBytesMax,
  run: (call) =>
    receiveAppDelivery(call.ctx, {
      provider: 'github',
      header: call.header,
      body: call.body as Uint8Array,
      sourceIp: call.address,
    }),
  api: (received) => showReceived(received),
})

/** The address of a repository's own webhook, the same for every provider but for its name. */
const hookRoute = (provider: Provider): Route =>
  route({
    method: 'POST',
    path: `/webhooks/${provider}/:repository_id`,
    guard: 'hook',
    does: `Take in a signed delivery of ${aboutProvider(provider).name}`,
    body: 'raw',
    bodyBytesMax: hookBytesMax,
    run: (call) =>
      receiveDelivery(call.ctx, call.id('repository_id'), {
        provider,
        header: call.header,
        // `raw` hands over the bytes as they came: the signature is over these.
        body: call.body as Uint8Array,
        sourceIp: call.address,
      }),
    api: (received) => showReceived(received),
  })

const showReceived = ({ status, eventId, isPing }: Received): Answer =>
  showJson({ event_id: eventId, status }, status === 'accepted' && !isPing ? 202 : 200)
