import { setImmediate as turn } from 'node:timers/promises'
import { monotonicClock } from './clock.ts'

/** After a busy moment so many turns of the event loop are waited for others to come along. */
const turnsWhenBusy = 4
const busyMs = 20

/**
 * Gathers calls that come at about the same time, and does them together: at once when it was
 * idle, a little later while many come. `run` gets the items in the order they came and answers in
 * that order; when it throws, all of them fail.
 */
export function batched<Item, Answer>(
  run: (items: readonly Item[]) => Promise<readonly Answer[]>,
  itemsMax: number,
): (item: Item) => Promise<Answer> {
  type Waiting = { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void }
  const waiting: Waiting[] = []
  let isRunning = false
  let lastRanAt = -Infinity

  async function work(): Promise<void> {
    isRunning = true
    while (waiting.length > 0) {
      const turns = monotonicClock() - lastRanAt < busyMs ? turnsWhenBusy : 1
      for (let i = 0; i < turns; i += 1) await turn()
      const batch = waiting.splice(0, itemsMax)
      try {
        const answers = await run(batch.map(({ item }) => item))
        batch.forEach(({ resolve }, index) => resolve(answers[index] as Answer))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
      lastRanAt = monotonicClock()
    }
    isRunning = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!isRunning) void work()
    })
}
