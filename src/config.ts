import { homedir } from 'node:os'
import { join } from 'node:path'
import { runnerVariables } from './lib/machine-variables.ts'
import { Secret } from './lib/secret.ts'
import { type ConfigMistake, isLoopbackHost, settingsReader } from './lib/settings.ts'
import { MiB } from './lib/sizes.ts'

/** Everything the operator decides, parsed. Read once, at start, and handed on. */
export type Config = {
  baseUrl: URL
  bind: { host: string; port: number }
  dataDir: string
  workspacesDir: string
  logsDir: string
  artifactsDir: string
  cacheDir: string
  database: { url: string; authToken: Secret | null; maxConnections: number }
  encryptionKey: Secret
  /** Null where the operator set none, which is allowed on loopback only. */
  adminToken: Secret | null
  allowLocalRepositories: boolean
  /** Where App Store Connect's API is; another address is a stand-in. */
  appStoreConnect: URL
  /** GitHub's pages and its API: another pair is GitHub Enterprise Server, or a stand-in. */
  github: { url: URL; apiUrl: URL }
  gitlab: {
    /** Private networks that GitLab instances may be in. */
    allowedCidrs: string[]
    /** PEM of the certificates that instances are believed by, besides the well-known ones. */
    ca: { file: string; pem: string } | null
  }
  maxConcurrentBuilds: number
  maxBuildMs: number
  maxStepMs: number
  maxLogBytes: number
  workspaceRetentionMs: number
  /** Null keeps for ever. */
  logRetentionMs: number | null
  artifactRetentionMs: number | null
  shutdownTimeoutMs: number
  /** Addresses or CIDRs whose X-Forwarded-For is believed. */
  trustedProxies: string[]
  /** Variables that look like settings and are none: misspelt, most likely. */
  unknownNames: string[]
}

/** All the mistakes at once, so that a start fails once and not five times. */
export class ConfigError extends Error {
  constructor(readonly mistakes: readonly ConfigMistake[]) {
    super(
      mistakes
        .map(({ name, found, expected }) => `${name}: found ${found}; expected ${expected}.`)
        .join('\n'),
    )
    this.name = 'ConfigError'
  }
}

const adminTokenLengthMin = 32
const ofTheCommand = ['OORE_SERVER', 'OORE_TOKEN']

/** Reads the environment. Throws ConfigError with every mistake in it. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const mistakes: ConfigMistake[] = []
  const read = settingsReader(environment, mistakes)

  const bind = read.address('OORE_BIND_ADDRESS', '127.0.0.1:8080')
  const isLoopback = isLoopbackHost(bind.host)
  const dataDir = read.path('OORE_DATA_DIR', join(homedir(), '.oore', 'data'))
  const adminToken = read.secret('OORE_ADMIN_TOKEN', {
    expected: `at least ${adminTokenLengthMin} characters, for example from: openssl rand -hex 32`,
    fits: (text) => text.length >= adminTokenLengthMin && !/\s/.test(text),
  })
  if (adminToken === null && !isLoopback && !mistakes.some((m) => m.name === 'OORE_ADMIN_TOKEN')) {
    mistakes.push({
      name: 'OORE_ADMIN_TOKEN',
      found: `nothing, with OORE_BIND_ADDRESS ${bind.host}:${bind.port}`,
      expected: `at least ${adminTokenLengthMin} characters: only a server bound to loopback may go without`,
    })
  }
  const encryptionKey = read.secret('ENCRYPTION_KEY', {
    expected: '64 hexadecimal characters, not all the same, for example from: openssl rand -hex 32',
    fits: (text) => /^[0-9a-f]{64}$/i.test(text) && !/^(.)\1+$/.test(text),
    required: true,
  })

  const config: Config = {
    baseUrl: read.url('OORE_BASE_URL', `http://localhost:${bind.port}`),
    bind,
    dataDir,
    workspacesDir: read.path('OORE_WORKSPACES_DIR', join(dataDir, 'workspaces')),
    logsDir: read.path('OORE_LOGS_DIR', join(dataDir, 'logs')),
    artifactsDir: read.path('OORE_ARTIFACTS_DIR', join(dataDir, 'artifacts')),
    cacheDir: read.path('OORE_CACHE_DIR', join(dataDir, 'cache')),
    database: {
      url: read.databaseUrl('DATABASE_URL', `file:${join(dataDir, 'oore.db')}`),
      authToken: read.secret('DATABASE_AUTH_TOKEN', { expected: 'a token', fits: () => true }),
      maxConnections: read.integer('DATABASE_MAX_CONNECTIONS', 10, { min: 1, max: 100 }),
    },
    encryptionKey: encryptionKey ?? new Secret(''),
    adminToken,
    allowLocalRepositories: read.flag('OORE_ALLOW_LOCAL_REPOSITORIES', false),
    github: read.github(),
    appStoreConnect: read.url('OORE_ASC_BASE_URL', 'https://api.appstoreconnect.apple.com'),
    gitlab: {
      allowedCidrs: read.narrowCidrs('OORE_GITLAB_ALLOWED_CIDRS', 'OORE_ALLOW_BROAD_CIDRS'),
      ca: read.certificates('OORE_GITLAB_CA_BUNDLE'),
    },
    maxConcurrentBuilds: read.integer('OORE_MAX_CONCURRENT_BUILDS', 2, { min: 1, max: 64 }),
    ...read.timeLimits(),
    maxLogBytes: read.integer('OORE_MAX_LOG_SIZE_BYTES', 50 * MiB, {
      min: 64 * 1024,
      max: 2 ** 40,
    }),
    workspaceRetentionMs:
      3_600_000 * read.integer('OORE_WORKSPACE_RETENTION_HOURS', 24, { min: 0, max: 87_600 }),
    logRetentionMs: read.days('OORE_LOG_RETENTION_DAYS'),
    artifactRetentionMs: read.days('OORE_ARTIFACT_RETENTION_DAYS'),
    shutdownTimeoutMs:
      1000 * read.integer('OORE_SHUTDOWN_TIMEOUT_SECS', 30, { min: 0, max: 86_400 }),
    trustedProxies: read.cidrs('OORE_TRUSTED_PROXIES'),
    unknownNames: [],
  }
  config.unknownNames = Object.keys(environment).filter(
    (name) => name.startsWith('OORE_') && !read.asked.has(name) && !ofTheCommand.includes(name),
  )
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return config
}

/**
 * What the runner is started with: where tools and the home directory are, and nothing of the
 * server's own. A build step's environment is made from this and the build (runner/environment.ts).
 */
export const runnerEnvironment = (
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> => runnerVariables(environment)

/** How long a build on a laptop, and a step of it, may take: as on a server. Throws ConfigError. */
export function localTimeLimits(
  environment: NodeJS.ProcessEnv = process.env,
): Pick<Config, 'maxBuildMs' | 'maxStepMs'> {
  const mistakes: ConfigMistake[] = []
  const limits = settingsReader(environment, mistakes).timeLimits()
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return limits
}

/** May this terminal be written to in colours? Follows no-color.org and force-color.org. */
export function wantsColours(isTerminal: boolean, environment = process.env): boolean {
  if (environment['NO_COLOR']) return false
  if (environment['FORCE_COLOR']) return environment['FORCE_COLOR'] !== '0'
  return isTerminal && environment['TERM'] !== 'dumb'
}

/** Is there a screen here where a browser may be opened? Only a Mac has one way to do it. */
export const opensBrowsers = (isTerminal: boolean, environment = process.env): boolean =>
  isTerminal && process.platform === 'darwin' && !environment['SSH_CONNECTION']

/** Where the oore command finds its server, and what it shows there. */
export const cliEnvironment = (
  environment: NodeJS.ProcessEnv = process.env,
): { server: string | undefined; token: string | null } => ({
  server: environment['OORE_SERVER'] || undefined,
  token: environment['OORE_TOKEN'] || null,
})
