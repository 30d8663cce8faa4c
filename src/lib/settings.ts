import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { messageOf } from './errors.ts'
import { Secret } from './secret.ts'

/** One variable that cannot be used: what was found (never a secret's value), what is expected. */
export type ConfigMistake = { name: string; found: string; expected: string }

/** 10.0.0.0/8 is a network that somebody has; half of all addresses is none. */
const broadBits4 = 8
const broadBits6 = 32
/** Is this a name or an address of this machine's own? */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

type SecretRule = { expected: string; fits: (text: string) => boolean; required?: boolean }

/**
 * Reads settings by name; what cannot be used is added to the mistakes and the fallback is taken, so
 * that a start tells of all mistakes at once. `asked` holds every name that was asked for.
 */
export function settingsReader(
  environment: Readonly<Record<string, string | undefined>>,
  mistakes: ConfigMistake[],
) {
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

    /** Unlike Oore's own address these may have a path: /api/v3 of GitHub Enterprise Server. */
    forgeUrl(name: string, fallback: string): URL {
      const found = text(name) ?? fallback
      const url = URL.canParse(found) ? new URL(found) : null
      if (
        url !== null &&
        (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))) &&
        `${url.username}${url.search}${url.hash}` === ''
      ) {
        url.pathname = url.pathname.replace(/\/+$/, '')
        return url
      }
      wrong(name, `"${found}"`, 'an https:// address, such as https://github.example.com/api/v3')
      return new URL(fallback)
    },

    github(): { url: URL; apiUrl: URL } {
      const url = this.forgeUrl('OORE_GITHUB_URL', 'https://github.com')
      const isGithubCom = url.host === 'github.com'
      const api = isGithubCom ? 'https://api.github.com' : `${url.origin}/api/v3`
      return { url, apiUrl: this.forgeUrl('OORE_GITHUB_API_URL', api) }
    },

    /** A range so wide that it is no list any more needs a second word. */
    narrowCidrs(name: string, unless: string): string[] {
      const found = this.cidrs(name)
      const isBroadAllowed = this.flag(unless, false)
      const broad = found.filter((cidr) => {
        const [address = '', bits] = cidr.split('/')
        return bits !== undefined && Number(bits) < (isIP(address) === 4 ? broadBits4 : broadBits6)
      })
      if (broad.length === 0 || isBroadAllowed) return found
      const expected = `ranges no wider than /${broadBits4} (IPv6: /${broadBits6}), or ${unless}=true beside it`
      wrong(name, `"${broad.join(', ')}"`, expected)
      return []
    },

    certificates(name: string): { file: string; pem: string } | null {
      const file = text(name)
      if (file === null) return null
      const expected = 'a file of certificates in PEM (-----BEGIN CERTIFICATE-----)'
      try {
        const pem = readFileSync(file, 'utf8')
        if (pem.includes('-----BEGIN CERTIFICATE-----')) return { file: resolve(file), pem }
        wrong(name, `"${file}", which holds no certificate`, expected)
      } catch (error) {
        wrong(name, `"${file}" (${messageOf(error)})`, expected)
      }
      return null
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
