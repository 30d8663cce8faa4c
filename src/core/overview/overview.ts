import type { Build } from '../builds/build.ts'
import type { Credential } from '../credentials/credential.ts'
import type { Repository } from '../repositories/repository.ts'

/** The state of the work, as the dashboard shows it. */
export type Overview = {
  /** Builds that run or wait, running first. At most 20. */
  active: Build[]
  /** The newest finished builds. At most 10. */
  recent: Build[]
  /** Commits of forks that wait for an approval, the newest first, and how many builds. At most 10. */
  approvals: { build: Build; count: number }[]
  /** What builds sign with that has expired or will within 30 days. At most 20. */
  expiring: Credential[]
  /** Repositories whose default branch failed last, with that build. At most 10. */
  failing: { repository: Repository; build: Build }[]
  /** Per repository its newest builds, newest first, at most 20 each; at most 20 repositories. */
  repositories: { repository: Repository; builds: Build[] }[]
  /** Over the last 30 days; null rate and median without a finished build. */
  statistics: { finished: number; successRate: number | null; medianDurationMs: number | null }
  /** What a fresh server still lacks, in order. */
  checklist: {
    /** Whether forges can call this server was looked at, or one has called already. */
    checkedAddress: boolean
    /** A forge is connected, so that repositories and their pushes come by themselves. */
    connectedForge: boolean
    addedRepository: boolean
    builtOnce: boolean
    receivedDelivery: boolean
  }
}
