import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { messageOf } from './lib/errors.ts'
import { runnerVariables } from './lib/machine-variables.ts'
import { Secret } from './lib/secret.ts'
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

/** One variable that cannot be used: what was found (never a secret's value), what is expected. */
export type ConfigMistake = { name: string; found: string; expected: string }

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
  const read = reader(environment, mistakes)

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
  const limits = reader(environment, mistakes).timeLimits()
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return limits
}

/** May this terminal be written to in colours? Follows no-color.org and force-color.org. */
export function wantsColours(isTerminal: boolean, environment = process.env): boolean {
  if (environment['NO_COLOR']) return false
  if (environment['FORCE_COLOR']) return environment['FORCE_COLOR'] !== '0'
  return isTerminal && environment['TERM'] !== 'dumb'
}

/** Where the oore command finds its server, and what it shows there. */
export const cliEnvironment = (
  environment: NodeJS.ProcessEnv = process.env,
): { server: string | undefined; token: string | null } => ({
  server: environment['OORE_SERVER'] || undefined,
  token: environment['OORE_TOKEN'] || null,
})

/** Is this a name or an address of this machine's own? */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

type SecretRule = { expected: string; fits: (text: string) => boolean; required?: boolean }

function reader(environment: NodeJS.ProcessEnv, mistakes: ConfigMistake[]) {
  const wrong = (name: string, found: string, expected: string) => {
    // An address may hold a password, and this goes to terminals and logs.
    mistakes.push({ name, found: found.replace(/\/\/[^@/\s]*@/g, '//…@'), expected })
  }
  const asked = new Set<string>()
  const text = (name: string): string | null => {
    asked.add(name)
    const value = environment[name]?.trim()
    return value === undefined || value === '' ? null : value
  }

  return {
    asked,
    path: (name: string, fallback: string) => resolve(text(name) ?? fallback),

    integer(name: string, fallback: number, { min, max }: { min: number; max: number }): number {
      const found = text(name)
      if (found === null) return fallback
      const value = Number(found)
      if (/^\d+$/.test(found) && value >= min && value <= max) return value
      wrong(name, `"${found}"`, `a whole number from ${min} to ${max}`)
      return fallback
    },

    timeLimits() {
      const bounds = { min: 1, max: 604_800 }
      return {
        maxBuildMs: 1000 * this.integer('OORE_MAX_BUILD_DURATION_SECS', 3600, bounds),
        maxStepMs: 1000 * this.integer('OORE_MAX_STEP_DURATION_SECS', 1800, bounds),
      }
    },

    days(name: string): number | null {
      const value = this.integer(name, 0, { min: 0, max: 36_500 })
      return value === 0 ? null : value * 86_400_000
    },

    flag(name: string, fallback: boolean): boolean {
      const found = text(name)
      if (found === null) return fallback
      if (found === 'true' || found === 'false') return found === 'true'
      wrong(name, `"${found}"`, 'true or false')
      return fallback
    },

    url(name: string, fallback: string): URL {
      const found = text(name) ?? fallback
      const url = URL.canParse(found) ? new URL(found) : null
      const fits =
        url !== null &&
        /^https?:$/.test(url.protocol) &&
        url.username === '' &&
        url.search === '' &&
        url.hash === '' &&
        url.pathname === '/'
      if (fits) return url
      wrong(name, `"${found}"`, 'an address such as https://ci.example.com, without a path')
      return new URL('http://localhost')
    },

    databaseUrl(name: string, fallback: string): string {
      const found = text(name) ?? fallback
      if (/^(file|https?|wss?|libsql):/.test(found)) return found
      if (found.startsWith('/')) return `file:${found}`
      wrong(
        name,
        `"${found}"`,
        'file:/path/to/oore.db, or the http(s):// or libsql:// address of a server',
      )
      return fallback
    },

    address(name: string, fallback: string): { host: string; port: number } {
      const found = text(name) ?? fallback
      const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(found) ?? []
      const host = bracketed ?? plain
      const port = Number(digits)
      if (host !== undefined && port <= 65_535) return { host, port }
      wrong(name, `"${found}"`, 'an address and a port, such as 127.0.0.1:8080 or [::1]:8080')
      return { host: '127.0.0.1', port: 8080 }
    },

    cidrs(name: string): string[] {
      const found = text(name)
      if (found === null) return []
      const entries = found.split(',').map((entry) => entry.trim())
      const bad = entries.filter((entry) => !isCidr(entry))
      if (bad.length === 0) return entries
      wrong(
        name,
        `"${bad.join(', ')}"`,
        'addresses or CIDRs with commas between, such as 10.0.0.0/8',
      )
      return []
    },

    secret(name: string, rule: SecretRule): Secret | null {
      // By file a secret stays out of /proc/<pid>/environ, which every build step of the same
      // account may read (reference/measured-traps.md, L20).
      const fileName = name.startsWith('OORE_') ? `${name}_FILE` : `OORE_${name}_FILE`
      const file = text(fileName)
      let found = text(name)
      if (file !== null) {
        try {
          found = readFileSync(file, 'utf8').trim()
        } catch (error) {
          wrong(fileName, `"${file}" (${messageOf(error)})`, 'a file that can be read')
          return null
        }
      }
      const label = file === null ? name : fileName
      if (found === null || found === '') {
        if (rule.required) wrong(label, 'nothing', rule.expected)
        return null
      }
      if (rule.fits(found)) return new Secret(found)
      wrong(label, `${found.length} characters (not shown)`, rule.expected)
      return null
    },
  }
}

function isCidr(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
  )
}
