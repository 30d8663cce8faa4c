import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SigningMachine } from '../../../src/runner/signing/machine.ts'

export type Account = {
  home: string
  /** A Mac as far as signing goes: Apple's programs are stand-ins, the home is this account's. */
  machine: SigningMachine
  /** The search list and the default keychain. */
  standing(): { list: string[]; default: string | null }
  setStanding(changed: Record<string, unknown>): void
  /** The arguments of each call of security, as every process of the machine could read them. */
  calls(): string[]
  /** The commands it was given, those from stdin too, without passwords. */
  commands(): string[]
  /** The next calls of these commands of security fail with these messages. */
  failNext(faults: Record<string, string[]>): void
  /** Every file and directory of the home, with what is in it, but for the stand-ins' own. */
  tree(): Record<string, string>
  loginKeychain: string
  [Symbol.dispose](): void
}

/** An account on a Mac, with a login keychain that holds these certificates. */
export function makeAccount(certificates: readonly string[] = []): Account {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'oore-account-')))
  const state = join(home, '.stand-in')
  const loginKeychain = join(home, 'Library/Keychains/login.keychain-db')
  mkdirSync(state)
  mkdirSync(join(home, 'Library/Keychains'), { recursive: true })
  const accountFile = join(state, 'account.json')
  const write = (value: object) => writeFileSync(accountFile, JSON.stringify(value))
  const read = () =>
    JSON.parse(readFileSync(accountFile, 'utf8')) as ReturnType<Account['standing']>
  const lines = (name: string) =>
    existsSync(join(state, name)) ? readFileSync(join(state, name), 'utf8').trim().split('\n') : []
  write({ list: [loginKeychain], default: loginKeychain })
  writeFileSync(loginKeychain, JSON.stringify({ identities: [], certificates }))
  writeFileSync(join(state, 'xcode'), '16.2')
  const path = [import.meta.dirname, process.env['PATH'] ?? ''].join(':')
  return {
    home,
    machine: { platform: 'darwin', home, environment: { HOME: home, PATH: path } },
    standing: read,
    setStanding: (changed) => write({ ...read(), ...changed }),
    calls: () => lines('calls'),
    commands: () => lines('commands'),
    failNext: (faults) => writeFileSync(join(state, 'faults.json'), JSON.stringify(faults)),
    tree: () => treeOf(home, ['.stand-in']),
    loginKeychain,
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  }
}

function treeOf(root: string, leftOut: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const inside = path.slice(root.length + 1)
    if (leftOut.some((each) => inside === each || inside.startsWith(`${each}/`))) continue
    found[inside] = entry.isFile() ? readFileSync(path, 'latin1') : 'directory'
  }
  return found
}

/** What stays after signing: the place of the lock that runners of the account meet at. */
export const lockPlace = {
  'Library/Application Support': 'directory',
  'Library/Application Support/Oore': 'directory',
}
