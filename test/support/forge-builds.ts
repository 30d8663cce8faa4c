import { and, eq, lte, sql } from 'drizzle-orm'
import { startBuilds } from '../../src/core/builds/trigger.ts'
import type { NewBuild } from '../../src/core/builds/queue.ts'
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
import type { BuildOutcome } from '../../src/protocol/outcome.ts'
import { admin, type TestServices } from './ctx.ts'
import { eventually } from './eventually.ts'
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
  return {
    /** Starts everything that waits. */
    start: () => claimBuilds(ctx, id, 50),
    async finish(buildId: string, outcome: BuildOutcome = { is: 'success' }) {
      const at = services.clock()
      await takeEvents(ctx, buildId, 1, [{ type: 'build.finished', seq: 0, at, outcome }])
    },
  }
}

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
    workStatuses(system, stopping.signal),
  ]
  const settled = () => eventually(() => checkSettled(services), 15_000)
  return {
    settled,
    async later(ms) {
      services.advance(ms)
      services.bells.ring(statusesTopic)
      await settled()
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await Promise.all(working)
    },
  }
}

async function checkSettled({ db, clock }: TestServices): Promise<void> {
  const { facts, reactionCursors: c, commitStatuses: s } = schema
  const newest = await db.read
    .select({ seq: facts.seq })
    .from(facts)
    .where(sql`${facts.kind} in ('build.held', 'build.queued', 'build.started', 'build.finished')`)
    .orderBy(sql`${facts.seq} desc`)
    .get()
  const cursor = await db.read.select().from(c).where(eq(c.name, reportStatus.name)).get()
  if ((cursor?.seq ?? -1) < (newest?.seq ?? 0)) throw new Error('facts wait for the reaction')
  const due = await db.read
    .select()
    .from(s)
    .where(
      and(
        eq(s.telling, 'waiting'),
        lte(s.notBefore, clock()),
        sql`not exists (select 1 from ${s} held
          where held.repository_id = ${s.repositoryId} and held.held_until > ${clock()})`,
      ),
    )
    .all()
  if (due.length > 0) throw new Error(`${due.length} reports are due: ${JSON.stringify(due[0])}`)
}

/** The rows of the outbox, oldest first. */
export const outbox = ({ db }: TestServices) =>
  db.read.select().from(schema.commitStatuses).orderBy(schema.commitStatuses.id).all()
