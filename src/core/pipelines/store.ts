import { eq, max } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import type { PipelineFormat } from '../../pipeline/read.ts'
import { may, refused } from '../access/may.ts'
import { actorText } from '../access/actor.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findRepositoryRow } from '../repositories/find.ts'
import { storedPipeline } from './find.ts'
import type { StoredPipeline } from './stored.ts'
import { validatePipeline } from './validate.ts'

/**
 * Stores a configuration as a new version, which builds use from now on. Throws OoreError
 * `invalid` where it has errors; `validatePipeline` tells them with their places.
 */
export async function storePipeline(
  ctx: Ctx,
  repositoryId: Id,
  { format, content }: { format: PipelineFormat; content: string },
): Promise<StoredPipeline> {
  await findRepositoryRow(ctx, repositoryId)
  if (!may(ctx.actor, 'pipeline.store', { repositoryId })) throw refused(ctx.actor)
  const { valid, problems } = await validatePipeline(ctx, { format, content })
  if (!valid) {
    const errors = problems.filter(({ severity }) => severity === 'error')
    throw new OoreError('invalid', 'The configuration has errors and was not stored.', {
      fields: errors.map(({ path, line, column, message }) => ({
        field: line === null ? 'content' : `content:${line}:${column ?? 1}`,
        message: path === '' ? message : `${path}: ${message}`,
      })),
    })
  }
  return change(ctx, async (tx, record) => {
    const row = await insertVersion(ctx, tx, repositoryId, { format, content })
    record('pipeline.stored', repositoryId, { version: row.version })
    return { ...row, content }
  })
}

/** Goes back to the file in the repository. Throws OoreError `conflict` where that is in force. */
export async function dropPipeline(ctx: Ctx, repositoryId: Id): Promise<void> {
  await findRepositoryRow(ctx, repositoryId)
  if (!may(ctx.actor, 'pipeline.store', { repositoryId })) throw refused(ctx.actor)
  if ((await storedPipeline(ctx, repositoryId)) === null) {
    throw new OoreError(
      'conflict',
      'No configuration is stored: the file in the repository is used.',
    )
  }
  await change(ctx, async (tx, record) => {
    const row = await insertVersion(ctx, tx, repositoryId, { format: 'yaml', content: null })
    record('pipeline.dropped', repositoryId, { version: row.version })
  })
}

async function insertVersion(
  ctx: Ctx,
  tx: Writer,
  repositoryId: Id,
  { format, content }: { format: PipelineFormat; content: string | null },
) {
  const { pipelineVersions } = schema
  const newest = await tx
    .select({ version: max(pipelineVersions.version) })
    .from(pipelineVersions)
    .where(eq(pipelineVersions.repositoryId, repositoryId))
    .get()
  return tx
    .insert(pipelineVersions)
    .values({
      id: newId(),
      repositoryId,
      version: (newest?.version ?? 0) + 1,
      format,
      content,
      createdBy: actorText(ctx.actor),
      createdAt: ctx.clock(),
    })
    .returning()
    .get()
}
