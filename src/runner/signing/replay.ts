import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isShared, readJournal } from './journal.ts'
import { tryLock } from './lock.ts'
import { accountDirectory, type SigningMachine, type SigningPlace } from './machine.ts'
import { undoAll } from './undo.ts'

const ending = '.jsonl'

/** The journals of builds that run in this process: whoever replays the others leaves them alone. */
const living = new Set<string>()

/** From now on, until it has ended, this journal is of a build that runs. */
export function holdJournal(path: string): { letGo(): void } {
  living.add(path)
  return { letGo: () => void living.delete(path) }
}

export const journalPath = ({ journals }: SigningPlace, buildId: string): string =>
  join(journals, `${buildId}${ending}`)

/** The lock of the account: one build signs for Apple at a time. */
export const lockPath = (machine: SigningMachine): string =>
  join(accountDirectory(machine), 'signing.lock')

/**
 * Undoes what builds have left whose runner was killed, or what could not be undone before. What is
 * shared by the account stays while another runner signs on it: that one's lock is in the way, and
 * the next build here that takes it does the rest. What was done and what failed is said in the
 * runner's own log. Never throws.
 */
export async function replayJournals(place: SigningPlace): Promise<void> {
  const { machine, warn } = place
  const left = leftJournals(place)
  if (left.length === 0) return
  for (const journal of left) {
    for (const sentence of await undoAll(journal, machine, 'own')) warn(sentence)
  }
  const shared = left.find((journal) => readJournal(journal).some(isShared))
  if (shared === undefined && !existsSync(lockPath(machine))) return
  const lock = await tryLock({
    path: lockPath(machine),
    build: 'replay',
    journal: shared ?? left[0]!,
    onStale: async (journal) => {
      for (const sentence of await undoAll(journal, machine)) warn(sentence)
    },
  })
  if (lock === null) {
    warn('Another runner signs on this account; what killed builds left is undone after it.')
    return
  }
  try {
    for (const sentence of await replayHolding(place)) warn(sentence)
  } finally {
    lock.release()
  }
}

/** The same for whoever holds the lock; resolves with what could not be undone, in sentences. */
export async function replayHolding(place: SigningPlace): Promise<string[]> {
  const sentences: string[] = []
  for (const journal of leftJournals(place)) {
    sentences.push(...(await undoAll(journal, place.machine)))
  }
  return sentences
}

function leftJournals({ journals }: SigningPlace): string[] {
  try {
    return readdirSync(journals)
      .filter((name) => name.endsWith(ending))
      .map((name) => join(journals, name))
      .filter((path) => !living.has(path))
  } catch {
    return []
  }
}
