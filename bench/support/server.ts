import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { killAll, processTree } from '../../scripts/lib/process-tree.mjs'
import { type Answer, type Client, client } from './http.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const readyDeadlineMs = 20_000
const readyPollMs = 2
const stopDeadlineMs = 10_000

export type Server = {
  url: string
  dataDir: string
  /** From the start of the process to the first answer of /readyz, in milliseconds. */
  startMs: number
  /** The server and the runner, and nothing that a build started. */
  pids: number[]
  /** One call of the API. Throws where the answer is no success. */
  api<T>(method: string, path: string, body?: unknown): Promise<T>
  /** A GET whose answer is read as it comes. */
  open: Client['open']
  authorization: { authorization: string }
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts what `npm run build` made, on a free port, with its data below `home`. */
export async function startServer(
  home: string,
  environment: Record<string, string> = {},
): Promise<Server> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const token = randomBytes(32).toString('hex')
  const logFile = join(home, 'server.log')
  const log = openSync(logFile, 'a')
  const startedAt = performance.now()
  const child = spawn(process.execPath, [join(root, 'bin/oored'), 'run'], {
    stdio: ['ignore', log, log],
    env: {
      ...process.env,
      OORE_DATA_DIR: join(home, 'data'),
      OORE_BIND_ADDRESS: `127.0.0.1:${port}`,
      OORE_BASE_URL: url,
      ENCRYPTION_KEY: '0123456789abcdef'.repeat(4),
      OORE_ADMIN_TOKEN: token,
      OORE_ALLOW_LOCAL_REPOSITORIES: 'true',
      OORE_SHUTDOWN_TIMEOUT_SECS: '1',
      ...environment,
    },
  })
  closeSync(log)
  const connection = client(url, 64)
  await ready(child, connection, logFile)
  const startMs = performance.now() - startedAt

  const pid = child.pid ?? 0
  const authorization = { authorization: `Bearer ${token}` }
  return {
    url,
    dataDir: join(home, 'data'),
    startMs,
    get pids() {
      return processTree(pid)
    },
    authorization,
    open: (call) => connection.open({ ...call, headers: { ...authorization, ...call.headers } }),
    async api<T>(method: string, path: string, body?: unknown): Promise<T> {
      const answer = await connection.send({
        method,
        path,
        headers: { ...authorization, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return parsed<T>(answer, `${method} ${path}`)
    },
    async [Symbol.asyncDispose]() {
      connection.close()
      await stop(child)
    },
  }
}

async function ready(child: ChildProcess, connection: Client, logFile: string): Promise<void> {
  const deadline = performance.now() + readyDeadlineMs
  for (;;) {
    const status = await connection.send({ path: '/readyz' }).then(
      (answer) => answer.status,
      () => 0,
    )
    if (status === 200) return
    if (child.exitCode !== null || performance.now() > deadline) {
      throw new Error(`the server did not start:\n${readFileSync(logFile, 'utf8').slice(-2000)}`)
    }
    await wait(readyPollMs)
  }
}

/** TERM, then KILL for all that is left of it, by id: a server that hangs must not stay behind. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return
  const tree = processTree(child.pid)
  const ended = new Promise<'ended'>((resolve) => child.once('exit', () => resolve('ended')))
  child.kill('SIGTERM')
  const killer = new AbortController()
  const late = wait(stopDeadlineMs, 'late', { signal: killer.signal }).catch(() => 'ended')
  if ((await Promise.race([ended, late])) === 'late') {
    killAll(tree)
    await ended
  }
  killer.abort()
}

function parsed<T>({ status, body }: Answer, what: string): T {
  if (status < 200 || status > 299) throw new Error(`${what}: ${status} ${body.toString()}`)
  return (body.length === 0 ? null : JSON.parse(body.toString())) as T
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
