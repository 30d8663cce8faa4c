import { and, eq, isNull, sql } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { positionsOf, type Plan } from '../../pipeline/plan.ts'
import type { Ctx } from '../ctx.ts'
import type { Recorder } from '../events/change.ts'
import type { ConfigSource, Fork, Priority, TriggerType } from './build.ts'
import type { DescribedBuild } from '../../protocol/variables.ts'
import type { BuildRow } from './find.ts'
import { lackOf, type PreparedBuild } from './lack.ts'
import { workflowLabels } from './labels.ts'

/** Everything that decides a build, before it has an id and a number. */
export type NewBuild = {
  repositoryId: Id
  workflow: { id: string; name: string }
  /** Null for a build that ends at once: its configuration has a problem, or it was held back. */
  plan: Plan | null
  /** Why there is no plan. */
  ended: { as: 'failure' | 'skipped'; why: string } | null
  triggerType: TriggerType
  branch: string | null
  tag: string | null
  pullRequest: {
    number: number
    /** The branch that it goes to. */
    target: string
    /** What is checked out instead of `commit`; null where there is no merge of it. */
    mergeCommit: string | null
    /**
     * Null where its commits are of the repository itself. A fork's build waits for an approval,
     * unless it goes by one that was given.
     */
    fork: { from: Fork; approvalId: Id | null } | null
  } | null
  commit: { sha: string; message: string; author: string }
  config: { source: ConfigSource; fileName: string | null; content: string | null }
  priority: Priority
  /** Given by whoever started it; those of the workflow join them. */
  labels: string[]
  retryOf: Id | null
  dedupeKey: string | null
}

/**
 * Puts a build into the queue with its steps, its frozen plan and the fact, in the caller's
 * transaction. Where a build with the same dedupe key is there already, it is that one.
 */
export async function queueBuild(
  ctx: Ctx,
  tx: Writer,
  record: Recorder,
  build: NewBuild,
): Promise<BuildRow> {
  const { builds, buildPlans } = schema
  if (build.dedupeKey !== null) {
    const same = await tx.select().from(builds).where(eq(builds.dedupeKey, build.dedupeKey)).get()
    if (same) return same
  }
  const id = newId()
  const now = ctx.clock()
  const number = await takeBuildNumber(tx, build.repositoryId)
  const ordinal = await takeWorkflowOrdinal(tx, build.repositoryId, build.workflow.id)
  const counters = { BUILD_NUMBER: String(ordinal), PROJECT_BUILD_NUMBER: String(number) }
  const fork = build.pullRequest?.fork ?? null
  const isHeld = build.ended === null && fork !== null && fork.approvalId === null
  const queued = {
    id,
    organizationId: ctx.organizationId,
    repositoryId: build.repositoryId,
    number,
    workflow: build.workflow.id,
    workflowName: build.workflow.name,
    status: isHeld ? ('waiting_approval' as const) : ('pending' as const),
    failureKind: null,
    errorMessage: null,
    triggerType: build.triggerType,
    branch: build.branch,
    tag: build.tag,
    commitSha: build.commit.sha,
    commitMessage: build.commit.message.slice(0, commitMessageLengthMax),
    commitAuthor: build.commit.author.slice(0, commitAuthorLengthMax),
    configSource: build.config.source,
    priority: build.priority,
    pullRequestNumber: build.pullRequest?.number ?? null,
    pullRequestTarget: build.pullRequest?.target ?? null,
    mergeCommitSha: build.pullRequest?.mergeCommit ?? null,
    fork: fork?.from ?? null,
    approvalId: fork?.approvalId ?? null,
    labels: build.labels,
    retryOf: build.retryOf,
    dedupeKey: build.dedupeKey,
    queuedAt: now,
    finishedAt: null,
  } satisfies typeof builds.$inferInsert
  const ended = await endOf(ctx, build, queued, counters)
  const labels = build.plan === null ? [] : await labelsFor(tx, build.plan, queued, counters)
  const row = await tx
    .insert(builds)
    .values({
      ...queued,
      ...(ended && { ...ended, finishedAt: now }),
      labels: [...new Set([...labels, ...build.labels])],
    })
    .returning()
    .get()
  await tx.insert(buildPlans).values({
    buildId: id,
    plan: build.plan,
    configFileName: build.config.fileName,
    configContent: build.config.content,
    counters,
  })
  if (build.plan) await insertSteps(tx, id, build.plan, ended === null ? 'pending' : 'skipped')
  record(ended ? 'build.finished' : isHeld ? 'build.held' : 'build.queued', id, {
    workflow: build.workflow.id,
    cancel_previous: cancelsPrevious(build.plan, build.triggerType),
  })
  return row
}

type End = Pick<BuildRow, 'status' | 'failureKind' | 'errorMessage'>

/** How a build ends before a slot is taken for it; null where it may run. */
async function endOf(
  ctx: Ctx,
  { ended, plan }: NewBuild,
  build: PreparedBuild,
  counters: Record<string, string>,
): Promise<End | null> {
  if (ended !== null) {
    const failureKind = ended.as === 'failure' ? 'config' : null
    return { status: ended.as, failureKind, errorMessage: ended.why }
  }
  const why = plan === null ? null : await lackOf(ctx, build, plan, counters)
  return why === null ? null : { status: 'failure', failureKind: 'credentials', errorMessage: why }
}

/** Does it end the older ones? Of tags and of what people start, each is wanted. */
export const cancelsPrevious = (plan: Plan | null, type: TriggerType): boolean =>
  plan?.cancelPreviousBuilds === true &&
  (type === 'push' || type === 'pull_request' || type === 'merge_request')

// What a page and a list row can show; git itself knows no limit.
const commitMessageLengthMax = 4000
const commitAuthorLengthMax = 200

/** Those of the workflow come first. */
async function labelsFor(
  tx: Writer,
  plan: Plan,
  build: DescribedBuild & { repositoryId: Id },
  counters: Record<string, string>,
): Promise<string[]> {
  if (plan.labels.length === 0) return []
  const { repositories } = schema
  const repository = await tx
    .select({ fullName: repositories.fullName })
    .from(repositories)
    .where(eq(repositories.id, build.repositoryId))
    .get()
  return workflowLabels(plan, { ...build, repository: repository?.fullName ?? '' }, counters)
}

async function takeBuildNumber(tx: Writer, repositoryId: Id): Promise<number> {
  const { repositories } = schema
  const row = await tx
    .update(repositories)
    .set({ nextBuildNumber: sql`${repositories.nextBuildNumber} + 1` })
    .where(eq(repositories.id, repositoryId))
    .returning({ next: repositories.nextBuildNumber })
    .get()
  return row.next - 1
}

async function takeWorkflowOrdinal(
  tx: Writer,
  repositoryId: Id,
  workflow: string,
): Promise<number> {
  const { workflowCounters } = schema
  const row = await tx
    .insert(workflowCounters)
    .values({ repositoryId, workflow, next: 2 })
    .onConflictDoUpdate({
      target: [workflowCounters.repositoryId, workflowCounters.workflow],
      set: { next: sql`${workflowCounters.next} + 1` },
    })
    .returning({ next: workflowCounters.next })
    .get()
  return row.next - 1
}

const positionNames = { setup: 'Get the code', finish: 'Collect artifacts' }

async function insertSteps(
  tx: Writer,
  buildId: Id,
  plan: Plan,
  status: 'pending' | 'skipped',
): Promise<void> {
  await tx.insert(schema.steps).values(
    positionsOf(plan).map((what, position) => ({
      buildId,
      position,
      kind: what.kind,
      name: 'step' in what ? what.step.name : positionNames[what.kind],
      status,
      ignoredFailure: false,
      stdoutBytes: 0,
      stderrBytes: 0,
      logTruncated: false,
    })),
  )
}

/**
 * The newest commit of this branch that the workflow built with success: CM_PREVIOUS_COMMIT. A
 * fork's branch may be called as one here is, so forks have none, and are nobody's.
 */
export async function previousCommit(
  ctx: Ctx,
  build: { repositoryId: Id; workflow: string; branch: string | null; isOfFork: boolean },
): Promise<string | null> {
  const { builds } = schema
  if (build.branch === null || build.isOfFork) return null
  const row = await ctx.db.read
    .select({ sha: builds.commitSha })
    .from(builds)
    .where(
      and(
        eq(builds.repositoryId, build.repositoryId),
        eq(builds.branch, build.branch),
        eq(builds.workflow, build.workflow),
        isNull(builds.fork),
        // With the word itself, so that SQLite uses the index of these rows.
        sql`${builds.status} = 'success'`,
      ),
    )
    .orderBy(sql`${builds.id} desc`)
    .limit(1)
    .get()
  return row?.sha ?? null
}
