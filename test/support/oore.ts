import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { eventually } from './eventually.ts'
import type { Provider } from '../../src/core/repositories/repository.ts'
import { type Forge, forgeHeaders, payloadText } from './payloads.ts'
import { makeRepo, type TestRepo } from './repo.ts'

/** What the API says of a build; only what tests look at is named. */
export type BuildJson = {
  id: string
  number: number
  status: string
  failure_kind: string | null
  error_message: string | null
  config_source: string
  workflow: string
  trigger_type: string
  commit_sha: string
  steps: StepJson[]
  setup: StepJson
  finish: StepJson
  artifacts: { name: string; path: string; size_bytes: number; sha256: string; url: string }[]
  [field: string]: unknown
}
export type StepJson = {
  index: number
  name: string
  status: string
  exit_code: number | null
  ignored_failure: boolean
  log_bytes: { stdout: number; stderr: number }
  log_truncated: boolean
}

/** What JSON.parse gives: a test says by its assertions what it expects of it. */
type Json = ReturnType<typeof JSON.parse>

const program = resolve('bin/oored')
const startWithinMs = 10_000
const endWithinMs = 20_000
const answerWithinMs = 30_000

/** A real server with its real runner, database and directories, in a home of its own. */
export class Oore implements AsyncDisposable {
  readonly token = 'test-admin-token-0123456789abcdef'
  readonly home = mkdtempSync(join(tmpdir(), 'oore-'))
  readonly dataDir = join(this.home, 'data')
  /** The end of what the server has written to its log. */
  said = ''
  readonly #settings: Record<string, string>
  readonly #repos: TestRepo[] = []
  #child: ChildProcess | null = null
  port = 0

  constructor(settings: Record<string, string> = {}) {
    this.#settings = settings
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get environment(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: homedir(),
      OORE_DATA_DIR: this.dataDir,
      OORE_BIND_ADDRESS: `127.0.0.1:${this.port}`,
      OORE_BASE_URL: this.url,
      ENCRYPTION_KEY: 'c0ffee'.padEnd(64, '0123456789'),
      OORE_ADMIN_TOKEN: this.token,
      OORE_ALLOW_LOCAL_REPOSITORIES: 'true',
      // What still runs when a test is over need not end by itself.
      OORE_SHUTDOWN_TIMEOUT_SECS: '0',
      ...this.#settings,
    }
  }

  /** Starts the server, again after an end, and waits until it is ready. */
  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort()
    const child = spawn(process.execPath, [program, 'run'], {
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.said = (this.said + chunk.toString()).slice(-20_000)
      })
    }
    await this.until(async () => {
      if (child.exitCode !== null)
        throw new Error(`oored ended with ${child.exitCode}: ${this.said}`)
      const answer = await fetch(`${this.url}/readyz`)
      if (answer.status !== 200) throw new Error(`readyz: ${answer.status}`)
    }, startWithinMs)
  }

  /** Sends a signal to the server and waits for its end; gives the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    if (!child) return null
    this.#child = null
    const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
    if (child.exitCode !== null) return child.exitCode
    child.kill(signal)
    return ended
  }

  /** The runner's process id, from the server's own words. */
  async runnerPid(): Promise<number> {
    const { askAlive, aliveName } = await import('../../src/runner/alive.ts')
    const { socketPath } = await import('../../src/lib/socket-path.ts')
    const hello = await askAlive(socketPath(join(this.dataDir, 'runner'), aliveName))
    if (hello === 'nobody' || hello === null) throw new Error('no runner lives')
    return hello.pid
  }

  /** Calls the API as the admin. */
  async api(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; json: Json; headers: Headers }> {
    const answer = await fetch(`${this.url}/api${path}`, {
      method,
      // So that a call that hangs is what fails, and not the test as a whole.
      signal: AbortSignal.timeout(answerWithinMs),
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = (answer.headers.get('content-type') ?? '').includes('json')
    return {
      status: answer.status,
      json: isJson && text !== '' ? JSON.parse(text) : text,
      headers: answer.headers,
    }
  }

  /** A real git repository with these files, known to the server. */
  async repo(files: Record<string, string>, provider: Provider = 'git'): Promise<KnownRepo> {
    const git = makeRepo(files)
    this.#repos.push(git)
    const secret = 'a-webhook-secret-of-tests'
    const { status, json } = await this.api('POST', '/repositories', {
      provider,
      clone_url: git.url,
      owner: 'tests',
      name: `app-${this.#repos.length}`,
      webhook_secret: secret,
    })
    if (status !== 201) throw new Error(`adding a repository: ${status} ${JSON.stringify(json)}`)
    return new KnownRepo(this, git, json.id, secret)
  }

  async build(id: string): Promise<BuildJson> {
    return (await this.api('GET', `/builds/${id}`)).json
  }

  /** The build once it has ended. */
  async ended(id: string): Promise<BuildJson> {
    return this.until(async () => {
      const build = await this.build(id)
      if (['pending', 'running'].includes(build.status)) {
        throw new Error(`build ${build.number} is ${build.status}: ${JSON.stringify(build.steps)}`)
      }
      return build
    }, endWithinMs)
  }

  /** What a step said. */
  async log(id: string, step: number | string, stream = 'all'): Promise<string> {
    return (await this.api('GET', `/builds/${id}/logs?step=${step}&stream=${stream}`)).json
  }

  readonly until = eventually

  async [Symbol.asyncDispose](): Promise<void> {
    const pid = await this.runnerPid().catch(() => null)
    await this.stop('SIGTERM')
    // A test that killed the server leaves the runner behind, as it should; here it has to go.
    if (pid !== null && isAlive(pid)) process.kill(pid, 'SIGTERM')
    await this.until(() => {
      if (pid !== null && isAlive(pid)) throw new Error(`runner ${pid} lives still`)
    }, endWithinMs)
    for (const repo of this.#repos) repo[Symbol.dispose]()
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Starts a server of a test's own; `await using` ends it and all it started. */
export async function startOore(settings: Record<string, string> = {}): Promise<Oore> {
  const oore = new Oore(settings)
  try {
    await oore.start()
    return oore
  } catch (error) {
    await oore[Symbol.asyncDispose]()
    throw error
  }
}

/** A repository that exists twice: in git, and in Oore. */
export class KnownRepo {
  constructor(
    readonly oore: Oore,
    readonly git: TestRepo,
    readonly id: string,
    readonly secret: string,
  ) {}

  /** Starts one build by hand and gives its id. */
  async trigger(input: Record<string, unknown> = {}): Promise<string> {
    const { status, json } = await this.oore.api('POST', `/repositories/${this.id}/trigger`, input)
    if (status !== 201) throw new Error(`trigger: ${status} ${JSON.stringify(json)}`)
    return json.id ?? json.data[0].id
  }

  /** Tells the server of a push, signed as the hook in the documentation signs. */
  async hook(
    body: Record<string, unknown>,
    { delivery = randomUUID(), secret = this.secret }: { delivery?: string; secret?: string } = {},
  ): Promise<{ status: number; json: Json }> {
    const text = JSON.stringify(body)
    const signature = createHmac('sha256', secret).update(text).digest('hex')
    const answer = await fetch(`${this.oore.url}/api/webhooks/git/${this.id}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-oore-signature-256': `sha256=${signature}`,
        'x-oore-delivery': delivery,
      },
      body: text,
    })
    return { status: answer.status, json: await answer.json() }
  }

  /** Sends what a forge sends, signed, and gives the delivery once it is decided. */
  async told(
    forge: Forge,
    name: string,
    changes: Record<string, string>,
  ): Promise<{ status: string; reason: string; build_ids: string[] }> {
    const body = payloadText(forge, name, changes)
    const answer = await fetch(`${this.oore.url}/api/webhooks/${forge}/${this.id}`, {
      method: 'POST',
      headers: forgeHeaders(forge, name, body, this.secret),
      body,
    })
    const json: Json = await answer.json()
    if (answer.status !== 202) throw new Error(`hook: ${answer.status} ${JSON.stringify(json)}`)
    return this.#decided(json.event_id)
  }

  /** Tells the server of the newest commit and gives the delivery once it is decided. */
  async push(branch = 'main'): Promise<{ status: string; reason: string; build_ids: string[] }> {
    const after = this.git.head()
    const { status, json } = await this.hook({
      ref: `refs/heads/${branch}`,
      before: '0'.repeat(40),
      after,
    })
    if (status !== 202) throw new Error(`hook: ${status} ${JSON.stringify(json)}`)
    return this.#decided(json.event_id)
  }

  #decided(id: string): Promise<{ status: string; reason: string; build_ids: string[] }> {
    return this.oore.until(async () => {
      const delivery = (await this.oore.api('GET', `/webhooks/events/${id}`)).json
      if (delivery.status === 'received') throw new Error('the delivery waits still')
      return delivery
    }, endWithinMs)
  }
}

/** An oore.yaml of one workflow with these scripts, started by every push. */
export const workflow = (...scripts: string[]): string =>
  JSON.stringify({
    workflows: {
      test: { triggering: { events: ['push'] }, scripts: scripts.map((script) => ({ script })) },
    },
  })

/** Does this process live? A zombie does not: nobody may be there to reap it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    const status = `/proc/${pid}/status`
    return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, 'utf8'))
  } catch {
    return false
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
