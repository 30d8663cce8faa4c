import { asc, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { nearest } from '../../pipeline/nearest.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { buildNumberMax } from './change.ts'
import { findPipeline } from '../pipelines/find.ts'
import { findRepositoryRow, type RepositoryRow } from './find.ts'

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
 * on counting where they stopped. The workflow need not have been built, but where the configuration
 * of the default branch can be read, it must be there. Throws OoreError `invalid` with the field.
 */
export async function setWorkflowNumber(
  ctx: Ctx,
  repositoryId: Id,
  { workflow, next }: WorkflowNumber,
): Promise<WorkflowNumber> {
  const row = await findRepositoryRow(ctx, repositoryId)
  if (!may(ctx.actor, 'repository.change', { repositoryId })) throw refused(ctx.actor)
  if (!Number.isInteger(next) || next < 1 || next > buildNumberMax) {
    throw new OoreError('invalid', `The next build of ${workflow} cannot be number ${next}.`, {
      fields: [{ field: 'next', message: `must be a whole number from 1 to ${buildNumberMax}` }],
    })
  }
  await checkWorkflow(ctx, row, workflow)
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

async function checkWorkflow(ctx: Ctx, row: RepositoryRow, workflow: string): Promise<void> {
  const known = await workflowIdsOf(ctx, row)
  if (known === null || known.includes(workflow)) return
  const similar = nearest(workflow, known)
  const hint = similar === null ? `known here: ${known.join(', ')}` : `did you mean ${similar}?`
  throw new OoreError('invalid', `There is no workflow ${JSON.stringify(workflow)}.`, {
    fields: [{ field: 'workflow', message: `is not in the configuration; ${hint}` }],
  })
}

/** Those of the default branch's configuration, with errors or without; null where it is not read. */
async function workflowIdsOf(ctx: Ctx, row: RepositoryRow): Promise<string[] | null> {
  const want = { branch: row.defaultBranch }
  const looked = await findPipeline(ctx, row, want).catch(() => null)
  if (looked === null) return null
  const { pipeline, problems } = looked.found
  if (problems.some((each) => each.severity === 'error' && each.workflow === null)) return null
  const broken = problems.flatMap((each) => each.workflow ?? [])
  return [...new Set([...(pipeline?.workflows ?? []).map(({ id }) => id), ...broken])]
}
