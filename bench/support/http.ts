import { Agent, type IncomingMessage, request } from 'node:http'
import { percentile } from './figures.ts'

export type Call = {
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
}

export type Answer = { status: number; headers: IncomingMessage['headers']; body: Buffer }

/** One keep-alive client with so many connections; `close` it when done. */
export function client(url: string, connections: number) {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    send: (call: Call) => send({ hostname, port, agent }, call),
    open: (call: Call) => open({ hostname, port, agent }, call),
    close: () => agent.destroy(),
  }
}

export type Client = ReturnType<typeof client>

export type Load = {
  perSecond: number
  p99Ms: number
  bytes: number
  statuses: Map<number, number>
}

/** Sends calls from `connections` at once until `count` are answered. */
export async function load(
  url: string,
  { connections, count, next }: { connections: number; count: number; next: (at: number) => Call },
): Promise<Load> {
  const clients = client(url, connections)
  const latencies: number[] = []
  const statuses = new Map<number, number>()
  let sent = 0
  let bytes = 0
  const startedAt = performance.now()
  const worker = async () => {
    while (sent < count) {
      const call = next(sent)
      sent += 1
      const askedAt = performance.now()
      const answer = await clients.send(call)
      latencies.push(performance.now() - askedAt)
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      bytes = answer.body.length
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  const seconds = (performance.now() - startedAt) / 1000
  clients.close()
  return { perSecond: count / seconds, p99Ms: percentile(latencies, 0.99), bytes, statuses }
}

type Target = { hostname: string; port: string; agent: Agent }

async function send(target: Target, call: Call): Promise<Answer> {
  const incoming = await open(target, call)
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const { statusCode = 0, headers } = incoming
  return { status: statusCode, headers, body: Buffer.concat(chunks) }
}

function open(target: Target, { method = 'GET', path, headers = {}, body }: Call) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const outgoing = request(
      { ...target, method, path, headers: { ...headers, ...length } },
      resolve,
    )
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}
