import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { makePlan } from '../../pipeline/make-plan.ts'
import type { Workflow } from '../../pipeline/pipeline.ts'
import { problemText, type Problem } from '../../pipeline/problem.ts'
import type { Look, Want } from '../../scm/contract.ts'
import { checkRefName } from '../../scm/git/refs.ts'
import { may, refused } from '../access/may.ts'
import { refuseForkCommit } from '../approvals/stranger.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { type FoundPipeline, findPipeline } from '../pipelines/find.ts'
import { type Draft, readDraft } from '../pipelines/draft.ts'
import { workflowsWithInputs } from '../pipelines/inputs.ts'
import { checkCommit } from '../repositories/checks.ts'
import { findRepositoryRow, type RepositoryRow } from '../repositories/find.ts'
import type { Build } from './build.ts'
import { buildOf } from './find.ts'
import { type NewBuild, queueBuild } from './queue.ts'

export type TriggerInput = {
  branch?: string | undefined
  commit?: string | undefined
  workflow?: string | undefined
  labels?: string[] | undefined
  /** For `${{ inputs.… }}`, to each workflow that asks for them. */
  inputs?: Record<string, unknown> | undefined
  /** Used for these builds alone and stored nowhere, instead of the one in force. */
  configuration?: Draft | undefined
  via: 'manual' | 'api'
}

/**
 * Starts builds because a person or a program asked: of the workflow named, else of every workflow
 * in the configuration. A configuration that cannot be used becomes a build that failed and says
 * why, except one that was sent along: that throws. Throws OoreError `conflict` where the repository
 * is paused, `invalid` by field.
 */
export async function triggerBuild(
  ctx: Ctx,
  repositoryId: Id,
  input: TriggerInput,
): Promise<Build[]> {
  const row = await findRepositoryRow(ctx, repositoryId)
  if (!may(ctx.actor, 'build.trigger', { repositoryId })) throw refused(ctx.actor)
  if (row.state === 'inactive') {
    const why = row.stateReason === null ? '' : ` ${row.stateReason}`
    throw new OoreError('conflict', `${row.fullName} is paused.${why} Activate it to start builds.`)
  }
  const branch = checkRefName(input.branch?.trim() || row.defaultBranch, 'branch')
  const want: Want = input.commit?.trim()
    ? { commit: checkCommit(input.commit), branch }
    : { branch }
  const { look, found } = input.configuration
    ? await readDraft(ctx, row, want, input.configuration)
    : await findPipeline(ctx, row, want)
  if (input.commit?.trim()) await refuseForkCommit(ctx, row, look.commit, branch)
  const named = chooseWorkflows(found, input.workflow?.trim() || null)
  const chosen = named && (await workflowsWithInputs(ctx, found, named, input.inputs ?? {}))
  const shared = {
    ...commonOf(row, look, found),
    triggerType: input.via,
    branch,
    tag: null,
    pullRequest: null,
    priority: 1 as const,
    labels: input.labels ?? [],
    dedupeKey: null,
  }
  return startBuilds(
    ctx,
    row,
    chosen === null
      ? [brokenBuild(shared, found)]
      : chosen.map((workflow) => soundBuild(shared, workflow, null)),
  )
}

/** Null where nothing in the configuration can be built. */
function chooseWorkflows(found: FoundPipeline, wanted: string | null): Workflow[] | null {
  const workflows = found.pipeline?.workflows ?? []
  if (workflows.length === 0) return null
  if (wanted === null) return workflows
  const workflow = workflows.find(({ id }) => id === wanted)
  if (workflow) return [workflow]
  const errors = errorsOf(found).filter((problem) => problem.workflow === wanted)
  if (errors.length > 0) {
    throw new OoreError('invalid', `The workflow "${wanted}" has errors at this commit.`, {
      fields: errors.map(({ message, line }) => ({
        field: 'workflow',
        message: line === null ? message : `line ${line}: ${message}`,
      })),
    })
  }
  const known = workflows.map(({ id }) => id).join(', ')
  throw new OoreError('invalid', `There is no workflow "${wanted}" at this commit.`, {
    fields: [{ field: 'workflow', message: `is "${wanted}"; known here: ${known}` }],
  })
}

type Shared = Omit<NewBuild, 'workflow' | 'plan' | 'ended'>

/** What the builds of one commit have in common, whoever asked for them. */
export function commonOf(
  row: RepositoryRow,
  look: Look,
  found: Pick<FoundPipeline, 'source' | 'fileName' | 'content'>,
): Pick<NewBuild, 'repositoryId' | 'commit' | 'config' | 'retryOf'> {
  return {
    repositoryId: row.id,
    commit: { sha: look.commit, message: look.message, author: look.author },
    config: {
      source: found.source,
      fileName: found.fileName,
      content: found.source === 'default' ? null : found.content,
    },
    retryOf: null,
  }
}

/** A build of one workflow. `payload` is what conditions of its steps see as `event`. */
export const soundBuild = (shared: Shared, workflow: Workflow, payload: unknown): NewBuild => ({
  ...shared,
  workflow: { id: workflow.id, name: workflow.name },
  plan: makePlan(workflow, payload),
  ended: null,
})

/** A build that was not run, and why: its place in the list answers who looks for it. */
export const skippedBuild = (
  shared: Shared,
  { id, name }: { id: string; name: string },
  why: string,
): NewBuild => ({
  ...shared,
  workflow: { id, name },
  plan: null,
  ended: { as: 'skipped', why },
})

/** What a build is said to be of that only tells what is wrong with its configuration. */
export const configurationWorkflow = 'configuration'

/** A build that ends before it starts, so that the mistake is seen where builds are looked for. */
export const brokenBuild = (shared: Shared, found: FoundPipeline): NewBuild => ({
  ...shared,
  workflow: { id: configurationWorkflow, name: 'Configuration' },
  plan: null,
  ended: { as: 'failure', why: problemsText(found) },
})

export const errorsOf = (found: FoundPipeline): Problem[] =>
  found.problems.filter(({ severity }) => severity === 'error')

const problemsShownMax = 5

/** The errors of a configuration as a build tells them. */
export function problemsText(found: FoundPipeline): string {
  const name = found.fileName ?? 'the stored configuration'
  const errors = errorsOf(found)
  const shown = errors.slice(0, problemsShownMax).map((problem) => problemText(problem, name))
  const more = errors.length - shown.length
  return [
    `${name} has ${errors.length === 1 ? 'one error' : `${errors.length} errors`}.`,
    ...shown,
    ...(more > 0 ? [`… and ${more} more.`] : []),
  ].join('\n')
}

/** A file of 128 KiB holds thousands of workflows, and each build of them takes a millisecond or so. */
const buildsAtOnceMax = 300

/**
 * Queues builds in one transaction; one that was queued before is not queued again. Throws OoreError
 * `invalid` where they are more than 300: then none is.
 */
export async function startBuilds(
  ctx: Ctx,
  row: RepositoryRow,
  news: readonly NewBuild[],
): Promise<Build[]> {
  if (news.length > buildsAtOnceMax) {
    const message =
      `This would be ${news.length} builds; at most ${buildsAtOnceMax} are started at once. ` +
      'Name one workflow, or have fewer of them match the same event.'
    throw new OoreError('invalid', message, { fields: [{ field: 'workflow', message }] })
  }
  return change(ctx, async (tx, record) => {
    const builds: Build[] = []
    for (const each of news) {
      builds.push(buildOf(await queueBuild(ctx, tx, record, each), row.fullName))
    }
    return builds
  })
}
