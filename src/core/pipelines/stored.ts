import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'
import type { PipelineFormat } from '../../pipeline/read.ts'
import type { ConfigSource } from '../builds/build.ts'

/** A configuration kept in the database. Each change is a new version; none is overwritten. */
export type StoredPipeline = {
  repositoryId: Id
  version: number
  format: PipelineFormat
  content: string
  createdBy: string
  createdAt: Millis
}

/** As its history shows it: without content it marks the return to the file in the repository. */
export type PipelineVersion = Omit<StoredPipeline, 'content'> & { content: string | null }

/** The configuration that the next build of the default branch would use. */
export type PipelineInForce = {
  source: ConfigSource
  format: PipelineFormat
  content: string
  /** The file's name where it came from the repository. */
  fileName: string | null
  version: number | null
  updatedAt: Millis | null
  updatedBy: string | null
  /** The stored version that is not used because the repository's own file goes first. */
  passedOver: number | null
  /** Sentences about files that look like a configuration and are not read. */
  misplaced: string[]
}
