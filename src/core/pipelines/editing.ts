import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import type { Draft } from './draft.ts'
import { showPipeline } from './show.ts'
import { newestVersion } from './store.ts'
import { showPipelineVersion } from './versions.ts'

/** What an editor begins with, and the version that it must still find when it stores. */
export type Beginning = Draft & { baseVersion: number; begunFrom: number | null }

/**
 * The configuration in use, or the stored version that is named, as the beginning of a new one.
 * Throws OoreError `not_found` where there is no such version, and as showPipeline.
 */
export async function beginEditing(
  ctx: Ctx,
  repositoryId: Id,
  version: number | null,
): Promise<Beginning> {
  if (!may(ctx.actor, 'pipeline.read', { repositoryId })) throw refused(ctx.actor)
  // Before what it begins from: whoever stores in between is then noticed.
  const baseVersion = await newestVersion(ctx.db.read, repositoryId)
  if (version === null) {
    const { format, content } = await showPipeline(ctx, repositoryId)
    return { format, content, baseVersion, begunFrom: null }
  }
  const { format, content } = await showPipelineVersion(ctx, repositoryId, version)
  return { format, content: content ?? '', baseVersion, begunFrom: version }
}
