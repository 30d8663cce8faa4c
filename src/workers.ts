import { setMaxListeners } from 'node:events'
import { workComments } from './core/comments/worker.ts'
import type { Ctx } from './core/ctx.ts'
import { workDeliveries } from './core/deliveries/worker.ts'
import { workExpiry } from './core/expiry/tell.ts'
import { workGithub } from './core/github/worker.ts'
import { watchLeases, workTidying } from './core/maintenance/tidy.ts'
import { keepWorking } from './core/maintenance/work.ts'
import { workGitlab } from './core/gitlab/worker.ts'
import { workReconcile } from './core/reconcile/worker.ts'
import { reactions } from './core/reactions/index.ts'
import { workReaction } from './core/reactions/worker.ts'
import { workStatuses } from './core/statuses/worker.ts'

/**
 * Starts all that Oore does by itself, each part begun anew where it fails. `stop` resolves when what
 * is in hand is settled.
 */
export function startWorkers(system: Ctx): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const { signal } = stopping
  // Each part waits on it, and Node takes more than ten that do for a leak.
  setMaxListeners(0, signal)
  const workers: Record<string, (signal: AbortSignal) => Promise<void>> = {
    deliveries: (until) => workDeliveries(system, until),
    statuses: (until) => workStatuses(system, until),
    comments: (until) => workComments(system, until),
    github: (until) => workGithub(system, until),
    expiry: (until) => workExpiry(system, until),
    tidying: (until) => workTidying(system, until),
    gitlab: (until) => workGitlab(system, until),
    reconcile: (until) => workReconcile(system, until),
    leases: (until) => watchLeases(system, until),
    ...Object.fromEntries(
      reactions.map((reaction) => [
        reaction.name,
        (until: AbortSignal) => workReaction(system, reaction, until),
      ]),
    ),
  }
  const running = Object.entries(workers).map(([name, work]) =>
    keepWorking(system, name, signal, work),
  )
  return {
    async stop() {
      stopping.abort()
      await Promise.all(running)
    },
  }
}
