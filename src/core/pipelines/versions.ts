import { and, desc, eq, lt } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { decodeCursor, encodeCursor } from '../../lib/cursor.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Page, PageRequest } from '../../lib/page.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { findRepositoryRow } from '../repositories/find.ts'
import { withAuthorNames } from '../users/names.ts'
import type { PipelineVersion } from './stored.ts'

/** Every configuration that was stored, newest first; a drop is one without content. */
export async function listPipelineVersions(
  ctx: Ctx,
  repositoryId: Id,
  page: PageRequest,
): Promise<Page<PipelineVersion>> {
  if (!may(ctx.actor, 'pipeline.read', { repositoryId })) throw refused(ctx.actor)
  await findRepositoryRow(ctx, repositoryId)
  const { pipelineVersions: v } = schema
  const before = page.cursor ? decodeCursor(page.cursor, ['number'])[0] : null
  const rows = await ctx.db.read
    .select()
    .from(v)
    .where(
      and(eq(v.repositoryId, repositoryId), before === null ? undefined : lt(v.version, before)),
    )
    .orderBy(desc(v.version))
    .limit(page.limit + 1)
    .all()
  const data = await withAuthorNames(ctx, rows.slice(0, page.limit))
  const last = data.at(-1)
  return {
    data,
    nextCursor: rows.length > page.limit && last ? encodeCursor([last.version]) : null,
  }
}

/** One of them. Throws OoreError `not_found`. */
export async function showPipelineVersion(
  ctx: Ctx,
  repositoryId: Id,
  version: number,
): Promise<PipelineVersion> {
  if (!may(ctx.actor, 'pipeline.read', { repositoryId })) throw refused(ctx.actor)
  await findRepositoryRow(ctx, repositoryId)
  const { pipelineVersions: v } = schema
  const row = await ctx.db.read
    .select()
    .from(v)
    .where(and(eq(v.repositoryId, repositoryId), eq(v.version, version)))
    .get()
  if (!row) throw new OoreError('not_found', `This repository has no version ${version}.`)
  const [named] = await withAuthorNames(ctx, [row])
  return named ?? row
}
