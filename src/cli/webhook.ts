import { call } from './client.ts'
import type { Program } from './main.ts'
import { printFields, printJson, printLine, printTable } from './print.ts'

type Delivery = {
  id: string
  event: string
  status: string
  reason: string
  received_at: string
  build_ids: string[]
  payload: unknown
}

/** `oore webhook …`. */
export function addWebhookCommands({ command, connection }: Program): void {
  const webhook = command.command('webhook').description('what git servers sent')

  webhook
    .command('list')
    .description('the newest deliveries, and what became of them')
    .option('--repository <id>')
    .option('--status <status>')
    .option('--json', 'print JSON')
    .action(async ({ json, ...query }: Record<string, string | undefined>) => {
      const path = '/webhooks/events'
      const { data } = await call<{ data: Delivery[] }>(connection(), 'GET', path, { query })
      if (json) return printJson(data)
      printTable(
        ['id', 'event', 'status', 'received', 'why'],
        data.map((d) => [d.id, d.event, d.status, d.received_at, d.reason.replaceAll('\n', ' ')]),
      )
    })

  webhook
    .command('show <id>')
    .description('one delivery with its payload')
    .action(async (id: string) => {
      const found = await call<Delivery>(connection(), 'GET', `/webhooks/events/${id}`)
      printFields({
        Event: found.event,
        Status: found.status,
        Why: found.reason.replaceAll('\n', ' '),
        Received: found.received_at,
        Builds: found.build_ids.join(', ') || 'none',
      })
      printJson(found.payload)
    })

  webhook
    .command('redeliver <id>')
    .description('process a delivery again, as if it had just come')
    .action(async (id: string) => {
      await call<Delivery>(connection(), 'POST', `/webhooks/events/${id}/redeliver`)
      printLine(`It is processed again. oore webhook show ${id} tells what became of it.`)
    })
}
