import { and, eq, inArray, lte, sql } from 'drizzle-orm'
import { startBuilds } from '../../src/core/builds/trigger.ts'
import type { NewBuild } from '../../src/core/builds/queue.ts'
import { workComments } from '../../src/core/comments/worker.ts'
import { commentsTopic } from '../../src/core/comments/want.ts'
import { commentPullRequest } from '../../src/core/reactions/comments.ts'
import { reportStatus } from '../../src/core/reactions/commit-statuses.ts'
import { workReaction } from '../../src/core/reactions/worker.ts'
import { addRepository } from '../../src/core/repositories/add.ts'
import { findRepositoryRow } from '../../src/core/repositories/find.ts'
import { claimBuilds } from '../../src/core/runners/claim.ts'
import { registerRunner } from '../../src/core/runners/register.ts'
import { takeEvents } from '../../src/core/runners/take-events.ts'
import { statusesTopic } from '../../src/core/statuses/want.ts'
import { workStatuses } from '../../src/core/statuses/worker.ts'
import { schema } from '../../src/db/client.ts'
import { Secret } from '../../src/lib/secret.ts'
import type { RunnerEvent } from '../../src/protocol/messages.ts'
import type { BuildOutcome, StepOutcome } from '../../src/protocol/outcome.ts'
import { operatorReach } from '../../src/lib/safe-fetch.ts'
import { connections } from '../../src/core/connections/index.ts'
import { admin, type TestServices } from './ctx.ts'
import { eventually } from './eventually.ts'
import type { FakeGithub } from './fake-forges/github.ts'
import type { Permissions } from './fake-forges/github/world.ts'
import { testPlan } from './plan.ts'

export const forgeToken = 'ghp_0123456789abcdefToken'
export const sha = (n: number): string => n.toString(16).padStart(40, 'c')

/** A repository of a forge, with a token unless told otherwise; gives its id. */
export async function forgeRepository(
  services: TestServices,
  provider: 'github' | 'gitlab',
  cloneUrl: string,
  token: string | null = forgeToken,
): Promise<string> {
  const { repository } = await addRepository(services.as(admin), {
    provider,
    clone_url: cloneUrl,
    owner: 'lumen',
    ...(token === null ? {} : { clone_password: token }),
  })
  return repository.id
}

type Wish = Partial<Omit<NewBuild, 'commit'>> & { commit?: string }

/** Builds of one push, queued in one transaction; gives their ids. */
export async function queueBuilds(
  services: TestServices,
  repositoryId: string,
  wishes: readonly Wish[],
): Promise<string[]> {
  const ctx = services.as(admin)
  const builds = await startBuilds(
    ctx,
    await findRepositoryRow(ctx, repositoryId),
    wishes.map(({ commit = sha(1), ...wish }) => ({
      repositoryId,
      workflow: { id: 'main', name: 'Main' },
      plan: wish.ended ? null : testPlan(),
      ended: null,
      triggerType: 'push' as const,
      branch: 'main',
      tag: null,
      pullRequest: null,
      commit: { sha: commit, message: 'm', author: 'Ada' },
      config: { source: 'repository' as const, fileName: 'oore.yaml', content: null },
      priority: 3 as const,
      labels: [],
      retryOf: null,
      dedupeKey: null,
      ...wish,
    })),
  )
  return builds.map(({ id }) => id)
}

/** A runner of the tests: builds start and end when it says so. */
export async function makeRunner(services: TestServices) {
  const { id } = await registerRunner(
    services.as({ is: 'stranger' }),
    { token: 'pool-token', pool: new Secret('pool-token') },
    { name: 'test', slots: 50, pid: 1 },
  )
  const ctx = services.as({ is: 'runner', runnerId: id })
  const counts = new Map<string, number>()
  const say = async (buildId: string, events: readonly Unnumbered[]) => {
    const first = counts.get(buildId) ?? 0
    counts.set(buildId, first + events.length)
    const at = services.clock()
    await takeEvents(
      ctx,
      buildId,
      1,
      events.map((event, index) => ({ ...event, seq: first + index, at }) as RunnerEvent),
    )
  }
  const finishStep = (
    buildId: string,
    position: number,
    outcome: StepOutcome = { is: 'success' },
  ) =>
    say(buildId, [
      { type: 'step.started', position },
      {
        type: 'step.finished',
        position,
        outcome,
        ignored: false,
        log: { stdout_bytes: 0, stderr_bytes: 0, truncated: false },
      },
    ])
  return {
    /** Starts everything that waits. */
    start: () => claimBuilds(ctx, id, 50),
    say,
    finishStep,
    finish: (buildId: string, outcome: BuildOutcome = { is: 'success' }) =>
      say(buildId, [{ type: 'build.finished', outcome }]),
    /** Ends a build by a step that says no. */
    async failStep(buildId: string, position: number, why: string) {
      await finishStep(buildId, position, { is: 'failed', exitCode: 1, signal: null })
      await say(buildId, [{ type: 'build.finished', outcome: { is: 'failed', why } }])
    },
  }
}

/** What a runner says, without its number and its time. */
type Unnumbered = WithoutNumber<RunnerEvent>
type WithoutNumber<T> = T extends unknown ? Omit<T, 'seq' | 'at'> : never

export type Reporting = {
  /** Resolves when every fact was reacted to, and all that is due has been tried. */
  settled(): Promise<void>
  /** Moves the clock, and lets everything that has become due be tried. */
  later(ms: number): Promise<void>
  /** Ends the workers as a killed server does: nothing that is on its way is settled. */
  [Symbol.asyncDispose](): Promise<void>
}

/** The reaction and the worker of a server, as they run there. */
export function startReporting(services: TestServices): Reporting {
  const stopping = new AbortController()
  const system = services.as({ is: 'system' })
  const working = [
    workReaction(system, reportStatus, stopping.signal),
    workReaction(system, commentPullRequest, stopping.signal),
    workStatuses(system, stopping.signal),
    workComments(system, stopping.signal),
  ]
  const settled = () => eventually(() => checkSettled(services), 15_000)
  return {
    settled,
    async later(ms) {
      services.advance(ms)
      services.bells.ring(statusesTopic)
      services.bells.ring(commentsTopic)
      await settled()
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await Promise.all(working)
    },
  }
}

async function checkSettled({ db, clock }: TestServices): Promise<void> {
  const { facts, reactionCursors: c, commitStatuses: s, pullRequestComments: p } = schema
  for (const { name, to } of [reportStatus, commentPullRequest]) {
    const newest = await db.read
      .select({ seq: facts.seq })
      .from(facts)
      .where(inArray(facts.kind, [...to]))
      .orderBy(sql`${facts.seq} desc`)
      .get()
    const cursor = await db.read.select().from(c).where(eq(c.name, name)).get()
    if ((cursor?.seq ?? -1) < (newest?.seq ?? 0)) throw new Error(`facts wait for ${name}`)
  }
  for (const table of [s, p]) {
    const due = await db.read
      .select()
      .from(table)
      .where(
        and(
          eq(table.telling, 'waiting'),
          lte(table.notBefore, clock()),
          ...[s, p].map(
            (each) => sql`not exists (select 1 from ${each} held
              where held.repository_id = ${table.repositoryId} and held.held_until > ${clock()})`,
          ),
        ),
      )
      .all()
    if (due.length > 0) throw new Error(`${due.length} reports are due: ${JSON.stringify(due[0])}`)
  }
}

/** The rows of the outbox, oldest first. */
export const outbox = ({ db }: TestServices) =>
  db.read.select().from(schema.commitStatuses).orderBy(schema.commitStatuses.id).all()

/** The comments of pull requests, oldest first. */
export const commentRows = ({ db }: TestServices) =>
  db.read.select().from(schema.pullRequestComments).orderBy(schema.pullRequestComments.id).all()

const connectionOfGithub = connections.github

/** Takes back what `appRepository` put in place of the connection to GitHub: call it after each test. */
export function restoreConnection(): void {
  if (connectionOfGithub) connections.github = connectionOfGithub
  else delete connections.github
}

/**
 * A repository on a fake GitHub that Oore's App is installed on. `permissions` are what its owner has
 * agreed to, which `app.permissions` may change later.
 */
export async function appRepository(
  services: TestServices,
  forge: FakeGithub,
  permissions: Permissions = { checks: 'write', statuses: 'write', pull_requests: 'write' },
) {
  const owned = forge.addRepository('lumen/wallet', { dir: null })
  const manifest = {
    name: 'Oore tests',
    url: 'https://oore.example.com',
    default_permissions: permissions,
    default_events: [],
  }
  const app = forge.addApp(manifest, 'lumen')
  const installation = forge.install(app, 'lumen')
  connections.github = {
    access: async () => ({
      via: 'app',
      credential: {
        username: 'x-access-token',
        password: new Secret(forge.token(installation)),
      },
      apiUrl: forge.apiUrl,
      reach: operatorReach,
    }),
  }
  const id = await forgeRepository(services, 'github', `${forge.url}/lumen/wallet.git`, null)
  await services.db.write(async (tx) => {
    await tx
      .update(schema.repositories)
      .set({ connectionId: 'an-installation' })
      .where(eq(schema.repositories.id, id))
  })
  return { id, app, installation, repository: owned }
}
