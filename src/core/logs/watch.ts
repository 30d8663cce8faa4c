import { type Bells, Waiter } from '../../lib/bell.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Id } from '../../lib/ids.ts'
import type { BuildDetail } from '../builds/build.ts'
import { logTopic } from './store.ts'

/** Looks at one build again and again, and waits between the looks until there is more to see. */
export type BuildWatch = {
  /** How things stand: asked for once per change of the build, not once per look. */
  detail(): Promise<BuildDetail>
  /** Also wake for more of this step's log, and of no other. */
  listenTo(position: number): void
  /** Resolves at once when something rang since the last wait. */
  wait(timeoutMs: Millis): Promise<'rung' | 'timeout' | 'aborted'>
  /** Stops listening. Must be called whatever happens. */
  close(): void
}

export type WatchOptions = {
  bells: Bells
  buildId: Id
  show: () => Promise<BuildDetail>
  signal: AbortSignal
}

export function watchBuild({ bells, buildId, show, signal }: WatchOptions): BuildWatch {
  const waiter = new Waiter()
  let known: BuildDetail | null = null
  let changes = 0
  let heard: number | null = null
  let leaveLog = () => {}
  // Listening comes before the first look, or a change between the two would be missed.
  const leaveBuild = bells.listen(`build:${buildId}`, () => {
    known = null
    changes += 1
    waiter.ring()
  })

  return {
    async detail() {
      if (known) return known
      const seen = changes
      const detail = await show()
      // Changed while it was read: good enough to show, and to be asked for again at the next look.
      if (seen === changes) known = detail
      return detail
    },
    listenTo(position) {
      if (position === heard) return
      leaveLog()
      heard = position
      leaveLog = bells.listen(logTopic(buildId, position), waiter.ring)
    },
    wait: (timeoutMs) => waiter.wait(timeoutMs, signal),
    close() {
      leaveBuild()
      leaveLog()
    },
  }
}
