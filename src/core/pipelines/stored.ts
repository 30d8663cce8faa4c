import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'
import type { ConfigSource } from '../builds/build.ts'

export type PipelineFormat = 'yaml' | 'huml'

/** A configuration kept in the database. Each change is a new version; none is overwritten. */
export type StoredPipeline = {
  repositoryId: Id
  version: number
  format: PipelineFormat
  content: string
  createdBy: string
  createdAt: Millis
}

/** The configuration that the next build of the default branch would use. */
export type PipelineInForce = {
  source: ConfigSource
  format: PipelineFormat
  content: string
  /** The file's name where it came from the repository. */
  fileName: string | null
  version: number | null
  updatedAt: Millis | null
}
