import type { Millis } from '../../../lib/clock.ts'
import { OoreError } from '../../../lib/errors.ts'
import { oneLine } from '../../../lib/one-line.ts'
import { isInside } from '../../working-directory.ts'
import { ask, type SigningMachine } from '../machine.ts'
import {
  keychainsIn,
  readDefaultKeychain,
  readSearchList,
  setDefaultKeychain,
  setSearchList,
  type Said,
} from './commands.ts'

const whyCharsMax = 300

/** What came of something said to a program of Apple's. */
export type Told = { is: 'done'; stdout: string } | { is: 'refused'; why: string }

/** Says it, and tells whether it was done. */
export async function tell(
  machine: SigningMachine,
  { command, input }: Said,
  more: { signal?: AbortSignal; timeoutMs?: Millis } = {},
): Promise<Told> {
  const answer = await ask(machine, command, { ...more, ...(input !== undefined && { input }) })
  if (answer.is === 'unanswered') return { is: 'refused', why: answer.why }
  const { exitCode, stdout, stderr } = answer
  // In the interactive mode the exit code is that of the end of its lines; a command that fails is
  // told of in words: `import: returned 1`.
  const returned = /^\S+: returned (-?\d+)$/m.exec(stderr)?.[1]
  if (exitCode === 0 && (returned === undefined || returned === '0')) return { is: 'done', stdout }
  const said = oneLine(stderr.replace(/^\S+: returned -?\d+$/gm, ''), whyCharsMax)
  return { is: 'refused', why: said === '' ? `it ended with ${returned ?? exitCode}` : said }
}

/** Does it, or throws OoreError with what was wanted and what the program said. */
export async function insist(
  machine: SigningMachine,
  wanted: string,
  said: Said,
  signal?: AbortSignal,
): Promise<string> {
  const told = await tell(machine, said, signal && { signal })
  if (told.is === 'done') return told.stdout
  throw new OoreError('unavailable', `${wanted} failed: ${told.why}`)
}

/** How the keychains of an account stand. */
export type Standing = { searchList: string[]; defaultKeychain: string | null }

/** How they stand now; what belongs to a build in `workspaces` is left out. Throws OoreError. */
export async function readStanding(
  machine: SigningMachine,
  workspaces: string,
  signal?: AbortSignal,
): Promise<Standing> {
  const list = await insist(machine, 'To read the list of keychains', readSearchList, signal)
  // It fails where there is none.
  const told = await tell(machine, readDefaultKeychain, signal && { signal })
  const found = told.is === 'done' ? (keychainsIn(told.stdout)[0] ?? null) : null
  return {
    searchList: keychainsIn(list).filter((each) => !isInside(each, workspaces)),
    defaultKeychain: found !== null && isInside(found, workspaces) ? null : found,
  }
}

/**
 * Makes the search list what it was. Keychains of other builds that are on it now stay: they sign
 * with them. Returns why that could not be done, null where it was.
 */
export async function restoreSearchList(
  machine: SigningMachine,
  keychains: readonly string[],
  isOfOtherBuild: (keychain: string) => boolean,
): Promise<string | null> {
  const told = await tell(machine, readSearchList)
  if (told.is === 'refused') return told.why
  const now = keychainsIn(told.stdout)
  const wanted = [...now.filter(isOfOtherBuild), ...keychains]
  if (now.join('\n') === wanted.join('\n')) return null
  const set = await tell(machine, setSearchList(wanted))
  return set.is === 'done' ? null : set.why
}

/** The same of the default keychain. */
export async function restoreDefaultKeychain(
  machine: SigningMachine,
  keychain: string | null,
  isOfOtherBuild: (keychain: string) => boolean,
): Promise<string | null> {
  const told = await tell(machine, readDefaultKeychain)
  const now = told.is === 'done' ? (keychainsIn(told.stdout)[0] ?? null) : null
  if (now === keychain || (now !== null && isOfOtherBuild(now))) return null
  const set = await tell(machine, setDefaultKeychain(keychain))
  return set.is === 'done' ? null : set.why
}
