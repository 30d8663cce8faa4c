import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { storePipeline } from './store.ts'
import type { StoredPipeline } from './stored.ts'
import { showPipelineVersion } from './versions.ts'

/**
 * Stores what an old version says as a new version. Throws OoreError `not_found`, `conflict` where
 * that version is a return to the file, and `invalid` where this Oore finds errors in it.
 */
export async function restorePipeline(
  ctx: Ctx,
  repositoryId: Id,
  version: number,
): Promise<StoredPipeline> {
  if (!may(ctx.actor, 'pipeline.store', { repositoryId })) throw refused(ctx.actor)
  const { format, content } = await showPipelineVersion(ctx, repositoryId, version)
  if (content !== null) return storePipeline(ctx, repositoryId, { format, content })
  throw new OoreError(
    'conflict',
    `Version ${version} is a return to the file in the repository: it holds no configuration.`,
  )
}
