import type { Bells } from '../../lib/bell.ts'
import { seconds, type Clock, type Millis } from '../../lib/clock.ts'
import type { Answer } from './answer.ts'

/** Relative times in a page may be this old. */
const ageMax = seconds(1)
const keptMax = 200

/** What any kept page shows moves with one of these. */
const topics = [
  'builds',
  'queue',
  'deliveries',
  'repositories',
  'fact:step.started',
  'fact:step.finished',
  'fact:artifact.stored',
  'fact:tests.taken',
]

/**
 * Finished answers of pages that many look at, so that a crowd costs one rendering. An answer is
 * good while no build changed and nobody changed anything through this server, for a second at most.
 */
export type KeptAnswers = {
  /** The kept answer under this key, one that is being made, or a new one. */
  get(key: string, make: () => Promise<Answer>): Promise<Answer>
  /** Something changed: nothing that is kept is good any more. */
  drop(): void
}

export function keptAnswers(bells: Bells, clock: Clock): KeptAnswers {
  const kept = new Map<string, { answer: Promise<Answer>; madeAt: Millis }>()
  const drop = () => kept.clear()
  for (const topic of topics) bells.listen(topic, drop)

  return {
    drop,
    async get(key, make) {
      const now = clock()
      const known = kept.get(key)
      if (known !== undefined && Math.abs(now - known.madeAt) < ageMax) return known.answer
      if (kept.size >= keptMax) kept.clear()
      const entry = { answer: make(), madeAt: now }
      kept.set(key, entry)
      const forget = () => {
        if (kept.get(key) === entry) kept.delete(key)
      }
      try {
        const answer = await entry.answer
        if (answer.passing === true) forget()
        return answer
      } catch (error) {
        forget()
        throw error
      }
    },
  }
}
