import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import { eq } from 'drizzle-orm'
import { type Context, Hono } from 'hono'
import type { BuildStatus } from '../../src/core/builds/build.ts'
import { triggerBuild } from '../../src/core/builds/trigger.ts'
import type { Ctx } from '../../src/core/ctx.ts'
import { LogStore } from '../../src/core/logs/store.ts'
import type { StepStatus } from '../../src/core/steps/step.ts'
import { schema } from '../../src/db/client.ts'
import { isFinished } from '../../src/core/builds/build.ts'
import { OoreError } from '../../src/lib/errors.ts'
import { encodeFrames, type LogStream } from '../../src/lib/log-frames.ts'
import { readQuery } from '../../src/routes/lib/input.ts'
import { respond } from '../../src/routes/lib/respond.ts'
import { type Call, type Face, facesOf, mountedAt, type Route } from '../../src/routes/lib/route.ts'
import { logRoutes } from '../../src/routes/logs.ts'
import { streamRoutes } from '../../src/routes/streams.tsx'
import { admin, makeServices, type TestServices } from './ctx.ts'

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
  ctx: Ctx

  static async start(settings: Record<string, string> = {}): Promise<SpeakingServer> {
    const services = await makeServices(settings)
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
    for (const route of [...logRoutes(), ...streamRoutes()]) {
      for (const face of facesOf(route)) {
        app.get(mountedAt(route, face), (c) => answer(c, route, face, this.ctx))
      }
    }
    this.#server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  }

  /** The address of something of the build. */
  url(path: string, mount = '/api'): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}${mount}/builds/${this.buildId}/${path}`
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
    const logs = new LogStore({ directory: config.logsDir, maxBytes: config.maxLogBytes, bells })
    this.ctx = { ...this.ctx, logs }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if ('closeAllConnections' in this.#server) this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    this.ctx.logs.close()
    await this.#services[Symbol.asyncDispose]()
  }
}

const statuses: Partial<Record<string, number>> = {
  not_found: 404,
  invalid: 422,
  malformed: 400,
  busy: 429,
}

async function answer(c: Context, route: Route, face: Face, ctx: Ctx): Promise<Response> {
  try {
    const search = new URL(c.req.url).searchParams
    const call = {
      ctx,
      face,
      address: c.req.header('x-test-address') ?? '127.0.0.1',
      signal: c.req.raw.signal,
      query: readQuery(route.query, search, face === 'api' ? 'refused' : 'overlooked'),
      id: () => c.req.param('id') ?? '',
      header: (name: string) => c.req.header(name),
    } as unknown as Call<never, never>
    const value = (await route.run(call)) as never
    const shown = await route[face]?.(value, call)
    if (!shown) throw new Error(`no face ${face}`)
    return respond(shown, {}, 'test', c.req.method === 'HEAD')
  } catch (thrown) {
    if (!(thrown instanceof OoreError)) throw thrown
    const headers = { 'retry-after': String(thrown.retryAfterSeconds) }
    return c.json(
      { detail: thrown.message, errors: thrown.fields },
      (statuses[thrown.trouble] ?? 500) as 422,
      headers,
    )
  }
}
