import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type GitServerOptions, gitListener } from '../../scm/git/servers.ts'

/** What befalls a request. `dropped` was taken, but the answer never comes; `lost` was not taken. */
export type Fate =
  | 'answered'
  | 'dropped'
  | 'lost'
  | 'held'
  | { status: number; headers?: Record<string, string>; json?: unknown }

/** A status as a forge keeps it, in the words of that forge. */
export type KeptStatus = {
  repository: string
  sha: string
  context: string
  state: string
  description: string | null
  url: string | null
  ref: string | null
}

export type Asked = { method: string; path: string; headers: Record<string, string>; body: unknown }
export type Reply = { status: number; headers?: Record<string, string>; json?: unknown }

export type FakeForge = {
  url: string
  /** Every request that came, whatever became of it. */
  asked: Asked[]
  /** Every status that was taken, in order. */
  kept: KeptStatus[]
  /** Where a request was not as the forge documents it. */
  breaches: string[]
  /** The state that the forge shows for this check; null where it has none. */
  shown(sha: string, context: string): string | null
  /** Decides what befalls each request from now on. */
  decide(fate: (asked: Asked) => Fate): void
  /** Takes and answers what was `held`. */
  release(): void
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * A forge of one kind: `take` checks a request against the documentation and keeps its status. With
 * `git` it also serves repositories, outside of `/api/`.
 */
export async function startForge(
  take: (asked: Asked, forge: Pick<FakeForge, 'kept' | 'breaches' | 'shown'>) => Reply,
  git?: GitServerOptions,
): Promise<FakeForge> {
  const asked: Asked[] = []
  const kept: KeptStatus[] = []
  const breaches: string[] = []
  const held: (() => void)[] = []
  let fateOf: (request: Asked) => Fate = () => 'answered'
  const shown = (sha: string, context: string) =>
    kept.findLast((status) => status.sha === sha && status.context === context)?.state ?? null

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const one = await read(request)
    asked.push(one)
    const fate = fateOf(one)
    if (fate === 'lost') return void request.socket.destroy()
    if (fate === 'held') await new Promise<void>((go) => held.push(go))
    if (typeof fate === 'object') return reply(response, fate)
    const done = take(one, { kept, breaches, shown })
    if (fate === 'dropped') return void request.socket.destroy()
    reply(response, done)
  }

  const serveGit = git && gitListener(git)
  const server = createServer((request, response) =>
    serveGit && !request.url?.startsWith('/api/')
      ? serveGit(request, response)
      : void answer(request, response),
  )
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    kept,
    breaches,
    shown,
    decide: (fate) => (fateOf = fate),
    release: () => held.splice(0).forEach((go) => go()),
    async [Symbol.asyncDispose]() {
      held.splice(0).forEach((go) => go())
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    ),
    body: text === '' ? null : JSON.parse(text),
  }
}

function reply(response: ServerResponse, { status, headers = {}, json = {} }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(json))
}

/** The text of a body's field; anything else is null. */
export function textIn(body: unknown, name: string): string | null {
  const value = (body as Record<string, unknown> | null)?.[name]
  return typeof value === 'string' ? value : null
}
