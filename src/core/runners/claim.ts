import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { type Plan, readPlan } from '../../pipeline/plan.ts'
import type { Claim } from '../../protocol/messages.ts'
import { builtInVariables, forkVariables, inputVariables } from '../../protocol/variables.ts'
import { may, refused } from '../access/may.ts'
import { checkApproved } from '../approvals/find.ts'
import { type FailureKind, sourcesOf } from '../builds/build.ts'
import { knownEnvironment } from '../builds/environment.ts'
import { lackOf } from '../builds/lack.ts'
import { previousCommit } from '../builds/queue.ts'
import { allowanceOf, trustOf, withheldFrom } from '../builds/trust.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import type { Provider } from '../repositories/repository.ts'
import { accessOf, tlsOf } from '../repositories/source.ts'
import { asksForSigning, chooseSigning } from '../signing/choose.ts'
import { type HandedOver, handOver } from '../signing/hand-over.ts'
import { abandonSteps } from '../steps/move.ts'
import { dropTests } from '../tests/take.ts'
import { noteVariableUse, resolveVariables } from '../variables/resolve.ts'
import { noteHeard } from './lease.ts'

// Said with the word itself: for a parameter SQLite would not use the index of waiting builds.
const isWaiting = sql`${schema.builds.status} = 'pending'`

/** Between the polite signal and the one that cannot be refused. */
const graceMs = 10_000

/**
 * Hands the builds that come first to a runner, at most `count`: highest priority, then oldest.
 * Each gets a lease whose fence is higher than any before it.
 */
export async function claimBuilds(ctx: Ctx, runnerId: Id, count: number): Promise<Claim[]> {
  if (!may(ctx.actor, 'build.run')) throw refused(ctx.actor)
  if (count <= 0 || !(await isAnyWaiting(ctx))) return []
  const claimed = await change(ctx, async (tx, record) => {
    const { builds, leases } = schema
    const waiting = await tx
      .select({ id: builds.id })
      .from(builds)
      .where(isWaiting)
      .orderBy(asc(builds.priority), asc(builds.id))
      .limit(count)
      .all()
    const rows = []
    for (const { id } of waiting) {
      const build = await tx
        .update(builds)
        .set({ status: 'running', startedAt: ctx.clock() })
        .where(and(eq(builds.id, id), inArray(builds.status, sourcesOf('running'))))
        .returning()
        .get()
      if (!build) continue
      const lease = { runnerId, fence: 1, nextEvent: 0 }
      await tx.insert(leases).values({ buildId: id, ...lease })
      record('build.started', id)
      rows.push({ build, fence: lease.fence })
    }
    return rows
  })
  return soundClaims(ctx, claimed)
}

/**
 * Hands builds out again whose claim got lost on its way, under a higher fence, so that a claim
 * which arrives late after all is worth nothing.
 */
export async function claimAgain(ctx: Ctx, ids: readonly Id[]): Promise<Claim[]> {
  if (!may(ctx.actor, 'build.run')) throw refused(ctx.actor)
  if (ids.length === 0) return []
  const claimed = await change(ctx, async (tx, record) => {
    const { builds, leases } = schema
    const rows = []
    for (const id of ids) {
      const lease = await tx
        .update(leases)
        .set({ fence: sql`${leases.fence} + 1`, nextEvent: 0 })
        .where(eq(leases.buildId, id))
        .returning()
        .get()
      // Whoever held it before may have told of tests; they will be told anew.
      await dropTests(tx, id)
      const build = await tx.select().from(builds).where(eq(builds.id, id)).get()
      if (!build) continue
      record('build.claimed_again', id)
      rows.push({ build, fence: lease.fence })
    }
    return rows
  })
  return soundClaims(ctx, claimed)
}

async function isAnyWaiting(ctx: Ctx): Promise<boolean> {
  const { builds } = schema
  const row = await ctx.db.read
    .select({ id: builds.id })
    .from(builds)
    .where(isWaiting)
    .limit(1)
    .get()
  return row !== undefined
}

/**
 * The claims of builds that were leased. One that cannot be made, because its credential does not
 * open say, ends its build with that sentence and stands in nobody else's way.
 */
async function soundClaims(
  ctx: Ctx,
  leased: readonly { build: BuildRow; fence: number }[],
): Promise<Claim[]> {
  const claims: Claim[] = []
  for (const { build, fence } of leased) {
    try {
      claims.push(await claimOf(ctx, build, fence))
      noteHeard(ctx, build.id)
    } catch (error) {
      ctx.log.error({ err: error, build: build.id }, 'a build could not be handed out')
      const kind = error instanceof Lacks ? 'credentials' : 'setup'
      await breakBuild(ctx, build, kind, messageOf(error))
    }
  }
  return claims
}

async function breakBuild(
  ctx: Ctx,
  build: BuildRow,
  failureKind: FailureKind,
  why: string,
): Promise<void> {
  await change(ctx, async (tx, record) => {
    const { builds, leases } = schema
    const finishedAt = ctx.clock()
    const moved = await tx
      .update(builds)
      .set({
        status: 'failure',
        failureKind,
        errorMessage: why,
        finishedAt,
        durationMs: finishedAt - (build.startedAt ?? finishedAt),
      })
      .where(and(eq(builds.id, build.id), inArray(builds.status, sourcesOf('failure'))))
      .returning({ id: builds.id })
      .get()
    if (!moved) return
    await tx.update(leases).set({ fence: 0 }).where(eq(leases.buildId, build.id))
    await abandonSteps(tx, build.id, finishedAt)
    record('build.finished', build.id, { status: 'failure' })
  })
}

type BuildRow = typeof schema.builds.$inferSelect

async function claimOf(ctx: Ctx, build: BuildRow, fence: number): Promise<Claim> {
  const { buildPlans, repositories } = schema
  const row = await ctx.db.read
    .select({ frozen: buildPlans, repository: repositories })
    .from(buildPlans)
    .innerJoin(repositories, eq(repositories.id, build.repositoryId))
    .where(eq(buildPlans.buildId, build.id))
    .get()
  if (!row) throw new Error(`build ${build.id} was queued without a plan`)
  const { frozen, repository } = row
  await checkApproved(ctx, build)
  const { plan, withheld } = withheldFrom(readPlan(frozen.plan), allowanceOf(build))
  const stored = await storedFor(ctx, build, plan, frozen.counters)
  const access = await accessOf(ctx, repository, 'clone')
  const credential = access?.credential ?? null
  const tls = access === null ? null : tlsOf(access)
  return {
    build_id: build.id,
    fence,
    plan,
    trust:
      trustOf(build).is === 'own'
        ? { is: 'own' }
        : { is: 'fork', withheld: [...stored.withheld, ...withheld] },
    checkout: {
      clone_url: repository.cloneUrl,
      commit: build.mergeCommitSha ?? build.commitSha,
      ref: refOf(ctx, build, repository.provider),
      approved_commit: build.fork === null ? null : build.commitSha,
      // Leaves in this answer only, to a runner that showed its token.
      credential: credential && {
        username: credential.username,
        password: credential.password.reveal(),
      },
      tls: tls && { ca: tls.ca, is_unchecked: tls.isUnchecked },
      allow_local: ctx.config.allowLocalRepositories,
    },
    environment: {
      ...builtInVariables(build, repository.fullName, await previousOf(ctx, build)),
      ...(build.fork !== null && forkVariables(build.fork)),
      ...inputVariables(plan.inputs),
      ...frozen.counters,
    },
    variables: stored.variables,
    signing: stored.signing,
    warnings: stored.warnings,
    masks: [...(credential ? [credential.password.reveal()] : []), ...stored.masks],
    limits: {
      build_ms: plan.maxBuildDurationMs ?? ctx.config.maxBuildMs,
      step_ms: ctx.config.maxStepMs,
      log_bytes: ctx.config.maxLogBytes,
      grace_ms: graceMs,
    },
  }
}

/** What a build asks for is not there, found out when its turn had come. */
class Lacks extends Error {}

/** What is stored for a build, and how much of it was withheld. */
type Stored = HandedOver & { withheld: string[] }

/** Asked again although it was when the build was queued: meanwhile much may have ended. */
async function storedFor(
  ctx: Ctx,
  build: BuildRow,
  plan: Plan,
  counters: Record<string, string>,
): Promise<Stored> {
  const why = await lackOf(ctx, build, plan, counters)
  if (why !== null) throw new Lacks(why)
  const stored = await resolveVariables(ctx, build, plan)
  await noteVariableUse(ctx, build.id, stored.used)
  const handed = await signingFor(ctx, build, plan, counters)
  return {
    signing: handed.signing,
    warnings: handed.warnings,
    // What people store wins over what Oore sets.
    variables: { ...handed.variables, ...stored.variables },
    masks: [...handed.masks, ...stored.masks],
    withheld: stored.withheld === 0 ? [] : [variablesText(stored.withheld)],
  }
}

const variablesText = (count: number): string =>
  count === 1 ? 'one stored variable' : `${count} stored variables`

const nothing: HandedOver = {
  signing: { ios: null, android: [] },
  variables: {},
  masks: [],
  warnings: [],
}

async function signingFor(
  ctx: Ctx,
  build: BuildRow,
  plan: Plan,
  counters: Record<string, string>,
): Promise<HandedOver> {
  if (!allowanceOf(build).signing || !asksForSigning(plan)) return nothing
  const environment = await knownEnvironment(ctx, build, plan, counters)
  return handOver(ctx, build.id, await chooseSigning(ctx, plan, environment))
}

const previousOf = (ctx: Ctx, build: BuildRow): Promise<string | null> =>
  previousCommit(ctx, { ...build, isOfFork: build.fork !== null })

function refOf(ctx: Ctx, build: BuildRow, provider: Provider): string | null {
  if (build.mergeCommitSha !== null && build.pullRequestNumber !== null) {
    return ctx.scm(provider).mergeRefOf(build.pullRequestNumber)
  }
  // A fork's branch is none of the repository's, even where one there is called the same.
  if (build.fork !== null) return ctx.scm(provider).headRefOf(build.pullRequestNumber ?? 0)
  if (build.tag !== null) return `refs/tags/${build.tag}`
  return build.branch === null ? null : `refs/heads/${build.branch}`
}
