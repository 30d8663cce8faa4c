import type { Comparison } from '../../core/pipelines/compare.ts'
import type { Preview } from '../../core/pipelines/preview.ts'
import type { PipelineInForce, PipelineVersion } from '../../core/pipelines/stored.ts'
import type { Repository } from '../../core/repositories/repository.ts'
import type { Millis } from '../../lib/clock.ts'
import type { FieldError } from '../../lib/errors.ts'
import type { Page } from '../../lib/page.ts'
import type { PipelineFormat } from '../../pipeline/read.ts'
import type { Shell } from '../layout/shell.ts'
import type { NoticeKind } from '../ui/notice.tsx'
import { EditPart } from './edit.tsx'
import type { Explained } from './explain.tsx'
import { UsePart } from './use.tsx'
import { VersionPart } from './version.tsx'
import { VersionsPart } from './versions.tsx'

/** What is in use, what events would start, and the newest of its history. */
export type UseView = {
  /** Null when it could not be read now; `trouble` then says why. */
  inForce: PipelineInForce | null
  trouble: string | null
  /** Null as `inForce` is. */
  preview: Preview | null
  explained: Explained
  /** The newest few. */
  versions: Page<PipelineVersion>
}

/** A configuration that somebody is writing, and what the check says of it. */
export type EditView = {
  format: PipelineFormat
  content: string
  /** The newest version when the writing began: another one since is noticed. */
  baseVersion: number
  /** The old version it began with; null for the configuration in use. */
  begunFrom: number | null
  /** What was written for "run once"; the inputs by the names of their fields. */
  run: { branch: string; workflow: string; inputs: Readonly<Record<string, string>> }
  preview: Preview
  notice: { kind: NoticeKind; text: string } | null
  errors: readonly FieldError[]
  /** What was stored meanwhile. */
  conflict: PipelineVersion | null
}

export type PipelineView =
  | ({ shows: 'use' } & UseView)
  | ({ shows: 'edit' } & EditView)
  | { shows: 'versions'; page: Page<PipelineVersion>; cursor: string | null }
  | ({ shows: 'version'; isInForce: boolean } & Comparison)

type PipelineTabProps = {
  repository: Repository
  view: PipelineView
  may: Shell['may']
  now: Millis
}

/** The tab of a repository that is about its configuration, in parts that each have an address. */
export function PipelineTab({ repository, view, may, now }: PipelineTabProps) {
  switch (view.shows) {
    case 'use':
      return <UsePart repository={repository} view={view} may={may} now={now} />
    case 'edit':
      return <EditPart repository={repository} view={view} now={now} />
    case 'versions':
      return (
        <VersionsPart repository={repository} page={view.page} cursor={view.cursor} now={now} />
      )
    case 'version':
      return <VersionPart repository={repository} view={view} may={may} now={now} />
  }
}
