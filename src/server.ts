import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { dirname, join, resolve } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { destination, pino, type Logger } from 'pino'
import { createApp } from './app.ts'
import { type Config, ConfigError, runnerEnvironment } from './config.ts'
import type { Ctx, Life, Services } from './core/ctx.ts'
import { checkKey } from './core/health/key.ts'
import { countBuilds } from './core/health/read.ts'
import { LogStore } from './core/logs/store.ts'
import { interruptAllBuilds } from './core/runners/interrupt.ts'
import { outdatedRunnerBell } from './core/runners/poll.ts'
import { type Database, openDatabase } from './db/client.ts'
import { lockDataDirectory } from './db/lock.ts'
import { defaultOrganizationId } from './db/schema/organizations.ts'
import { Bells, Waiter } from './lib/bell.ts'
import { monotonicClock, seconds, wallClock } from './lib/clock.ts'
import { openKeyring } from './lib/crypto.ts'
import { messageOf } from './lib/errors.ts'
import { newId, newToken } from './lib/ids.ts'
import { Secret } from './lib/secret.ts'
import { socketPath } from './lib/socket-path.ts'
import { openCredentialReader } from './core/credentials/reader.ts'
import { openReader } from './pipeline/reader.ts'
import { readAssets } from './routes/assets.ts'
import { runnerApp } from './routes/runner.ts'
import { connectionsMax, serverLimits } from './routes/lib/limits.ts'
import { type Supervisor, superviseRunner } from './runner/supervise.ts'
import { scmFor } from './scm/index.ts'
import { startWorkers } from './workers.ts'

export type RunningServer = {
  /** Where it listens. */
  address: { host: string; port: number }
  /** The token of this run, where the operator set none. */
  setupToken: Secret | null
  /**
   * Takes no new work, lets running builds end within the time the operator gave, interrupts the
   * rest, and closes everything.
   */
  drain(): Promise<void>
}

export type ServerPaths = {
  /** The installed package: migrations, assets and what was built lie in it. */
  root: string
  version: string
  /** How a runner is started: a program and its arguments. */
  runner: readonly [string, ...string[]]
}

/** How long interrupted builds get to end their processes and say so. */
const interruptMs = seconds(15)
const closeMs = seconds(2)

/**
 * Starts everything, in order: lock, database, sockets, runner, workers. Throws AlreadyRunning,
 * DamagedDatabase, or the error of the address that cannot be listened on; then nothing is left
 * behind.
 */
export async function startServer(given: Config, paths: ServerPaths): Promise<RunningServer> {
  process.umask(0o077)
  const setupToken = given.adminToken === null ? new Secret(newToken()) : null
  const config: Config = { ...given, adminToken: given.adminToken ?? setupToken }
  makeDirectories(config)
  const undo: (() => unknown)[] = [await lockDataDirectory(config.dataDir, wallClock())]
  try {
    // A database may lie elsewhere, where another server with another directory may use it.
    const elsewhere = databaseDirectory(config)
    if (elsewhere !== null) undo.push(await lockDataDirectory(elsewhere, wallClock()))
    const db = await openDatabase({
      ...config.database,
      migrationsDir: join(paths.root, 'src/db/migrations'),
    })
    undo.push(() => db.close())
    const services = servicesOf(config, db, paths)
    undo.push(() => services.logs.close())
    undo.push(() => services.reader.close())
    undo.push(() => services.credentialReader.close())
    const system = systemCtx(services)
    await checkKey(system)

    const door = await listenForRunners(services)
    undo.push(() => closeServer(door))
    const front = await listen(
      createApp({
        services,
        organizationId: defaultOrganizationId,
        assets: readAssets(join(paths.root, 'public')),
        version: paths.version,
      }),
      config.bind,
    )
    undo.push(() => closeServer(front.server))

    const workers = startWorkers(system)
    undo.push(() => workers.stop())
    const supervisor = keepRunner(system, paths)
    undo.push(services.bells.listen(outdatedRunnerBell, () => supervisor.replaceOutdated()))
    surviveStrayErrors(services.log)
    for (const name of config.unknownNames) {
      services.log.warn({ name }, 'this is no setting of Oore and was not read')
    }
    services.life.phase = 'ready'
    services.log.info({ address: front.address, base_url: config.baseUrl.href }, 'ready')

    return {
      address: front.address,
      setupToken,
      async drain() {
        await drainBuilds(system)
        await supervisor.stop()
        for (const close of undo.toReversed()) await close()
        services.log.info('stopped')
      },
    }
  } catch (error) {
    for (const close of undo.toReversed()) await close()
    throw error
  }
}

/** One request's forgotten promise must not end the server for everyone; it is a bug all the same. */
function surviveStrayErrors(log: Logger): void {
  process.on('unhandledRejection', (error) => log.fatal({ err: error }, 'an error went astray'))
}

function makeDirectories(config: Config): void {
  const { dataDir, workspacesDir, logsDir, artifactsDir, cacheDir } = config
  const directories = {
    OORE_DATA_DIR: dataDir,
    OORE_WORKSPACES_DIR: workspacesDir,
    OORE_LOGS_DIR: logsDir,
    OORE_ARTIFACTS_DIR: artifactsDir,
    OORE_CACHE_DIR: cacheDir,
  }
  const mistakes = Object.entries(directories).flatMap(([name, directory]) => {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      return []
    } catch (error) {
      const found = `${directory} (${messageOf(error)})`
      return [{ name, found, expected: 'a directory that is there or can be made' }]
    }
  })
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  mkdirSync(runnerDirectory(config), { recursive: true, mode: 0o700 })
}

/** Where the database lies when it is a file outside the data directory; else null. */
function databaseDirectory({ database, dataDir }: Config): string | null {
  if (!database.url.startsWith('file:')) return null
  const directory = dirname(resolve(database.url.slice('file:'.length).replace(/^\/\//, '')))
  return directory === resolve(dataDir) ? null : directory
}

const runnerDirectory = (config: Config): string => join(config.dataDir, 'runner')
const doorPath = (config: Config): string => socketPath(runnerDirectory(config), 'server.sock')
const poolTokenFile = (config: Config): string => join(runnerDirectory(config), 'token')

function servicesOf(config: Config, db: Database, paths: ServerPaths): Services {
  const bells = new Bells()
  const log = serverLog()
  return {
    db,
    config,
    clock: wallClock,
    bells,
    logs: new LogStore({ directory: config.logsDir, maxBytes: config.maxLogBytes, bells }),
    keyring: openKeyring(config.encryptionKey),
    scm: scmFor,
    reader: openReader({
      threadFile: join(paths.root, 'dist/pipeline-thread.mjs'),
      onTrouble: (error) => log.error({ err: error }, 'the thread that reads configurations died'),
    }),
    credentialReader: openCredentialReader({
      threadFile: join(paths.root, 'dist/credential-thread.mjs'),
      onTrouble: (error) => log.error({ err: error }, 'the thread that reads credentials died'),
    }),
    log,
    life: {
      startedAt: wallClock(),
      phase: 'starting',
      drain: 'none',
      told: new Map(),
      heard: new Map(),
      addressCheck: null,
      selfCalls: new Set(),
      rejected: new Map(),
    },
  }
}

/** JSON lines on stdout, written at once: the last line before a crash is the one that counts. */
const serverLog = (): Logger =>
  pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination({ sync: true }))

const systemCtx = (services: Services): Ctx => ({
  ...services,
  actor: { is: 'system' },
  organizationId: defaultOrganizationId,
  requestId: newId(),
})

async function listenForRunners(services: Services): Promise<Server> {
  const { config } = services
  const pool = new Secret(newToken())
  const path = doorPath(config)
  // The data directory is ours alone, so what lies there was left by a server that was killed.
  rmSync(path, { force: true })
  // A runner that outlived the last server reads this when its own token is not known any more.
  writeFileSync(poolTokenFile(config), pool.reveal(), { mode: 0o600 })
  const app = runnerApp({ services, organizationId: defaultOrganizationId, pool })
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  return server
}

async function listen(
  app: Hono,
  bind: Config['bind'],
): Promise<{ server: Server; address: { host: string; port: number } }> {
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions: serverLimits }) as Server
  server.maxConnections = connectionsMax
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: bind.host, port: bind.port }, resolve)
  })
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : bind.port
  return { server, address: { host: bind.host, port } }
}

function keepRunner(system: Ctx, paths: ServerPaths): Supervisor {
  const { config, log } = system
  const work = runnerDirectory(config)
  const [program, ...args] = paths.runner
  return superviseRunner({
    work,
    command: [
      program,
      ...args,
      ...['--socket', doorPath(config), '--token-file', poolTokenFile(config)],
      ...['--work', work, '--workspaces', config.workspacesDir],
      ...['--slots', String(config.maxConcurrentBuilds)],
    ],
    environment: runnerEnvironment(),
    onUp({ pid, adopted, outdated }) {
      const what = outdated
        ? 'the runner of an older version ends what it runs, and is then replaced'
        : adopted
          ? 'the runner of the last server goes on'
          : 'runner started'
      log.info({ pid, adopted }, what)
    },
    async onDown({ pid, outdated }) {
      const builds = await interruptAllBuilds(system)
      if (outdated && builds === 0) return log.info({ pid }, 'the runner of an older version ended')
      log.error({ pid, interrupted_builds: builds }, 'the runner died')
    },
    async onNone() {
      const builds = await interruptAllBuilds(system)
      if (builds > 0) log.warn({ interrupted_builds: builds }, 'builds were left without a runner')
    },
    onTrouble: (message) => log.error(message),
  })
}

/** Journey 24: no new work; what runs may end in time; what does not is interrupted and says so. */
async function drainBuilds(system: Ctx): Promise<void> {
  const { life, bells, config, log } = system
  const move = (phase: Life['drain']) => {
    life.drain = phase
    bells.ring('drain')
  }
  life.phase = 'draining'
  move('finish')
  if (await noBuildRuns(system, config.shutdownTimeoutMs)) return
  log.warn('builds still run after OORE_SHUTDOWN_TIMEOUT_SECS and are interrupted')
  move('interrupt')
  await noBuildRuns(system, interruptMs)
}

async function noBuildRuns(system: Ctx, withinMs: number): Promise<boolean> {
  const waiter = new Waiter()
  const stop = system.bells.listen('builds', waiter.ring)
  const until = monotonicClock() + withinMs
  try {
    for (;;) {
      if ((await countBuilds(system, 'running')) === 0) return true
      const left = until - monotonicClock()
      if (left <= 0) return false
      await waiter.wait(left)
    }
  } finally {
    stop()
  }
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
    // Streams and downloads would go on for as long as someone watches.
    setTimeout(() => server.closeAllConnections(), closeMs).unref()
  })
}
