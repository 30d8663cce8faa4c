import { OoreError } from '../../lib/errors.ts'
import type { PipelineFormat } from '../../pipeline/read.ts'
import type { Look, Want } from '../../scm/contract.ts'
import type { Ctx } from '../ctx.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { sourceOf } from '../repositories/source.ts'
import type { FoundPipeline } from './find.ts'
import { contentFields } from './store.ts'

/** A configuration that somebody is writing. */
export type Draft = { format: PipelineFormat; content: string }

/**
 * A commit, and a configuration for it that is neither in the repository nor stored. Throws
 * OoreError `invalid` where the configuration has errors, and as Scm.look does.
 */
export async function readDraft(
  ctx: Ctx,
  row: RepositoryRow,
  want: Want,
  { format, content }: Draft,
): Promise<{ look: Look; found: FoundPipeline }> {
  const read = await ctx.reader.read(content, format)
  const fields = contentFields(read.problems)
  if (fields.length > 0) {
    throw new OoreError('invalid', 'The configuration has errors, so nothing was started.', {
      fields,
    })
  }
  const look = await ctx.scm(row.provider).look(await sourceOf(ctx, row), want, [])
  const found = { source: 'draft' as const, fileName: null, misplaced: [], format, content }
  return { look, found: { ...found, ...read } }
}
