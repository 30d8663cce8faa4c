import { and, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { type Millis, seconds } from '../../lib/clock.ts'
import { messageOf, OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { fillInputs } from '../../pipeline/inputs.ts'
import type { PipelineEvent, Verdict, Workflow } from '../../pipeline/pipeline.ts'
import type { Want } from '../../scm/contract.ts'
import type { RepoEvent } from '../../scm/repo-event.ts'
import { may, refused } from '../access/may.ts'
import type { Build, Priority } from '../builds/build.ts'
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
import { change } from '../events/change.ts'
import { decideWorkflows } from '../pipelines/decide.ts'
import { type FoundPipeline, findPipeline, foundStored } from '../pipelines/find.ts'
import { findRepositoryRow, type RepositoryRow } from '../repositories/find.ts'
import type { DeliveryStatus } from './delivery.ts'
import type { DeliveryRow } from './find.ts'

/** What came of a delivery, in words. */
type Decision = { status: DeliveryStatus; reason: string; builds: Build[] }

const attemptsMax = 5

/**
 * Decides a stored delivery: starts its builds, or says why there are none. Where the git server
 * cannot be reached it stays stored and is tried again later, a few times. Deciding twice starts
 * no build twice.
 */
export async function processDelivery(ctx: Ctx, row: DeliveryRow): Promise<void> {
  if (!may(ctx.actor, 'delivery.process')) throw refused(ctx.actor)
  try {
    await settle(ctx, row.id, await decide(ctx, row))
  } catch (error) {
    const isPassing = error instanceof OoreError && error.trouble === 'unavailable'
    if (isPassing && row.attempts + 1 < attemptsMax) {
      await postpone(ctx, row, error.message)
      return
    }
    if (!(error instanceof OoreError)) ctx.log.error({ err: error, delivery: row.id }, 'delivery')
    const reason =
      error instanceof OoreError
        ? messageOf(error)
        : 'Oore broke while deciding this. The server log has the details; redeliver to try again.'
    await settle(ctx, row.id, { status: 'failed', reason, builds: [] })
  }
}

async function decide(ctx: Ctx, delivery: DeliveryRow): Promise<Decision> {
  const row = await findRepositoryRow(ctx, delivery.repositoryId ?? '').catch(() => null)
  if (!row) return ignored('The repository was removed from Oore.')
  if (row.state === 'inactive') {
    return ignored(`${row.fullName} is paused. Activate it, then redeliver.`)
  }
  const happened = delivery.happened as RepoEvent
  switch (happened.is) {
    case 'ping':
      return { status: 'processed', reason: 'Ping: the webhook works.', builds: [] }
    case 'ref_deleted':
      return ignored(`${happened.ref} was deleted: there is nothing to build.`)
    case 'other':
      return ignored(happened.why)
    case 'push':
      return build(ctx, delivery, row, happened, {
        commit: happened.commit,
        branch: happened.branch,
      })
    case 'tag':
      return build(ctx, delivery, row, happened, { tag: happened.tag })
  }
}

async function build(
  ctx: Ctx,
  delivery: DeliveryRow,
  row: RepositoryRow,
  happened: Happened,
  want: Want,
): Promise<Decision> {
  const stored = await foundStored(ctx, row)
  const early = stored?.pipeline
    ? await ctx.reader.explain(stored.pipeline, eventOf(delivery, happened, null))
    : []
  // Where the commit cannot change the answer, the git server need not be asked for it.
  if (stored?.pipeline && early.every(({ runs }) => !runs)) {
    return ignored(reasonOf(early, stored))
  }
  const { look, found } = await findPipeline(ctx, row, want)
  const branch = happened.is === 'push' ? happened.branch : null
  const tag = happened.is === 'tag' ? happened.tag : null
  const event = eventOf(delivery, happened, look.message)
  const shared = (workflow: string) => ({
    ...commonOf(row, look, found),
    triggerType: happened.is,
    branch,
    tag,
    priority: priorityOf(branch, row),
    labels: [],
    dedupeKey: `${delivery.id}:${delivery.round}:${workflow}`,
  })
  if (!found.pipeline) {
    const builds = await startBuilds(ctx, row, [brokenBuild(shared('configuration'), found)])
    return { status: 'processed', reason: unusable(found), builds }
  }
  const occasion = {
    commit: look.commit,
    branch,
    tag,
    pullRequestNumber: null,
    triggerType: happened.is,
  }
  const verdicts = await decideWorkflows(ctx, row, found, event, occasion)
  const payload = event.type === 'manual' ? null : event.payload
  const news = verdicts.flatMap((verdict) => {
    const { id, runs, skipped, reason } = verdict
    if (skipped) return [skippedBuild(shared(id), verdict, reason)]
    const workflow = runs ? found.pipeline?.workflows.find((each) => each.id === id) : undefined
    return workflow ? [startedBuild(shared(id), workflow, payload)] : []
  })
  // Nobody can say whether a workflow with errors would have run; a red build says that it has them.
  if (errorsOf(found).length > 0) news.push(brokenBuild(shared('configuration'), found))
  const builds = news.length > 0 ? await startBuilds(ctx, row, news) : []
  return {
    status: news.some(({ ended }) => ended?.as !== 'skipped') ? 'processed' : 'ignored',
    reason: reasonOf(verdicts, found),
    builds,
  }
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

type Happened = Extract<RepoEvent, { is: 'push' | 'tag' }>

function eventOf(
  delivery: DeliveryRow,
  happened: Happened,
  commitMessage: string | null,
): PipelineEvent {
  const seen = { commitMessage, changedFiles: null, payload: payloadOf(delivery) }
  return happened.is === 'push'
    ? { type: 'push', branch: happened.branch, ...seen }
    : { type: 'tag', tag: happened.tag, ...seen }
}

/** It was verified and read as JSON when it came. */
function payloadOf({ payload }: DeliveryRow): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return null
  }
}

/** Journey 17.3: what people wait for first. */
const priorityOf = (branch: string | null, row: RepositoryRow): Priority =>
  branch === row.defaultBranch ? 3 : 4

const ignored = (reason: string): Decision => ({ status: 'ignored', reason, builds: [] })

const unusable = (found: FoundPipeline): string =>
  `${found.fileName ?? 'The stored configuration'} cannot be used; the build says where it is wrong.`

function reasonOf(verdicts: Verdict[], found: FoundPipeline): string {
  const kind = found.source === 'default' ? 'default' : 'stored'
  const from = found.fileName ?? `the ${kind} configuration`
  const lines = verdicts.map(
    ({ name, runs, skipped, reason }) =>
      `${name} ${runs ? 'was started' : skipped ? 'was skipped' : 'was not started'}: ${reason}`,
  )
  const broken = new Set(errorsOf(found).map(({ workflow }) => workflow ?? 'the file'))
  for (const name of broken) {
    lines.push(`${name} was not started: it has errors. The failed build says where.`)
  }
  return [`By ${from}:`, ...lines].join('\n')
}

async function settle(ctx: Ctx, id: Id, verdict: Decision): Promise<void> {
  await change(ctx, async (tx, record) => {
    const { deliveries: d } = schema
    const moved = await tx
      .update(d)
      .set({
        status: verdict.status,
        reason: verdict.reason,
        buildIds: verdict.builds.map((each) => each.id),
        processedAt: ctx.clock(),
      })
      .where(and(eq(d.id, id), eq(d.status, 'received')))
      .returning({ id: d.id })
      .get()
    if (moved) record('delivery.processed', id, { status: verdict.status })
  })
}

const backoff: readonly Millis[] = [seconds(5), seconds(30), seconds(120), seconds(600)]

async function postpone(ctx: Ctx, row: DeliveryRow, why: string): Promise<void> {
  const wait = backoff[Math.min(row.attempts, backoff.length - 1)] ?? 0
  await change(ctx, async (tx, record) => {
    await tx
      .update(schema.deliveries)
      .set({
        attempts: row.attempts + 1,
        notBefore: ctx.clock() + wait,
        reason: `${why} Tried ${row.attempts + 1} of ${attemptsMax} times; the next try is soon.`,
      })
      .where(eq(schema.deliveries.id, row.id))
    record('delivery.postponed', row.id, { attempts: row.attempts + 1 })
  })
}
