import { fillInputs } from '../../pipeline/inputs.ts'
import type { Verdict, Workflow } from '../../pipeline/pipeline.ts'
import type { OneEvent } from '../../scm/repo-event.ts'
import { withdrawDoubles } from '../approvals/withdraw.ts'
import type { Build, Fork } from '../builds/build.ts'
import type { NewBuild } from '../builds/queue.ts'
import {
  brokenBuild,
  commonOf,
  errorsOf,
  skippedBuild,
  soundBuild,
  startBuilds,
} from '../builds/trigger.ts'
import type { Ctx } from '../ctx.ts'
import { decideWorkflows } from '../pipelines/decide.ts'
import { type FoundPipeline, findPipeline, foundStored } from '../pipelines/find.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { addresseeOf } from './addressee.ts'
import { type Before, builtBefore } from './built.ts'
import { dedupeKeys } from './dedupe.ts'
import { type Cause, causeOf } from './cause.ts'
import type { DeliveryStatus } from './delivery.ts'
import type { DeliveryRow } from './find.ts'
import { closeFork, readFork } from './fork.ts'
import { findMerge, type Merge } from './merge.ts'
import { decideRerun } from './rerun.ts'

/** What came of a delivery, in words. */
export type Decision = { status: DeliveryStatus; reason: string; builds: Build[] }

/**
 * Starts the builds of an event of a stored delivery, or says why there are none; `at` counts the
 * events of the delivery from 0. Throws as Scm.look does.
 */
export async function decideEvent(
  ctx: Ctx,
  delivery: DeliveryRow,
  happened: OneEvent,
  at: number,
): Promise<Decision> {
  const row = await addresseeOf(ctx, delivery)
  if ('reason' in row) return row
  if (happened.is === 'fork_closed') return ignored(await closeFork(ctx, row, happened))
  if (row.state === 'inactive') {
    const why = row.stateReason === null ? '' : ` ${row.stateReason}`
    return ignored(`${row.fullName} is paused.${why} Activate it, then redeliver.`)
  }
  switch (happened.is) {
    case 'ping':
      return { status: 'processed', reason: 'Ping: the webhook works.', builds: [] }
    case 'ref_deleted':
      return ignored(`${happened.ref} was deleted: there is nothing to build.`)
    case 'other':
      return ignored(happened.why)
    case 'installation':
    case 'installation_repositories':
    case 'repository':
      return ignored('Only the webhook of the GitHub App itself may tell what the App reaches.')
    case 'rerun':
      return decideRerun(ctx, delivery, row, happened)
    case 'push':
    case 'tag':
      return build(ctx, { delivery, at }, row, causeOf(row, happened, payloadOf(delivery)))
    case 'pull_request':
      return build(ctx, { delivery, at }, row, causeOf(row, happened, payloadOf(delivery)))
    default:
      return happened satisfies never
  }
}

async function build(
  ctx: Ctx,
  { delivery, at }: { delivery: DeliveryRow; at: number },
  row: RepositoryRow,
  cause: Cause,
): Promise<Decision> {
  // Security.md FK: whoever can open a pull request could otherwise run commands on this machine.
  const pull = cause.pullRequest
  const fork = pull?.fromFork ? await readFork(ctx, delivery, row, pull) : null
  if (fork?.is === 'ignored') return ignored(fork.why)
  const stored = await foundStored(ctx, row)
  const early = stored?.pipeline
    ? await ctx.reader.explain(stored.pipeline, cause.eventWith(null))
    : []
  // Where the commit cannot change the answer, the git server need not be asked for it.
  if (stored?.pipeline && early.every(({ runs }) => !runs)) {
    return ignored(reasonOf(early, stored, null, noContext))
  }
  const { look, found } = fork ?? (await findPipeline(ctx, row, cause.want))
  const merge = pull && (await findMerge(ctx, delivery, row, pull))
  const { triggerType, branch, tag, priority } = cause
  // Who redelivers by hand wants it built whatever there is; of a fork what was withdrawn is no build.
  const before =
    pull?.mayBeBuilt && delivery.round === 0 && fork === null
      ? await builtBefore(ctx, delivery, pull.number, look.commit)
      : nothingBefore
  const keyOf = await dedupeKeys(ctx, { delivery, at }, row, cause, look.commit)
  const shared = (workflow: string) => ({
    ...commonOf(row, look, found),
    triggerType,
    branch,
    tag,
    pullRequest: merge && {
      ...merge.pullRequest,
      mergeCommit: merge.commit,
      fork: fork && { from: fork.from, approvalId: null },
    },
    priority,
    labels: [],
    dedupeKey: keyOf(workflow),
  })
  if (!found.pipeline) {
    if (before.has('configuration')) return ignored(`${unusable(found)} ${builtAlready}`)
    const builds = await startBuilds(ctx, row, [brokenBuild(shared('configuration'), found)])
    return { status: 'processed', reason: unusable(found), builds }
  }
  const event = cause.eventWith(look.message)
  const decided = await decideWorkflows(ctx, row, found, event, {
    commit: merge?.commit ?? look.commit,
    since: merge?.base ?? null,
    branch,
    tag,
    pullRequestNumber: pull?.number ?? null,
    triggerType,
    isOfFork: fork !== null,
  })
  const verdicts = decided.map((verdict) => withoutRepeats(verdict, before))
  const payload = event.type === 'manual' ? null : event.payload
  const news = verdicts.flatMap((verdict) => {
    const { id, runs, skipped, reason } = verdict
    if (skipped) return [skippedBuild(shared(id), verdict, reason)]
    const workflow = runs ? found.pipeline?.workflows.find((each) => each.id === id) : undefined
    return workflow ? [startedBuild(shared(id), workflow, payload)] : []
  })
  // Nobody can say whether a workflow with errors would have run; a red build says that it has them.
  const isNewlyBroken = errorsOf(found).length > 0 && !before.has('configuration')
  if (isNewlyBroken) news.push(brokenBuild(shared('configuration'), found))
  const builds = news.length > 0 ? await startBuilds(ctx, row, news) : []
  await withdrawDoubles(ctx, builds)
  const earlier = new Map(
    builds
      .filter(({ queuedAt }) => queuedAt < delivery.receivedAt)
      .map(({ workflow, number }) => [workflow, number]),
  )
  return {
    status: news.some(({ ended }) => ended?.as !== 'skipped') ? 'processed' : 'ignored',
    reason: reasonOf(verdicts, found, merge, { earlier, fork: fork?.from ?? null }),
    builds,
  }
}

const nothingBefore: Before = new Map()

const builtAlready = 'This commit of the pull request was built already.'

/** What an earlier delivery made of the same commit is not made again. */
function withoutRepeats(verdict: Verdict, before: Before): Verdict {
  const made = before.get(verdict.id)
  const isRepeated = (verdict.runs && made === 'built') || (verdict.skipped && made !== undefined)
  return isRepeated ? { ...verdict, runs: false, skipped: false, reason: builtAlready } : verdict
}

/** Nobody is there to be asked: where an input has no value, the build fails and says so. */
function startedBuild(
  shared: Parameters<typeof soundBuild>[0],
  workflow: Workflow,
  payload: unknown,
): NewBuild {
  const { troubles } = fillInputs(workflow.inputs, {})
  if (troubles.length === 0) return soundBuild(shared, workflow, payload)
  const names = troubles.map(({ id }) => id).join(', ')
  const why =
    `A push, a pull request and a tag give no inputs, and these have no default: ${names}. ` +
    'Give each a "default", or start the workflow by hand.'
  return {
    ...shared,
    workflow: { id: workflow.id, name: workflow.name },
    plan: null,
    ended: { as: 'failure', why },
  }
}

/** It was verified and read as JSON when it came. */
function payloadOf({ payload }: DeliveryRow): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return null
  }
}

const ignored = (reason: string): Decision => ({ status: 'ignored', reason, builds: [] })

const unusable = (found: FoundPipeline): string =>
  `${found.fileName ?? 'The stored configuration'} cannot be used; the build says where it is wrong.`

type Told = {
  /** By workflow, the number of the build that an earlier telling of the same started. */
  earlier: ReadonlyMap<string, number>
  fork: Fork | null
}

const noContext: Told = { earlier: new Map(), fork: null }

function reasonOf(
  verdicts: Verdict[],
  found: FoundPipeline,
  merge: Merge | null,
  { earlier, fork }: Told,
): string {
  const kind = found.source === 'default' ? 'default' : 'stored'
  const from = found.fileName ?? `the ${kind} configuration`
  const started = fork === null ? 'was started' : 'waits for an approval'
  const lines = verdicts.map(({ id, name, runs, skipped, reason }) => {
    const number = earlier.get(id)
    if (number !== undefined) {
      return `${name} was not started again: build #${number} is of the same commit and event.`
    }
    return `${name} ${runs ? started : skipped ? 'was skipped' : 'was not started'}: ${reason}`
  })
  const broken = new Set(errorsOf(found).map(({ workflow }) => workflow ?? 'the file'))
  for (const name of broken) {
    lines.push(`${name} was not started: it has errors. The failed build says where.`)
  }
  const what = merge === null ? '' : `, ${merge.inWords}`
  // A configuration that is stored in Oore is of no commit.
  const isFile = fork !== null && found.fileName !== null
  const at = isFile ? ` of the target branch at ${fork.configCommit.slice(0, 12)}` : ''
  return [`By ${from}${at}${what}:`, ...lines].join('\n')
}
