import { and, desc, eq, isNotNull, lt } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import { type Hunk, hunksOf, lineDiff } from '../../lib/line-diff.ts'
import type { Ctx } from '../ctx.ts'
import { showPipeline } from './show.ts'
import type { PipelineVersion } from './stored.ts'
import { showPipelineVersion } from './versions.ts'

/** What a version is held against: the stored one before it, or the configuration in use. */
export type Against = 'before' | 'now'

export type Comparison = {
  version: PipelineVersion
  against: Against
  /** Null where there is no other side: the first version, or nothing can be read now. */
  other: { version: number | null; fileName: string | null } | null
  /** Empty where both say the same, and where there is nothing to compare. */
  hunks: Hunk[]
}

/**
 * A stored version and what it changed: from the stored configuration before it to it, or from it
 * to the one in use. Throws OoreError `not_found`, and as showPipeline where that has to be asked.
 */
export async function comparePipelineVersion(
  ctx: Ctx,
  repositoryId: Id,
  { version: number, against }: { version: number; against: Against },
): Promise<Comparison> {
  const version = await showPipelineVersion(ctx, repositoryId, number)
  if (version.content === null) return { version, against, other: null, hunks: [] }
  if (against === 'now') {
    const now = await showPipeline(ctx, repositoryId)
    const hunks = hunksOf(lineDiff(version.content, now.content))
    return { version, against, other: { version: now.version, fileName: now.fileName }, hunks }
  }
  const before = await storedBefore(ctx, repositoryId, number)
  if (before === undefined) return { version, against, other: null, hunks: [] }
  const hunks = hunksOf(lineDiff(before.content ?? '', version.content))
  return { version, against, other: { version: before.version, fileName: null }, hunks }
}

/** The newest configuration that is older; a return to the file holds none. */
function storedBefore(ctx: Ctx, repositoryId: Id, version: number) {
  const { pipelineVersions: v } = schema
  return ctx.db.read
    .select()
    .from(v)
    .where(and(eq(v.repositoryId, repositoryId), lt(v.version, version), isNotNull(v.content)))
    .orderBy(desc(v.version))
    .limit(1)
    .get()
}
