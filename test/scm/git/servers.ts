import { execFileSync, spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'

export type TestServer = {
  /** `http://127.0.0.1:<port>` */
  url: string
  /** `METHOD path` of every request, in order. */
  requests: string[]
  [Symbol.asyncDispose](): Promise<void>
}

/** An http server on loopback that records what it is asked. */
export async function startServer(answer: RequestListener): Promise<TestServer> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    answer(request, response)
  })
  return { ...(await listening(server)), requests }
}

/** A server that accepts connections and never says a word. */
export async function startSilentServer(): Promise<TestServer> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  const { url } = await listening(server)
  return {
    url,
    requests: [],
    [Symbol.asyncDispose]: async () => {
      sockets.forEach((socket) => socket.destroy())
      await new Promise((done) => server.close(done))
    },
  }
}

export type GitServerOptions = {
  /** The directory whose repositories are served. */
  root: string
  /** Where given, everything needs this login. */
  login?: { username: string; password: string }
  /** Speaks the old protocol only, by which git hands out what has a name and nothing else. */
  namedOnly?: boolean
  /** Called at every request that is let in. */
  onRequest?(): void
  /** Answers this instead, as long as it gives a status. */
  fault?(): number | null
}

/** A real git server: git's own http-backend behind Basic authentication. */
export const startGitServer = (options: GitServerOptions): Promise<TestServer> =>
  startServer(gitListener(options))

/** The same for a server that answers other things too. */
export function gitListener(options: GitServerOptions): RequestListener {
  return (request, response) => {
    const fault = options.fault?.() ?? null
    if (fault !== null) return void response.writeHead(fault).end()
    if (options.login && !isLogin(request, options.login)) {
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
    }
    options.onRequest?.()
    const [path = ''] = (request.url ?? '').split('?')
    const service = decodeURIComponent(path)
    runBackend({ ...options, dir: options.root, service }, request, (status, headers, body) => {
      response.writeHead(status, headers).end(body)
    })
  }
}

function isLogin(request: IncomingMessage, login: { username: string; password: string }): boolean {
  const expected = Buffer.from(`${login.username}:${login.password}`).toString('base64')
  return request.headers.authorization === `Basic ${expected}`
}

/**
 * Answers one request with git's own http-backend: `dir` is a repository and `service` the rest of
 * the address, or `dir` is above repositories and `service` begins with the way to one.
 */
export function runBackend(
  options: { dir: string; service: string; namedOnly?: boolean; mayPush?: boolean },
  request: IncomingMessage,
  answer: (status: number, headers: Record<string, string>, body: Buffer) => void,
): void {
  const [, query = ''] = (request.url ?? '').split('?')
  const backend = spawn(join(gitPrograms(), 'git-http-backend'), {
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
      GIT_PROJECT_ROOT: options.dir,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      REQUEST_METHOD: request.method,
      PATH_INFO: options.service,
      // Whom git-http-backend lets push: without a user it takes nothing.
      REMOTE_USER: options.mayPush ? 'someone' : undefined,
      QUERY_STRING: query,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      GIT_PROTOCOL: options.namedOnly ? undefined : String(request.headers['git-protocol'] ?? ''),
    },
  })
  const chunks: Buffer[] = []
  backend.stdin.on('error', () => {})
  request.pipe(backend.stdin)
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  backend.on('close', () => {
    const output = Buffer.concat(chunks)
    const end = output.indexOf('\r\n\r\n')
    const headers = output.subarray(0, end).toString('latin1').split('\r\n')
    const entries = headers.map((line) => line.split(': ', 2) as [string, string])
    const { Status = '200', ...others } = Object.fromEntries(entries)
    answer(Number.parseInt(Status, 10), others, output.subarray(end + 4))
  })
}

let programs: string | null = null

function gitPrograms(): string {
  programs ??= execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim()
  return programs
}

async function listening(server: Server | ReturnType<typeof createTcpServer>) {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      if ('closeAllConnections' in server) server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
