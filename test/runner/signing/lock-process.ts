import { appendFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { takeLock } from '../../../src/runner/signing/lock.ts'

/* Started by the tests: takes a lock a few times, and notes in a file when it holds it. */
const [path = '', notes = '', build = '', times = ''] = process.argv.slice(2)

for (let time = 0; time < Number(times); time += 1) {
  const lock = await takeLock({
    path,
    build,
    journal: `/journals/${build}`,
    onWait: () => {},
    onStale: async (journal) => appendFileSync(notes, `undo ${journal}\n`),
    signal: new AbortController().signal,
  })
  appendFileSync(notes, `take ${build}\n`)
  await wait(3)
  appendFileSync(notes, `leave ${build}\n`)
  lock.release()
}
