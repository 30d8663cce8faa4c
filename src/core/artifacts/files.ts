import { join } from 'node:path'
import type { Config } from '../../config.ts'
import type { Id } from '../../lib/ids.ts'

/** Artifacts lie under their ids: nothing that a build named ever becomes a path here. */
export const artifactDirectory = (config: Config, buildId: Id): string =>
  join(config.artifactsDir, buildId)

export const artifactFile = (config: Config, buildId: Id, artifactId: Id): string =>
  join(artifactDirectory(config, buildId), artifactId)

/** Bytes that are still coming in; renamed when all are here and the hash fits. */
export const partFile = (config: Config, buildId: Id, artifactId: Id): string =>
  `${artifactFile(config, buildId, artifactId)}.part`
