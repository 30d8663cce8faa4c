import { and, desc, eq, gte, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { days } from '../../lib/clock.ts'
import { may, refused } from '../access/may.ts'
import type { Build } from '../builds/build.ts'
import { buildOf } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import { expiringSoon } from '../expiry/list.ts'
import { findGithubApp } from '../github/find.ts'
import { findGitlabInstances } from '../gitlab/find.ts'
import { repositoryOf } from '../repositories/find.ts'
import type { Repository } from '../repositories/repository.ts'
import type { Overview } from './overview.ts'

const activeMax = 20
const recentMax = 10
const repositoriesMax = 20
const failingMax = 10
const approvalsMax = 10
const heldMax = 300
const sparklineBuilds = 20
const statisticsMs = days(30)
// Enough to say how things go; counting every build of a busy month would cost more than it tells.
const statisticsBuildsMax = 2000

/** The state of the work at one glance. */
export async function showOverview(ctx: Ctx): Promise<Overview> {
  if (!may(ctx.actor, 'overview.read')) throw refused(ctx.actor)
  const repositories = await newestRepositories(ctx)
  const rows = await Promise.all(
    repositories.map(async (repository) => ({
      repository,
      builds: await newestBuilds(
        ctx,
        eq(schema.builds.repositoryId, repository.id),
        sparklineBuilds,
      ),
    })),
  )
  const receivedDelivery = await hasVerifiedDelivery(ctx)
  const recent = await newestBuilds(ctx, isNotNull(schema.builds.finishedAt), recentMax)
  return {
    active: await activeBuilds(ctx),
    recent,
    approvals: await heldCommits(ctx),
    expiring: may(ctx.actor, 'signing.read') ? await expiringSoon(ctx) : [],
    failing: rows.flatMap(failingIn).slice(0, failingMax),
    repositories: rows,
    statistics: await statistics(ctx),
    checklist: {
      checkedAddress: ctx.life.addressCheck !== null || receivedDelivery,
      connectedForge:
        (await findGithubApp(ctx)) !== null ||
        (await findGitlabInstances(ctx)).some(({ state }) => state === 'connected'),
      addedRepository: repositories.length > 0,
      builtOnce: recent.length > 0,
      receivedDelivery,
    },
  }
}

async function newestRepositories(ctx: Ctx): Promise<Repository[]> {
  const { repositories: r } = schema
  const rows = await ctx.db.read
    .select()
    .from(r)
    .where(and(eq(r.organizationId, ctx.organizationId), isNull(r.removedAt)))
    .orderBy(desc(r.id))
    .limit(repositoriesMax)
    .all()
  return rows.map(repositoryOf)
}

async function newestBuilds(
  ctx: Ctx,
  which: ReturnType<typeof eq>,
  limit: number,
): Promise<Build[]> {
  const { builds, repositories } = schema
  const rows = await ctx.db.read
    .select({ build: builds, repository: repositories.fullName })
    .from(builds)
    .innerJoin(repositories, eq(repositories.id, builds.repositoryId))
    .where(and(eq(builds.organizationId, ctx.organizationId), which))
    .orderBy(desc(builds.id))
    .limit(limit)
    .all()
  return rows.map(({ build, repository }) => buildOf(build, repository))
}

/** Running ones first, then those that wait, each newest first. */
async function activeBuilds(ctx: Ctx): Promise<Build[]> {
  const active = await newestBuilds(
    ctx,
    inArray(schema.builds.status, ['running', 'pending']),
    activeMax,
  )
  const running = active.filter(({ status }) => status === 'running')
  return [...running, ...active.filter(({ status }) => status === 'pending')]
}

/** One for each commit of a pull request: one answer lets all its builds start. */
async function heldCommits(ctx: Ctx): Promise<Overview['approvals']> {
  const held = await newestBuilds(ctx, inArray(schema.builds.status, ['waiting_approval']), heldMax)
  const commits = new Map<string, { build: Build; count: number }>()
  for (const build of held) {
    const key = [build.repositoryId, build.pullRequestNumber, build.commitSha].join('\n')
    const known = commits.get(key)
    if (known) known.count += 1
    else commits.set(key, { build, count: 1 })
  }
  return [...commits.values()].slice(0, approvalsMax)
}

function failingIn({ repository, builds }: { repository: Repository; builds: Build[] }) {
  const last = builds.find(
    ({ branch, status, fork }) =>
      // A fork may call its branch the same.
      fork === null &&
      branch === repository.defaultBranch &&
      (status === 'success' || status === 'failure'),
  )
  return last?.status === 'failure' ? [{ repository, build: last }] : []
}

async function statistics(ctx: Ctx): Promise<Overview['statistics']> {
  const { builds: b } = schema
  const rows = await ctx.db.read
    .select({ status: b.status, durationMs: b.durationMs })
    .from(b)
    .where(
      and(
        eq(b.organizationId, ctx.organizationId),
        inArray(b.status, ['success', 'failure']),
        gte(b.queuedAt, ctx.clock() - statisticsMs),
      ),
    )
    .orderBy(sql`${b.id} desc`)
    .limit(statisticsBuildsMax)
    .all()
  const succeeded = rows.filter(({ status }) => status === 'success')
  const durations = succeeded
    .flatMap(({ durationMs }) => (durationMs === null ? [] : [durationMs]))
    .sort((x, y) => x - y)
  return {
    finished: rows.length,
    successRate: rows.length === 0 ? null : succeeded.length / rows.length,
    medianDurationMs: durations[Math.floor(durations.length / 2)] ?? null,
  }
}

async function hasVerifiedDelivery(ctx: Ctx): Promise<boolean> {
  const { deliveries: d } = schema
  const row = await ctx.db.read
    .select({ id: d.id })
    .from(d)
    .where(and(eq(d.organizationId, ctx.organizationId), isNotNull(d.happened)))
    .limit(1)
    .get()
  return row !== undefined
}
