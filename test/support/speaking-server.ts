import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import { eq } from 'drizzle-orm'
import { Hono } from 'hono'
import { type BuildStatus, isFinished } from '../../src/core/builds/build.ts'
import { triggerBuild } from '../../src/core/builds/trigger.ts'
import type { Ctx } from '../../src/core/ctx.ts'
import { LogStore, logTopic } from '../../src/core/logs/store.ts'
import type { StepStatus } from '../../src/core/steps/step.ts'
import { schema } from '../../src/db/client.ts'
import { defaultOrganizationId } from '../../src/db/schema/organizations.ts'
import { encodeFrames, type LogStream } from '../../src/lib/log-frames.ts'
import { mountRoutes } from '../../src/routes/lib/mount.ts'
import { sessionReader } from '../../src/routes/lib/session-reader.ts'
import { logRoutes } from '../../src/routes/logs.ts'
import { streamRoutes } from '../../src/routes/streams.tsx'
import { admin, makeServices, testAdminToken, type TestServices } from './ctx.ts'

const pipeline = `workflows:
  tests:
    name: Tests
    scripts:
      - name: First
        script: 'true'
      - name: Second
        script: 'true'
`

/** The routes of logs and streams behind a real port, with a build that speaks as a test says. */
export class SpeakingServer implements AsyncDisposable {
  readonly #services: TestServices
  readonly #server: ServerType
  readonly buildId: string
  readonly ctx: Ctx

  static async start(settings: Record<string, string> = {}): Promise<SpeakingServer> {
    const services = await makeServices({ OORE_TRUSTED_PROXIES: '127.0.0.1', ...settings })
    const { repository } = await services.repository({ 'oore.yaml': pipeline })
    const [build] = await triggerBuild(services.as(admin), repository.id, { via: 'manual' })
    if (!build) throw new Error('no build was made')
    const server = new SpeakingServer(services, build.id)
    await once(server.#server, 'listening')
    return server
  }

  private constructor(services: TestServices, buildId: string) {
    this.#services = services
    this.buildId = buildId
    this.ctx = services.as(admin)
    const app = new Hono()
    mountRoutes(app, [...logRoutes(), ...streamRoutes()], {
      services: this.ctx,
      organizationId: defaultOrganizationId,
      sessions: sessionReader(services.bells),
      assets: (name) => `/${name}`,
    })
    this.#server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  }

  /** Asks as the admin, from an address of its own where one is given. */
  headers(address = '127.0.0.1'): Record<string, string> {
    return { authorization: `Bearer ${testAdminToken}`, 'x-forwarded-for': address }
  }

  /** The address of something of the build. */
  url(path: string, mount = '/api'): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}${mount}/builds/${this.buildId}/${path}`
  }

  /** How many listen to the build and its logs. */
  get listeners(): number {
    const topics = [0, 1, 2, 3].map((position) => logTopic(this.buildId, position))
    return [`build:${this.buildId}`, ...topics].reduce(
      (sum, topic) => sum + this.ctx.bells.count(topic),
      0,
    )
  }

  say(position: number, text: string | Uint8Array, stream: LogStream = 'stdout'): void {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text
    const { size } = this.ctx.logs.info(this.buildId, position)
    const body = encodeFrames([{ stream, at: this.ctx.clock(), bytes }])
    if (this.ctx.logs.append(this.buildId, position, size, body)) throw new Error('out of turn')
  }

  async step(position: number, status: StepStatus): Promise<void> {
    await this.ctx.db.write(async (tx) => {
      const { steps } = schema
      const changed = await tx
        .update(steps)
        .set({ status, startedAt: status === 'skipped' ? null : this.ctx.clock() })
        .where(eq(steps.position, position))
        .returning()
      if (changed.length !== 1) throw new Error(`no step ${position}`)
    })
    this.ctx.bells.ring(`build:${this.buildId}`)
  }

  async build(status: BuildStatus): Promise<void> {
    const finishedAt = isFinished(status) ? this.ctx.clock() : null
    await this.ctx.db.write(async (tx) => {
      await tx.update(schema.builds).set({ status, startedAt: this.ctx.clock(), finishedAt })
    })
    this.ctx.bells.ring(`build:${this.buildId}`)
  }

  /** All steps and the build come to their end. */
  async end(): Promise<void> {
    for (const position of [0, 1, 2, 3]) await this.step(position, 'success')
    await this.build('success')
  }

  /** The files stay, what the store had in memory is gone. */
  restart(): void {
    this.ctx.logs.close()
    const { config, bells } = this.ctx
    const { logsDir: directory, maxLogBytes: maxBytes } = config
    this.ctx.logs = new LogStore({ directory, maxBytes, bells })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if ('closeAllConnections' in this.#server) this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    this.ctx.logs.close()
    await this.#services[Symbol.asyncDispose]()
  }
}
