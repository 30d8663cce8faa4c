import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'
import type { BuildStatus, TriggerType } from './build.ts'

/** What a list of builds may be narrowed by: the query of `/builds` and of `GET /api/builds`. */
export type BuildFilters = {
  repository: Id | null
  status: BuildStatus | null
  branch: string | null
  trigger: TriggerType | null
  workflow: string | null
  /** A commit SHA's beginning, a branch, or words of the commit message. */
  q: string | null
  since: Millis | null
  until: Millis | null
  sort: '-queued_at' | '-duration_ms'
}

export const noFilters: BuildFilters = {
  repository: null,
  status: null,
  branch: null,
  trigger: null,
  workflow: null,
  q: null,
  since: null,
  until: null,
  sort: '-queued_at',
}
