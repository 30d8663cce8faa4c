import { homedir } from 'node:os'
import { delimiter, dirname } from 'node:path'
import { buildIdVariable, networkVariables } from '../../lib/machine-variables.ts'
import { httpOriginOf } from './clone-url.ts'
import { type Credential, asVariables, credentialHelper } from './credential.ts'
import { certificatesFile, type Tls, tlsConfig } from './tls.ts'

const lowSpeedBytesPerSecond = 1000
const connectSeconds = 15

// Git and ssh are looked for here and nowhere else: the PATH of a build, or a file called `git` in
// somebody's workspace, is never asked.
export const programDirectories = [
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/usr/bin',
  '/bin',
  '/run/current-system/sw/bin',
]

/** What git may talk to during one command: this address, with this credential. */
export type Remote = {
  url: string
  credential: Credential | null
  /** Null and left out: by what the machine believes. */
  tls?: Tls | null
}

/** The remote that a source is, by its address as it was checked. */
export const remoteOf = (
  { credential, tls = null }: { credential: Credential | null; tls?: Tls | null },
  url: string,
): Remote => ({ url, credential, tls })

export type GitSurroundings = {
  cwd: string
  remote: Remote | null
  lowSpeedSeconds: number
  /** The build that git works for, by which its processes are found again. */
  buildId: string | null
}

/**
 * All of git's environment: of this process's own only how the network is reached, nothing of a
 * build's or of a repository's YAML. Throws OoreError `invalid` for a credential that cannot be handed over safely.
 */
export function environmentOf(surroundings: GitSurroundings): Record<string, string> {
  const { cwd, remote, lowSpeedSeconds, buildId } = surroundings
  const origin = httpOriginOf(remote?.url ?? '')
  const credential = origin === null ? null : (remote?.credential ?? null)
  const tls = origin === null ? null : (remote?.tls ?? null)
  const file = tls?.ca ? certificatesFile(cwd, tls.ca) : null
  const { GIT_SSL_CAINFO: general, ...network } = certificatesOf(networkVariables())
  const isMoved = general !== undefined && file !== null
  return {
    ...network,
    ...(general !== undefined && file === null && { GIT_SSL_CAINFO: general }),
    ...(buildId !== null && { [buildIdVariable]: buildId }),
    PATH: programDirectories.join(delimiter),
    HOME: homedir(),
    LC_ALL: 'C',
    GIT_CEILING_DIRECTORIES: dirname(cwd),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    // A partial clone would otherwise fetch what it lacks, by a command its own config names.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: remote === null ? 'none' : transportsFor(remote.url),
    GIT_SSH_COMMAND: sshCommand,
    GIT_SSH_VARIANT: 'ssh',
    // Without a name git asks the network for the full name of this host, for the reflog.
    GIT_COMMITTER_NAME: 'Oore',
    GIT_COMMITTER_EMAIL: 'oore@localhost',
    ...asConfig([
      ...configOf(lowSpeedSeconds, credential && `credential.${origin}.helper`),
      // The variable would go before the configuration of a single origin.
      ...(isMoved ? [['http.sslCAInfo', general] as [string, string]] : []),
      ...(tls === null || origin === null ? [] : tlsConfig(origin, tls, file)),
    ]),
    ...(credential && asVariables(credential)),
  }
}

/** Git does not know OpenSSL's names, and not each of its https libraries does. */
function certificatesOf(
  network: Record<string, string>,
): Record<string, string> & { GIT_SSL_CAINFO?: string } {
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: directory } = network
  return {
    ...network,
    ...(file !== undefined && { GIT_SSL_CAINFO: file }),
    ...(directory !== undefined && { GIT_SSL_CAPATH: directory }),
  }
}

const sshCommand = [
  'ssh',
  '-o BatchMode=yes',
  `-o ConnectTimeout=${connectSeconds}`,
  '-o StrictHostKeyChecking=accept-new',
  '-o ServerAliveInterval=15',
  '-o ServerAliveCountMax=4',
].join(' ')

/** https and ssh always, for submodules; more only where the address itself was allowed to be so. */
function transportsFor(url: string): string {
  const scheme = /^(file|http):/.exec(url)?.[1]
  return scheme === undefined ? 'https:ssh' : `https:ssh:${scheme}`
}

function configOf(lowSpeedSeconds: number, helperKey: string | null): [string, string][] {
  return [
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['core.askPass', ''],
    ['core.protectHFS', 'true'],
    ['core.protectNTFS', 'true'],
    ['protocol.ext.allow', 'never'],
    ['http.followRedirects', 'false'],
    ['http.lowSpeedLimit', String(lowSpeedBytesPerSecond)],
    ['http.lowSpeedTime', String(lowSpeedSeconds)],
    ['submodule.recurse', 'false'],
    ['fetch.recurseSubmodules', 'false'],
    ['gc.autoDetach', 'false'],
    ['advice.detachedHead', 'false'],
    ['credential.helper', ''],
    // Named with the remote's origin, so that git asks it for no other host.
    [helperKey ?? 'credential.helper', helperKey === null ? '' : credentialHelper],
  ]
}

/** Configuration by environment: unlike `-c` it is not to be read in the list of processes. */
function asConfig(entries: [string, string][]): Record<string, string> {
  const environment: Record<string, string> = { GIT_CONFIG_COUNT: String(entries.length) }
  entries.forEach(([key, value], index) => {
    environment[`GIT_CONFIG_KEY_${index}`] = key
    environment[`GIT_CONFIG_VALUE_${index}`] = value
  })
  return environment
}
