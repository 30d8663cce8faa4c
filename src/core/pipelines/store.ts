import { eq, max } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { type FieldError, OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import type { Problem } from '../../pipeline/problem.ts'
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
 * `invalid` where it has errors; `validatePipeline` tells them with their places. Where the version
 * it was begun from is given (0: there was none) and another was stored since, throws `conflict`.
 */
export async function storePipeline(
  ctx: Ctx,
  repositoryId: Id,
  {
    format,
    content,
    baseVersion,
  }: { format: PipelineFormat; content: string; baseVersion?: number | undefined },
): Promise<StoredPipeline> {
  await findRepositoryRow(ctx, repositoryId)
  if (!may(ctx.actor, 'pipeline.store', { repositoryId })) throw refused(ctx.actor)
  const { valid, problems } = await validatePipeline(ctx, { format, content })
  if (!valid) {
    throw new OoreError('invalid', 'The configuration has errors and was not stored.', {
      fields: contentFields(problems),
    })
  }
  return change(ctx, async (tx, record) => {
    if (baseVersion !== undefined) await checkBase(tx, repositoryId, baseVersion)
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

/** The errors of a configuration by their places, as forms and the API name fields. */
export const contentFields = (problems: readonly Problem[]): FieldError[] =>
  problems
    .filter(({ severity }) => severity === 'error')
    .map(({ path, line, column, message }) => ({
      field: line === null ? 'content' : `content:${line}:${column ?? 1}`,
      message: path === '' ? message : `${path}: ${message}`,
    }))

async function checkBase(tx: Writer, repositoryId: Id, base: number): Promise<void> {
  const newest = await newestVersion(tx, repositoryId)
  if (newest === base) return
  throw new OoreError(
    'conflict',
    `Version ${newest} was made while this was written, so nothing was stored. ` +
      'Look at what changed, then store yours over it or begin again from it.',
  )
}

/** The number of the newest version, the returns to the file counted too; 0 where there is none. */
export async function newestVersion(db: Writer | Ctx['db']['read'], repositoryId: Id) {
  const { pipelineVersions } = schema
  const row = await db
    .select({ version: max(pipelineVersions.version) })
    .from(pipelineVersions)
    .where(eq(pipelineVersions.repositoryId, repositoryId))
    .get()
  return row?.version ?? 0
}

async function insertVersion(
  ctx: Ctx,
  tx: Writer,
  repositoryId: Id,
  { format, content }: { format: PipelineFormat; content: string | null },
) {
  const { pipelineVersions } = schema
  const newest = await newestVersion(tx, repositoryId)
  return tx
    .insert(pipelineVersions)
    .values({
      id: newId(),
      repositoryId,
      version: newest + 1,
      format,
      content,
      createdBy: actorText(ctx.actor),
      createdAt: ctx.clock(),
    })
    .returning()
    .get()
}
