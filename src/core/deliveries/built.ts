import { and, eq, like, not } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Ctx } from '../ctx.ts'
import type { DeliveryRow } from './find.ts'

/** What became of a workflow at a commit of a pull request, in earlier deliveries. */
export type Before = ReadonlyMap<string, 'built' | 'skipped'>

/**
 * What earlier deliveries of the same repository made of a pull request at this commit, by workflow.
 * Builds of the delivery itself do not count: it may have been interrupted.
 */
export async function builtBefore(
  ctx: Ctx,
  { id, repositoryId }: DeliveryRow,
  pullRequest: number,
  commit: string,
): Promise<Before> {
  const { builds: b } = schema
  const rows = await ctx.db.read
    .select({ workflow: b.workflow, status: b.status })
    .from(b)
    .where(
      and(
        eq(b.organizationId, ctx.organizationId),
        eq(b.commitSha, commit),
        eq(b.repositoryId, repositoryId ?? ''),
        eq(b.pullRequestNumber, pullRequest),
        not(like(b.dedupeKey, `${id}:%`)),
      ),
    )
    .all()
  const before = new Map<string, 'built' | 'skipped'>()
  for (const { workflow, status } of rows) {
    if (status !== 'skipped') before.set(workflow, 'built')
    else if (!before.has(workflow)) before.set(workflow, 'skipped')
  }
  return before
}
