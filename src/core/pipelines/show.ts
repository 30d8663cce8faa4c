import type { Id } from '../../lib/ids.ts'
import { misplacedText } from '../../pipeline/default.ts'
import type { Workflow } from '../../pipeline/pipeline.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { withAuthorNames } from '../users/names.ts'
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
  // Then the repository need not be asked, which may be away.
  const isDecided = stored !== null && row.configurationFirst === 'stored'
  const found = isDecided
    ? null
    : (await findPipeline(ctx, row, { branch: row.defaultBranch })).found
  if (stored && (found === null || found.source === 'database')) {
    const { format, content, version, createdAt } = stored
    const [{ createdBy } = stored] = await withAuthorNames(ctx, [stored])
    const from = { source: 'database' as const, format, content, fileName: null, misplaced: [] }
    return { ...from, version, updatedAt: createdAt, updatedBy: createdBy, passedOver: null }
  }
  if (found === null) throw new Error('nothing was looked for, and nothing is stored')
  const { source, format, content, fileName } = found
  return {
    source,
    format,
    content,
    fileName,
    version: null,
    updatedAt: null,
    updatedBy: null,
    passedOver: stored?.version ?? null,
    misplaced: found.misplaced.map(misplacedText),
  }
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

/**
 * The name of the repository's own file on the default branch, whatever is stored; null where there
 * is none. Throws as Scm.look does.
 */
export async function showOwnFile(ctx: Ctx, repositoryId: Id): Promise<string | null> {
  if (!may(ctx.actor, 'pipeline.read', { repositoryId })) throw refused(ctx.actor)
  const row = await findRepositoryRow(ctx, repositoryId)
  const fileFirst = { ...row, configurationFirst: 'repository' as const }
  const { found } = await findPipeline(ctx, fileFirst, { branch: row.defaultBranch })
  return found.fileName
}
