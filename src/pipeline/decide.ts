import { withVariables } from '../lib/variables.ts'
import { changesetVerdict, matchingBudget, type MatchingBudget } from './changeset.ts'
import { evaluate } from './conditions/evaluate.ts'
import { explainCondition } from './conditions/explain.ts'
import { parseCondition } from './conditions/parse.ts'
import type { Pipeline, PipelineEvent, Verdict, Workflow } from './pipeline.ts'
import { explain } from './triggers.ts'

/** What a workflow's `when` asks about, besides the event itself. */
export type WhenFacts = {
  /** Since the last successful build of the workflow on the branch, or the target of a pull request. */
  changes:
    /** `since` is the commit that was compared with; null where the files were given. */
    | { is: 'known'; files: readonly string[]; isPartial: boolean; since: string | null }
    /** Then nothing is held back; `why` is a sentence. */
    | { is: 'unknown'; why: string }
  /** Variables that Oore sets, as far as they are known before the build is queued. */
  environment: Readonly<Record<string, string>>
  /** Its change always counts; null where the configuration is no file of the repository. */
  configFileName: string | null
}

/**
 * The verdict on a workflow whose triggers let it run, once its `when` is looked at (codemagic-yaml,
 * section 3.5). Whatever cannot be decided lets the build run. Builds that people start run whatever
 * `when` says.
 */
function decideWhen(
  verdict: Verdict,
  workflow: Workflow,
  event: PipelineEvent,
  facts: WhenFacts,
  budget: MatchingBudget = matchingBudget(),
): Verdict {
  if (!verdict.runs || event.type === 'manual') return verdict
  const reasons = [verdict.reason]
  for (const held of [byChangeset(workflow, facts, budget), byCondition(workflow, event, facts)]) {
    if (held === null) continue
    if (!held.runs) return { ...verdict, runs: false, skipped: true, reason: held.reason }
    reasons.push(held.reason)
  }
  return { ...verdict, reason: reasons.join(' ') }
}

/**
 * The verdicts of `explain` once each `when` is looked at of which there are facts, by the id of its
 * workflow; the others stay as they are.
 */
export function decideWhens(
  { workflows }: Pipeline,
  event: PipelineEvent,
  verdicts: readonly Verdict[],
  facts: ReadonlyMap<string, WhenFacts>,
): Verdict[] {
  const budget = matchingBudget()
  const byId = new Map(workflows.map((workflow) => [workflow.id, workflow]))
  return verdicts.map((verdict) => {
    const workflow = byId.get(verdict.id)
    const known = facts.get(verdict.id)
    return workflow === undefined || known === undefined
      ? verdict
      : decideWhen(verdict, workflow, event, known, budget)
  })
}

/**
 * All verdicts on an event of which no more is known than it says itself: for a command or a page
 * that asks about a file. Without changed files a changeset holds nothing back.
 */
export function explainEvent(
  pipeline: Pipeline,
  event: PipelineEvent,
  configFileName: string | null = null,
): Verdict[] {
  const files = event.type === 'manual' ? null : event.changedFiles
  const changes: WhenFacts['changes'] =
    files === null
      ? { is: 'unknown', why: 'Its changeset was not looked at: no changed files were given.' }
      : { is: 'known', files, isPartial: false, since: null }
  const facts = pipeline.workflows.map((workflow) => {
    const environment = variablesOf(workflow, event)
    return [workflow.id, { changes, environment, configFileName }] as const
  })
  return decideWhens(pipeline, event, explain(pipeline, event), new Map(facts))
}

function variablesOf(workflow: Workflow, event: PipelineEvent): Record<string, string> {
  const variables: Record<string, string> = {
    CM_WORKFLOW_NAME: workflow.name,
    CM_PULL_REQUEST: String(event.type.startsWith('pull_request')),
  }
  if (event.type === 'push') variables['CM_BRANCH'] = event.branch
  if (event.type === 'tag') variables['CM_TAG'] = event.tag
  if (event.type === 'pull_request' || event.type === 'pull_request_labeled') {
    variables['CM_BRANCH'] = event.sourceBranch
    variables['CM_PULL_REQUEST_DEST'] = event.targetBranch
  }
  return variables
}

const shortHashChars = 8

type Answer = { runs: boolean; reason: string }

function byChangeset({ when }: Workflow, facts: WhenFacts, budget: MatchingBudget): Answer | null {
  if (when.changeset === null) return null
  const { changes, configFileName } = facts
  if (changes.is === 'unknown') return { runs: true, reason: changes.why }
  const verdict = changesetVerdict(when.changeset, changes.files, configFileName, budget)
  if (verdict.runs || !changes.isPartial) {
    const { since } = changes
    const compared = since === null ? '' : ` Compared with ${since.slice(0, shortHashChars)}.`
    return { runs: verdict.runs, reason: verdict.reason + compared }
  }
  return { runs: true, reason: 'More files changed than Oore compares, so it runs.' }
}

function byCondition(workflow: Workflow, event: PipelineEvent, facts: WhenFacts): Answer | null {
  const { condition } = workflow.when
  const parsed = condition === null ? null : parseCondition(condition)
  if (parsed?.is !== 'parsed') return null
  const scope = {
    env: withVariables(facts.environment, workflow.vars),
    event: event.type === 'manual' ? null : event.payload,
    inputs: workflow.inputValues,
  }
  return {
    runs: evaluate(parsed.expression, scope),
    // What a workflow's own file says is no secret; groups of variables are not among these.
    reason: explainCondition(parsed.expression, scope, () => false),
  }
}
