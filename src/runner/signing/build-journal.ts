import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, normalize } from 'node:path'
import { z } from 'zod'
import { KiB } from '../../lib/sizes.ts'
import { isInside } from '../working-directory.ts'
import { restoreDefaultKeychain, restoreSearchList } from './ios/security.ts'
import { profileDirectories, certificateDirectory } from './ios/places.ts'
import type { Undo } from './journal.ts'
import type { SigningMachine } from './machine.ts'

/*
 * The journal that a build's own commands append to, named by OORE_SIGNING_JOURNAL: what `keychain
 * initialize` and its like change is undone with the rest. One JSON value a line, each written
 * before the change:
 *
 *   {"undo": {"kind": "keychain", "path": "/…/build.keychain-db"}}      made by the build
 *   {"undo": {"kind": "file", "path": "/…/<UUID>.mobileprovision"}}     installed by the build
 *   {"undo": {"kind": "search_list"}}                                   the list of keychains was changed
 *   {"undo": {"kind": "default_keychain"}}                              so was the default one
 *
 * Other kinds and keys are passed over. Scripts of the build can write to it, so it is believed in
 * nothing but names: only keychains in the build's workspace or in ~/Library/Keychains, and profiles
 * and certificates in Apple's directories, are removed, and only those that came after the build
 * began; the list and the default become what the runner itself saw before the build.
 */

/** Lines beyond these are no helper's. */
const bytesMax = 256 * KiB
const entriesMax = 200

const entry = z.object({ undo: z.object({ kind: z.string(), path: z.string().optional() }) })

type BuildJournal = Extract<Undo, { kind: 'build_journal' }>

/** Undoes it as far as it may be believed; returns why the rest was left, as half sentences. */
export async function undoBuildJournal(
  machine: SigningMachine,
  journal: BuildJournal,
  means: {
    removeKeychain: (path: string) => Promise<string | null>
    isOfOtherBuild: (keychain: string) => boolean
  },
): Promise<string[]> {
  const entries = readEntries(journal.path)
  if (entries.length === 0) return []
  const trouble: string[] = []
  for (const { kind, path } of entries.toReversed()) {
    if (path === undefined) continue
    if (kind === 'keychain' && mayDelete(path, journal, machine)) {
      const why = await means.removeKeychain(path)
      if (why !== null) trouble.push(`${path}: ${why}`)
    }
    if (kind === 'file' && mayRemove(path, journal, machine)) await rm(path, { force: true })
  }
  // Any of the commands may have touched both, and a keychain that is gone is on neither.
  if (journal.search_list !== null) {
    const { search_list: list, default_keychain: own } = journal
    const whys = [
      await restoreSearchList(machine, list, means.isOfOtherBuild),
      await restoreDefaultKeychain(machine, own, means.isOfOtherBuild),
    ]
    trouble.push(...whys.filter((why) => why !== null))
  }
  return trouble
}

/** What the build has noted; what is no plain file of a sensible size holds nothing. */
function readEntries(path: string): { kind: string; path?: string | undefined }[] {
  return textOf(path)
    .split('\n', entriesMax)
    .flatMap((line) => {
      try {
        return [entry.parse(JSON.parse(line)).undo]
      } catch {
        return []
      }
    })
}

function textOf(path: string): string {
  try {
    // Not through a link, and without waiting for a pipe to be written to.
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const found = fstatSync(file)
      return found.isFile() && found.size <= bytesMax ? readFileSync(file, 'utf8') : ''
    } finally {
      closeSync(file)
    }
  } catch {
    return ''
  }
}

/** A keychain that the build may have made, and none that an account lives by. */
function mayDelete(path: string, journal: BuildJournal, { home }: SigningMachine): boolean {
  if (!isPlain(path) || !/\.keychain(-db)?$/.test(path)) return false
  if (/^(login|system|metadata)/i.test(basename(path))) return false
  const known = [...(journal.search_list ?? []), journal.default_keychain]
  if (known.some((each) => each !== null && sameKeychain(each, path))) return false
  const isOfBuild = isInside(dirname(path), journal.root)
  return (
    (isOfBuild || dirname(path) === realOr(join(home, 'Library/Keychains'))) && isNew(path, journal)
  )
}

/** A profile or a certificate where Apple's tools look for them. */
function mayRemove(path: string, journal: BuildJournal, machine: SigningMachine): boolean {
  const places = [...profileDirectories(machine), certificateDirectory(machine)]
  return (
    isPlain(path) &&
    /\.(mobileprovision|provisionprofile|p12|cer)$/.test(path) &&
    places.some((place) => dirname(path) === realOr(place)) &&
    isNew(path, journal)
  )
}

/** No dots, and no link on the way. */
const isPlain = (path: string): boolean =>
  isAbsolute(path) && normalize(path) === path && realOr(dirname(path)) === dirname(path)

/** `security` adds `-db` to a name that has none. */
const sameKeychain = (one: string, other: string): boolean =>
  one.replace(/-db$/, '') === other.replace(/-db$/, '')

/** Is it a plain file that came after the build had begun? What is not there was deleted already. */
function isNew(path: string, { made_at_ms }: BuildJournal): boolean {
  try {
    const found = lstatSync(path)
    return found.isFile() && found.birthtimeMs > made_at_ms
  } catch {
    return false
  }
}

function realOr(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
