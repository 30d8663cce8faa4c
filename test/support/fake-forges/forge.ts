import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { runBackend } from '../../scm/git/servers.ts'
import { basicLogin, gitRequestOf } from './git-request.ts'

/** What befalls a request. `dropped` was taken, but the answer never comes; `lost` was not taken. */
export type Fate =
  | 'answered'
  | 'dropped'
  | 'lost'
  | 'held'
  /** Taken and answered, but late. */
  | { afterMs: number }
  | { status: number; headers?: Record<string, string>; json?: unknown }

export type Asked = {
  method: string
  /** With its query, as it came, below the forge's own prefix. */
  path: string
  headers: Record<string, string>
  /** JSON and forms as their fields. */
  body: unknown
  /** `METHOD /path/:with/:names` of the endpoint, without the prefix of the API; null where none is there. */
  endpoint: string | null
}

export type Reply = {
  status: number
  headers?: Record<string, string>
  json?: unknown
  /** A page, in place of JSON. */
  html?: string
  text?: string
}

/** A request that an endpoint answers. */
export type Call = Asked & {
  params: Record<string, string>
  query: URLSearchParams
  /** The body's fields; empty where it has none. */
  fields: Record<string, unknown>
}

export type Route = {
  method: string
  /** `:name` is one part of the path, `:name*` may be several. */
  path: string
  answer(call: Call): Reply | Promise<Reply>
}

/** Thrown by an endpoint that refuses, as the forge would. */
export class Refused extends Error {
  constructor(readonly reply: Reply) {
    super(JSON.stringify(reply.json ?? reply.status))
  }
}

/** A repository as this request may have it, or how it is refused. */
export type GitAccess = { dir: string } | { status: 401 | 403 | 404 }

export type ForgeParts = {
  /** Where the API is: `/api/v3`. */
  apiPrefix: string
  api: readonly Route[]
  web: readonly Route[]
  /** What every request to the API goes through before its endpoint: a reply ends it there. */
  beforeApi(call: Call): Reply | null
  /** What every answer of the API gets. */
  afterApi(call: Call, reply: Reply): Reply
  noEndpoint: Reply
  breaches: string[]
  git: {
    access(path: string, login: GitLogin | null, wants: 'read' | 'write'): GitAccess
    /** Called with the path of a repository that has been pushed to, and its refs before. */
    pushed(path: string, login: GitLogin | null, before: Record<string, string>): Promise<void>
    refs(dir: string): Record<string, string>
  }
  /** 0 for any free one. */
  port?: number
  /** Everything lies below this path: `/gitlab`. */
  prefix?: string
  /** Speaks https with these, in PEM. */
  tls?: { key: string; cert: string }
}

export type GitLogin = { username: string; password: string }

export type ForgeServer = {
  url: string
  /** Every request that came, whatever became of it; git's are in `gitRequests`. */
  asked: Asked[]
  /** `METHOD path` of what git asked. */
  gitRequests: string[]
  /** Where a request was not as the forge documents it. */
  breaches: string[]
  /** How often an endpoint was asked, by `METHOD /path/:with/:names`. */
  count(endpoint: string): number
  /** Decides what befalls each request from now on. */
  decide(fate: (asked: Asked) => Fate): void
  /** Decides whether git gets this status in place of an answer; null lets it through. */
  decideGit(fault: (path: string) => number | null): void
  /** Takes and answers what was `held`. */
  release(): void
  [Symbol.asyncDispose](): Promise<void>
}

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

/** What the fakes of all forges have in common. */
export type FakeForge = ForgeServer & {
  /** Every status that was taken, in order. */
  readonly kept: KeptStatus[]
  /** The state that the forge shows for this check; null where it has none. */
  shown(sha: string, context: string): string | null
}

/** A forge's server on loopback: its API, its web pages and its repositories over git's own protocol. */
export async function startForge(parts: ForgeParts): Promise<ForgeServer> {
  const asked: Asked[] = []
  const gitRequests: string[] = []
  const held: (() => void)[] = []
  let fateOf: (request: Asked) => Fate = () => 'answered'
  let gitFault: (path: string) => number | null = () => null
  const find = finder(parts)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const read = await readRequest(request)
    const { route, isApi, params } = find(read.method, read.path)
    const endpoint = route && `${route.method} ${route.path}`
    const one: Asked = { ...read, endpoint }
    asked.push(one)
    const fate = fateOf(one)
    if (fate === 'lost') return void request.socket.destroy()
    if (fate === 'held') await new Promise<void>((go) => held.push(go))
    if (typeof fate === 'object' && 'status' in fate) return reply(response, fate)
    if (typeof fate === 'object') await new Promise((go) => setTimeout(go, fate.afterMs))
    const query = new URL(read.path, 'http://forge').searchParams
    const call: Call = { ...one, params, query, fields: fieldsOf(read.body) }
    const done = await take(call, route, isApi)
    if (fate === 'dropped') return void request.socket.destroy()
    reply(response, done)
  }

  async function take(call: Call, route: Route | null, isApi: boolean): Promise<Reply> {
    // Every browser asks for it.
    if (call.path === '/favicon.ico') return { status: 404, text: '' }
    if (route === null) {
      parts.breaches.push(`there is no endpoint ${call.method} ${call.path}`)
      return parts.noEndpoint
    }
    if (!isApi) return refusalOr(() => route.answer(call))
    const ended = parts.beforeApi(call)
    return parts.afterApi(call, ended ?? (await refusalOr(() => route.answer(call))))
  }

  async function answerGit(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const wanted = gitRequestOf(request)
    if (wanted === null) return void response.writeHead(400).end()
    gitRequests.push(`${request.method} ${request.url}`)
    const fault = gitFault(wanted.path)
    if (fault !== null) return void response.writeHead(fault).end()
    const login = basicLogin(request.headers.authorization)
    const access = parts.git.access(wanted.path, login, wanted.wants)
    if ('status' in access) {
      const headers = access.status === 401 ? { 'www-authenticate': 'Basic realm="git"' } : {}
      return void response.writeHead(access.status, headers).end()
    }
    const { dir } = access
    const before = parts.git.refs(dir)
    const backend = { dir, service: wanted.service, mayPush: wanted.wants === 'write' }
    runBackend(backend, request, (status, headers, body) => {
      // The refs have moved when git has its answer, and whoever is told of it can see them.
      const tell = request.method === 'POST' && backend.mayPush
      response.writeHead(status, headers).end(body)
      if (tell) void parts.git.pushed(wanted.path, login, before)
    })
  }

  const { prefix = '', tls } = parts
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url?.startsWith(`${prefix}/`)) return void response.writeHead(404).end()
    request.url = request.url.slice(prefix.length)
    const done = gitRequestOf(request) ? answerGit(request, response) : answer(request, response)
    done.catch((error: unknown) => {
      parts.breaches.push(`the fake broke: ${error instanceof Error ? error.stack : String(error)}`)
      response.destroy()
    })
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(parts.port ?? 0, '127.0.0.1', listening)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}${prefix}`,
    asked,
    gitRequests,
    breaches: parts.breaches,
    count: (endpoint) => asked.filter((one) => one.endpoint === endpoint).length,
    decide: (fate) => (fateOf = fate),
    decideGit: (fault) => (gitFault = fault),
    release: () => held.splice(0).forEach((go) => go()),
    async [Symbol.asyncDispose]() {
      held.splice(0).forEach((go) => go())
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** The text of a body's field; anything else is null. */
export function textIn(body: unknown, name: string): string | null {
  const value = (body as Record<string, unknown> | null)?.[name]
  return typeof value === 'string' ? value : null
}

async function refusalOr(answer: () => Reply | Promise<Reply>): Promise<Reply> {
  try {
    return await answer()
  } catch (error) {
    if (error instanceof Refused) return error.reply
    throw error
  }
}

/** Finds the endpoint of a path. Parts are taken apart before they are decoded: `a%2Fb` is one. */
function finder({ apiPrefix, api, web }: ForgeParts) {
  const compiled = [
    ...api.map((route) => ({ route, isApi: true, pattern: patternOf(apiPrefix + route.path) })),
    ...web.map((route) => ({ route, isApi: false, pattern: patternOf(route.path) })),
  ]
  return (method: string, path: string) => {
    const [plain = ''] = path.split('?')
    for (const { route, isApi, pattern } of compiled) {
      if (route.method !== method) continue
      const match = pattern.exec(plain)
      if (match === null) continue
      const entries = Object.entries(match.groups ?? {}).map(([name, text]) => [
        name,
        decoded(text),
      ])
      return { route, isApi, params: Object.fromEntries(entries) as Record<string, string> }
    }
    return { route: null, isApi: false, params: {} }
  }
}

const patternOf = (path: string): RegExp => {
  const named = path
    .replaceAll('.', '\\.')
    .replace(/:(\w+)(\*?)/g, (_, name, many) => `(?<${name}>${many ? '.+' : '[^/]+'})`)
  return new RegExp(`^${named}/?$`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function fieldsOf(body: unknown): Record<string, unknown> {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
}

async function readRequest(request: IncomingMessage): Promise<Omit<Asked, 'endpoint'>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    ),
    body: bodyOf(text, request.headers['content-type'] ?? ''),
  }
}

function bodyOf(text: string, contentType: string): unknown {
  if (text === '') return null
  if (contentType.startsWith('application/x-www-form-urlencoded')) return formFields(text)
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A field that comes more than once is a list. */
function formFields(text: string): Record<string, string | string[]> {
  const form = new URLSearchParams(text)
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const all = form.getAll(name)
      return [name, all.length > 1 ? all : (all[0] ?? '')]
    }),
  )
}

function reply(response: ServerResponse, { status, headers = {}, json, html, text }: Reply): void {
  if (html !== undefined) {
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...headers })
    return void response.end(html)
  }
  if (text !== undefined) {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers })
    return void response.end(text)
  }
  if (status === 204 || status === 304) return void response.writeHead(status, headers).end()
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(json ?? {}))
}
