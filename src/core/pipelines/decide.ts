import type { WhenFacts } from '../../pipeline/decide.ts'
import type { PipelineEvent, Verdict, Workflow } from '../../pipeline/pipeline.ts'
import type { ChangedFiles } from '../../scm/contract.ts'
import { builtInVariables } from '../../protocol/variables.ts'
import type { TriggerType } from '../builds/build.ts'
import { previousCommit } from '../builds/queue.ts'
import type { Ctx } from '../ctx.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { sourceOf } from '../repositories/source.ts'
import type { FoundPipeline } from './find.ts'

/** Where an event happened: what the builds that it starts are called by. */
export type Occasion = {
  /** What is built: of a pull request its merge, where there is one. */
  commit: string
  /** What the files of `commit` are compared with; null for the last commit built with success. */
  since: string | null
  branch: string | null
  tag: string | null
  pullRequestNumber: number | null
  triggerType: TriggerType
  isOfFork: boolean
}

/**
 * Which workflows of a configuration an event starts, and why each other one not: by its triggers
 * and then by its `when`, for which commits are compared before any build waits for a slot.
 */
export async function decideWorkflows(
  ctx: Ctx,
  row: RepositoryRow,
  found: FoundPipeline,
  event: PipelineEvent,
  occasion: Occasion,
): Promise<Verdict[]> {
  if (found.pipeline === null) return []
  const verdicts = await ctx.reader.explain(found.pipeline, event)
  const running = new Set(verdicts.filter(({ runs }) => runs).map(({ id }) => id))
  const compare = comparing(ctx, row, occasion.commit)
  const facts = new Map<string, WhenFacts>()
  for (const workflow of found.pipeline.workflows) {
    if (!running.has(workflow.id) || !hasWhen(workflow)) continue
    facts.set(workflow.id, {
      changes: await changesOf(ctx, row, workflow, event, occasion, compare),
      environment: variablesOf(row, workflow, event, occasion),
      configFileName: found.fileName,
    })
  }
  return facts.size === 0
    ? verdicts
    : ctx.reader.decideWhens(found.pipeline, event, verdicts, facts)
}

type Compare = (before: string) => Promise<ChangedFiles>

/** Most workflows succeeded at the same commit last: git compares each two commits once. */
function comparing(ctx: Ctx, row: RepositoryRow, commit: string): Compare {
  const known = new Map<string, Promise<ChangedFiles>>()
  return (before) => {
    const comparison =
      known.get(before) ??
      sourceOf(ctx, row).then((source) =>
        ctx.scm(row.provider).changedFiles(source, before, commit),
      )
    known.set(before, comparison)
    return comparison
  }
}

const hasWhen = ({ when }: Workflow): boolean => when.changeset !== null || when.condition !== null

async function changesOf(
  ctx: Ctx,
  row: RepositoryRow,
  workflow: Workflow,
  event: PipelineEvent,
  { since, branch, isOfFork }: Occasion,
  compare: Compare,
): Promise<WhenFacts['changes']> {
  if (workflow.when.changeset === null) return { is: 'unknown', why: '' }
  if (event.type !== 'manual' && event.changedFiles !== null) {
    return { is: 'known', files: event.changedFiles, isPartial: false, since: null }
  }
  if (since !== null) return changesSince(since, compare)
  const wanted = { repositoryId: row.id, workflow: workflow.id, branch, isOfFork }
  const before = await previousCommit(ctx, wanted)
  if (before === null) {
    const why = 'No build of it has succeeded here yet, so every file counts.'
    return { is: 'unknown', why }
  }
  return changesSince(before, compare)
}

async function changesSince(since: string, compare: Compare): Promise<WhenFacts['changes']> {
  const changes = await compare(since)
  return changes.is === 'known' ? { ...changes, since } : changes
}

/** What is known before the build has an id and a number. */
function variablesOf(
  row: RepositoryRow,
  workflow: Workflow,
  event: PipelineEvent,
  occasion: Occasion,
): Record<string, string> {
  const described = {
    id: null,
    number: null,
    repositoryId: row.id,
    commitSha: occasion.commit,
    branch: occasion.branch,
    tag: occasion.tag,
    pullRequestNumber: occasion.pullRequestNumber,
    pullRequestTarget: 'targetBranch' in event ? event.targetBranch : null,
    triggerType: occasion.triggerType,
    workflow: workflow.id,
    workflowName: workflow.name,
  }
  return builtInVariables(described, row.fullName, null)
}
