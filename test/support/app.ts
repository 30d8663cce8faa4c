import type { Hono } from 'hono'
import { pino } from 'pino'
import { createApp } from '../../src/app.ts'
import type { Build } from '../../src/core/builds/build.ts'
import { triggerBuild } from '../../src/core/builds/trigger.ts'
import type { Services } from '../../src/core/ctx.ts'
import type { Repository } from '../../src/core/repositories/repository.ts'
import { defaultOrganizationId } from '../../src/db/schema/organizations.ts'
import type { Assets } from '../../src/routes/assets.ts'
import { admin, makeServices, testAdminToken, type TestServices } from './ctx.ts'
import { workflow } from './oore.ts'
import type { TestRepo } from './repo.ts'

/** A request as a test writes it: `form` and `json` become the body and its type. */
export type Ask = {
  method?: string
  headers?: Record<string, string>
  form?: Record<string, string>
  json?: unknown
  body?: BodyInit
  /** The other end of the connection. */
  from?: string
}

/** Someone who asks. */
export type Asker = (path: string, ask?: Ask) => Promise<Response>

/** The whole web application over real services, without a port. */
export class TestApp implements AsyncDisposable {
  readonly services: TestServices
  /** What the server logged. */
  readonly logged: Record<string, unknown>[] = []
  readonly #app: Hono

  static async start(settings: Record<string, string> = {}): Promise<TestApp> {
    return new TestApp(await makeServices(settings))
  }

  private constructor(services: TestServices) {
    this.services = services
    const write = (line: string) => {
      this.logged.push(JSON.parse(line) as Record<string, unknown>)
    }
    const handed: Services = Object.assign(services, { log: pino({ level: 'warn' }, { write }) })
    this.#app = createApp({
      services: handed,
      organizationId: defaultOrganizationId,
      assets: testAssets,
      version: '0.0.0-test',
    })
  }

  /** Someone nobody knows, in a browser or not. */
  readonly asStranger: Asker = (path, { method, headers = {}, form, json, body, from } = {}) => {
    const sent = json === undefined ? (form ? new URLSearchParams(form) : body) : textOf(json)
    const types: Record<string, string> =
      json === undefined ? {} : { 'content-type': 'application/json' }
    const init: RequestInit = {
      method: method ?? (sent === undefined ? 'GET' : 'POST'),
      headers: { host: this.services.config.baseUrl.host, ...types, ...headers },
      ...(sent === undefined ? {} : { body: sent, duplex: 'half' }),
    }
    const env = { incoming: { socket: { remoteAddress: from ?? '127.0.0.1' } } }
    return Promise.resolve(this.#app.request(path, init, env))
  }

  /** A program with the admin token. */
  readonly asAdmin: Asker = (path, ask = {}) =>
    this.asStranger(path, { ...ask, headers: { ...bearer, ...ask.headers } })

  /** A person who has signed in: keeps the cookie and says where its forms come from. */
  async asBrowser(form: Record<string, string> = {}): Promise<Browser> {
    const browser = new Browser(this.asStranger)
    const answer = await browser.ask('/login', { form: { token: testAdminToken, ...form } })
    if (answer.status !== 303) throw new Error(`could not sign in: ${answer.status}`)
    return browser
  }

  /** A repository in git and in the database, and one build of it that waits. */
  async build(
    files: Record<string, string> = { 'oore.yaml': workflow('true') },
  ): Promise<{ git: TestRepo; repository: Repository; build: Build }> {
    const { git, repository } = await this.services.repository(files)
    const [build] = await triggerBuild(this.services.as(admin), repository.id, { via: 'manual' })
    if (!build) throw new Error('no build was made')
    return { git, repository, build }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.services[Symbol.asyncDispose]()
  }
}

/** A browser: one jar of cookies, and the headers that it sends by itself. */
export class Browser {
  readonly cookies = new Map<string, string>()
  readonly #asker: Asker

  constructor(asker: Asker) {
    this.#asker = asker
  }

  readonly ask: Asker = async (path, ask = {}) => {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = {
      accept: 'text/html,application/xhtml+xml',
      'sec-fetch-site': 'same-origin',
      ...(cookie === '' ? {} : { cookie }),
      ...ask.headers,
    }
    const answer = await this.#asker(path, { ...ask, headers })
    for (const line of answer.headers.getSetCookie()) this.#keep(line)
    return answer
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (/; Max-Age=0\b/.test(line)) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

export const bearer = { authorization: `Bearer ${testAdminToken}` }

const textOf = (json: unknown): string =>
  // Text is sent as it is: a test may want JSON that is none.
  typeof json === 'string' ? json : JSON.stringify(json)

/** Assets of which there is one; what they hold is the build's affair. */
const testAssets: Assets = {
  addressOf: (name) => `/assets/${name}`,
  at: (path) =>
    path === '/assets/app.css'
      ? {
          type: 'text/css; charset=utf-8',
          bytes: Buffer.from('a{}'),
          packed: () => Buffer.from(''),
        }
      : null,
}
