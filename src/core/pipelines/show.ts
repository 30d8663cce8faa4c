import type { Id } from '../../lib/ids.ts'
import type { Workflow } from '../../pipeline/pipeline.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { findRepositoryRow } from '../repositories/find.ts'
import { findPipeline, storedPipeline } from './find.ts'
import type { PipelineInForce } from './stored.ts'

/**
 * The configuration that the next build of the default branch would use. Throws as Scm.look does
 * where the repository has to be asked and cannot be.
 */
export async function showPipeline(ctx: Ctx, repositoryId: Id): Promise<PipelineInForce> {
  if (!may(ctx.actor, 'pipeline.read', { repositoryId })) throw refused(ctx.actor)
  const row = await findRepositoryRow(ctx, repositoryId)
  const stored = await storedPipeline(ctx, repositoryId)
  if (stored) {
    const { format, content, version, createdAt } = stored
    return { source: 'database', format, content, fileName: null, version, updatedAt: createdAt }
  }
  const { found } = await findPipeline(ctx, row, { branch: row.defaultBranch })
  const { source, format, content, fileName } = found
  return { source, format, content, fileName, version: null, updatedAt: null }
}

/** The workflows of the default branch's configuration, for choosing one. Throws as showPipeline. */
export async function listWorkflows(
  ctx: Ctx,
  repositoryId: Id,
): Promise<Pick<Workflow, 'id' | 'name' | 'inputs'>[]> {
  if (!may(ctx.actor, 'pipeline.read', { repositoryId })) throw refused(ctx.actor)
  const row = await findRepositoryRow(ctx, repositoryId)
  const { found } = await findPipeline(ctx, row, { branch: row.defaultBranch })
  return (found.pipeline?.workflows ?? []).map(({ id, name, inputs }) => ({ id, name, inputs }))
}
