import { existsSync, rmdirSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf } from '../../lib/errors.ts'
import { sha256Hex } from '../../lib/crypto.ts'
import { isInside } from '../working-directory.ts'
import { undoBuildJournal } from './build-journal.ts'
import { deleteKeychain } from './ios/commands.ts'
import { restoreDefaultKeychain, restoreSearchList, tell } from './ios/security.ts'
import { isShared, keepInJournal, partOf, readJournal, type Undo } from './journal.ts'
import type { SigningMachine } from './machine.ts'

/**
 * Undoes what a journal tells of, the last change first, each by itself, and as often as one likes.
 * What could not be undone stays in the journal, and is said in sentences; the journal goes where
 * nothing stays. With `which` `own`, only what no other build shares: without the lock no more may
 * be touched. Never throws.
 */
export async function undoAll(
  journal: string,
  machine: SigningMachine,
  which: 'all' | 'own' = 'all',
): Promise<string[]> {
  const all = readJournal(journal)
  const left: Undo[] = []
  const sentences: string[] = []
  for (const each of all.toReversed()) {
    if (which === 'own' && isShared(each)) {
      left.unshift(each)
      continue
    }
    const trouble = await undoOne(each, machine).catch((error: unknown) => [messageOf(error)])
    if (trouble.length === 0) continue
    left.unshift(each)
    sentences.push(...trouble.map((why) => `${wordsFor(each)}: ${why}`))
  }
  try {
    // Whoever holds the lock may be undoing the rest of it at this moment.
    if (which === 'all' || left.length === 0) keepInJournal(journal, left)
  } catch (error) {
    sentences.push(`The journal ${journal} could not be written: ${messageOf(error)}`)
  }
  return sentences
}

/** Why it could not be undone, as half sentences. */
async function undoOne(undo: Undo, machine: SigningMachine): Promise<string[]> {
  switch (undo.kind) {
    case 'directory':
      await rm(undo.path, { recursive: true, force: true, maxRetries: 3 })
      return []
    case 'keychain':
      return asList(await removeKeychain(machine, undo.path))
    case 'search_list':
      return asList(await restoreSearchList(machine, undo.keychains, ofOtherBuild(undo.root)))
    case 'default_keychain':
      return asList(await restoreDefaultKeychain(machine, undo.keychain, ofOtherBuild(undo.root)))
    case 'file':
      await putBack(undo)
      return []
    case 'made_directory':
      removeEmpty(undo.path)
      return []
    case 'build_journal':
      return undoBuildJournal(machine, undo, {
        removeKeychain: (path) => removeKeychain(machine, path),
        isOfOtherBuild: ofOtherBuild(undo.root),
      })
    default:
      return undo satisfies never
  }
}

const asList = (why: string | null): string[] => (why === null ? [] : [why])

/** A path in the workspace of a build that is not the one whose root this is. */
const ofOtherBuild =
  (root: string) =>
  (path: string): boolean =>
    isInside(path, dirname(root)) && !isInside(path, root)

/** By `security`, which takes it off the search list too, and by hand where that knows none. */
async function removeKeychain(machine: SigningMachine, path: string): Promise<string | null> {
  const told = await tell(machine, deleteKeychain(path))
  await rm(path, { force: true })
  if (!existsSync(path)) return null
  return told.is === 'refused' ? told.why : 'it is still there'
}

/** Only what is still the build's: what another has written there since is that one's. */
async function putBack(undo: Extract<Undo, { kind: 'file' }>): Promise<void> {
  await rm(partOf(undo.path), { force: true })
  const now = await readFile(undo.path).catch(() => null)
  const isOurs = now === null || sha256Hex(now) === undo.sha256
  if (undo.before !== null && existsSync(undo.before)) {
    if (isOurs) await rename(undo.before, undo.path)
    return
  }
  if (undo.before === null && isOurs) await rm(undo.path, { force: true })
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path)
  } catch {
    // Something is in it that is not this build's, or it has gone already.
  }
}

function wordsFor(undo: Undo): string {
  switch (undo.kind) {
    case 'directory':
      return `The signing files in ${undo.path} could not be removed`
    case 'keychain':
      return `The keychain ${undo.path} could not be deleted`
    case 'search_list':
      return `The list of keychains could not be put back (${undo.keychains.join(', ')})`
    case 'default_keychain':
      return `The default keychain could not be put back (${undo.keychain ?? 'none'})`
    case 'file':
      return `${undo.path} could not be ${undo.before === null ? 'removed' : 'put back'}`
    case 'made_directory':
      return `${undo.path} could not be removed`
    case 'build_journal':
      return 'What the build’s own commands have changed could not be undone'
    default:
      return undo satisfies never
  }
}
