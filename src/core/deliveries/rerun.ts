import { and, asc, eq, gte, lt } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { RerunEvent } from '../../scm/repo-event.ts'
import { aboutProvider } from '../repositories/repository.ts'
import { type Build, isFinished } from '../builds/build.ts'
import { buildOf } from '../builds/find.ts'
import { retryBuild } from '../builds/retry.ts'
import type { Ctx } from '../ctx.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import type { Decision } from './decide.ts'
import type { DeliveryRow } from './find.ts'

/**
 * Starts anew what somebody asked for by a button of the forge: exactly the build of a check, or of a
 * commit what failed, and everything where nothing did. By the rules of a retry.
 */
export async function decideRerun(
  ctx: Ctx,
  delivery: DeliveryRow,
  row: RepositoryRow,
  event: RerunEvent,
): Promise<Decision> {
  const key = `${delivery.id}:${delivery.round}:`
  const before = await startedBy(ctx, row, key)
  if (before.length > 0) return decision(row, event, before, [])
  const newest = await newestOfEach(ctx, row, event.commit)
  const wanted = event.check === null ? ofSuite(newest) : ofCheck(newest, event.check)
  if (typeof wanted === 'string') return { status: 'ignored', reason: wanted, builds: [] }
  const builds: Build[] = []
  const lines: string[] = []
  for (const { build } of wanted) {
    try {
      builds.push(await retryBuild(ctx, build.id, { dedupeKey: `${key}${build.id}` }))
    } catch (error) {
      if (!(error instanceof OoreError && error.trouble === 'conflict')) throw error
      lines.push(error.message)
    }
  }
  return decision(row, event, builds, lines)
}

function decision(
  { provider }: RepositoryRow,
  { by }: RerunEvent,
  builds: Build[],
  lines: readonly string[],
): Decision {
  const started = builds.map(
    ({ number, workflowName }) => `${workflowName} was started again, as build #${number}.`,
  )
  return {
    status: builds.length > 0 ? 'processed' : 'ignored',
    reason: [
      `${by ?? 'Somebody'} asked for it on ${aboutProvider(provider).name}.`,
      ...started,
      ...lines,
    ].join('\n'),
    builds,
  }
}

/** What this delivery started already, before the server was stopped in the middle of it. */
async function startedBy(ctx: Ctx, { id, fullName }: RepositoryRow, key: string): Promise<Build[]> {
  const { builds: b } = schema
  const rows = await ctx.db.read
    .select()
    .from(b)
    .where(and(eq(b.repositoryId, id), gte(b.dedupeKey, key), lt(b.dedupeKey, `${key}~`)))
    .all()
  return rows.map((row) => buildOf(row, fullName))
}

/** The check of a commit, with the newest build of its workflow. */
type Checked = { context: string; build: Build; ids: ReadonlySet<string> }

/** What was told as checks of this commit, by workflow: of another App's there is nothing. */
async function newestOfEach(
  ctx: Ctx,
  { id, fullName }: RepositoryRow,
  commit: string,
): Promise<Checked[]> {
  const { builds: b, commitStatuses: s } = schema
  const told = await ctx.db.read
    .select({ context: s.context, workflow: b.workflow })
    .from(s)
    .innerJoin(b, eq(b.id, s.buildId))
    .where(and(eq(s.repositoryId, id), eq(s.commitSha, commit), eq(s.toldWay, 'check')))
    .all()
  const rows = await ctx.db.read
    .select()
    .from(b)
    .where(and(eq(b.repositoryId, id), eq(b.commitSha, commit)))
    .orderBy(asc(b.id))
    .all()
  return told.flatMap(({ context, workflow }) => {
    const own = rows.filter((row) => row.workflow === workflow && row.configSource !== 'draft')
    const newest = own.at(-1)
    if (newest === undefined) return []
    const ids = new Set(own.map((row) => row.id))
    return [{ context, build: buildOf(newest, fullName), ids }]
  })
}

/** Of builds of the same workflow only the newest counts: an older one was superseded by it. */
function ofCheck(
  newest: readonly Checked[],
  { externalId, name }: { externalId: string; name: string },
): Checked[] | string {
  const found = newest.find(({ context, ids }) => context === name && ids.has(externalId))
  if (found === undefined) return 'Oore knows no build of this check: it is of another App.'
  return isFinished(found.build.status) ? [found] : isAtIt(found)
}

function ofSuite(newest: readonly Checked[]): Checked[] | string {
  const [first] = newest
  if (first === undefined) return 'Oore told of no check of this commit: they are of another App.'
  // What was skipped, and what has no sound configuration, says the same again.
  const ended = newest.filter(({ build }) => isFinished(build.status) && build.startedAt !== null)
  const failed = ended.filter(({ build }) => build.status !== 'success')
  if (failed.length > 0) return failed
  return ended.length > 0 ? ended : isAtIt(first)
}

const isAtIt = ({ build }: Checked): string =>
  `Build #${build.number} of this check has not ended yet, so nothing more was started.`
