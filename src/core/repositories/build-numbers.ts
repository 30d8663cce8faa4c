import { asc, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { buildNumberMax } from './change.ts'
import { findRepositoryRow } from './find.ts'

/** What `BUILD_NUMBER` will be in the next build of a workflow. */
export type WorkflowNumber = { workflow: string; next: number }

const workflowsMax = 500

/** The counters of a repository's workflows that have been built or set, by the workflow's id. */
export async function listWorkflowNumbers(ctx: Ctx, repositoryId: Id): Promise<WorkflowNumber[]> {
  await findRepositoryRow(ctx, repositoryId)
  if (!may(ctx.actor, 'repository.read', { repositoryId })) throw refused(ctx.actor)
  const { workflowCounters: c } = schema
  return ctx.db.read
    .select({ workflow: c.workflow, next: c.next })
    .from(c)
    .where(eq(c.repositoryId, repositoryId))
    .orderBy(asc(c.workflow))
    .limit(workflowsMax)
    .all()
}

/**
 * Sets what `BUILD_NUMBER` will be in the next build of a workflow, so that whoever moves here goes
 * on counting where they stopped. The workflow need not have been built. Throws OoreError `invalid`
 * with the field.
 */
export async function setWorkflowNumber(
  ctx: Ctx,
  repositoryId: Id,
  { workflow, next }: WorkflowNumber,
): Promise<WorkflowNumber> {
  await findRepositoryRow(ctx, repositoryId)
  if (!may(ctx.actor, 'repository.change', { repositoryId })) throw refused(ctx.actor)
  if (!Number.isInteger(next) || next < 1 || next > buildNumberMax) {
    throw new OoreError('invalid', `The next build of ${workflow} cannot be number ${next}.`, {
      fields: [{ field: 'next', message: `must be a whole number from 1 to ${buildNumberMax}` }],
    })
  }
  return change(ctx, async (tx, record) => {
    const { workflowCounters: c } = schema
    const known = await tx
      .select({ workflow: c.workflow })
      .from(c)
      .where(eq(c.repositoryId, repositoryId))
      .limit(workflowsMax)
      .all()
    if (known.length >= workflowsMax && !known.some((each) => each.workflow === workflow)) {
      throw new OoreError('invalid', `A repository counts at most ${workflowsMax} workflows.`, {
        fields: [{ field: 'workflow', message: 'is one too many' }],
      })
    }
    await tx
      .insert(c)
      .values({ repositoryId, workflow, next })
      .onConflictDoUpdate({ target: [c.repositoryId, c.workflow], set: { next } })
    record('repository.changed', repositoryId, { fields: ['workflow_number'], workflow, next })
    return { workflow, next }
  })
}
