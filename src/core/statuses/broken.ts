import { and, desc, eq, inArray, isNull, lt, ne, type SQL } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import type { Build } from '../builds/build.ts'
import { findBuild } from '../builds/find.ts'
import { configurationWorkflow } from '../builds/trigger.ts'
import type { Ctx } from '../ctx.ts'
import { findRepositoryRow, type RepositoryRow } from '../repositories/find.ts'
import { contextOf, soundContexts } from './context.ts'
import { type Check, checkOf, isReported, putWanted, statusesTopic } from './want.ts'

/** One event starts at most so many builds. */
const contextsMax = 300

/** Did this build only say that its configuration cannot be used? */
const isBroken = ({ workflow, failureKind }: Build): boolean =>
  workflow === configurationWorkflow && failureKind === 'config'

/**
 * A commit whose configuration has errors has no builds of the workflows that nobody could read, and a
 * merge that requires their checks would wait for ever. So the checks that were there before are told
 * `error` too: those of the newest commit with a sound configuration, of the same branch or pull
 * request, else of what it goes to. What was reported of this commit itself stays.
 */
export async function wantBroken(ctx: Ctx, buildId: Id): Promise<void> {
  const build = await findBuild(ctx, buildId)
  if (!isBroken(build)) return
  const row = await findRepositoryRow(ctx, build.repositoryId).catch(() => null)
  if (row === null || !isReported(ctx, row, build)) return
  const own = await contextOf(ctx, build)
  const sound = await soundContexts(ctx, build)
  const contexts = (await contextsBefore(ctx, row, build)).filter(
    (context) => context !== own && !sound.has(context),
  )
  if (contexts.length === 0) return
  const check = await checkOf(ctx, row, build)
  const put = await ctx.db.write(async (tx) => {
    const results: string[] = []
    for (const context of contexts)
      results.push(await putBroken(ctx, tx, build, { ...check, context }))
    return results
  })
  if (put.includes('put')) ctx.bells.ring(statusesTopic)
}

async function putBroken(ctx: Ctx, tx: Writer, build: Build, check: Check): Promise<string> {
  const { commitStatuses: s, builds: b } = schema
  const there = await tx
    .select({ workflow: b.workflow })
    .from(s)
    .innerJoin(b, eq(b.id, s.buildId))
    .where(
      and(
        eq(s.repositoryId, build.repositoryId),
        eq(s.commitSha, build.commitSha),
        eq(s.context, check.context),
      ),
    )
    .get()
  if (there && there.workflow !== configurationWorkflow) return 'same'
  return putWanted(ctx, tx, check)
}

async function contextsBefore(
  ctx: Ctx,
  { defaultBranch }: RepositoryRow,
  build: Build,
): Promise<string[]> {
  const { builds: b, commitStatuses: s } = schema
  for (const origin of originsOf(build, defaultBranch)) {
    const before = await ctx.db.read
      .select({ commitSha: s.commitSha })
      .from(b)
      .innerJoin(s, eq(s.buildId, b.id))
      .where(
        and(
          eq(b.repositoryId, build.repositoryId),
          origin,
          lt(b.id, build.id),
          ne(b.commitSha, build.commitSha),
          ne(b.workflow, configurationWorkflow),
        ),
      )
      .orderBy(desc(b.id))
      .limit(1)
      .get()
    if (!before) continue
    const rows = await ctx.db.read
      .select({ context: s.context })
      .from(s)
      .innerJoin(b, eq(b.id, s.buildId))
      .where(
        and(
          eq(s.repositoryId, build.repositoryId),
          eq(s.commitSha, before.commitSha),
          ne(b.workflow, configurationWorkflow),
          inArray(b.triggerType, triggersLike(build)),
        ),
      )
      .limit(contextsMax)
      .all()
    return rows.map(({ context }) => context)
  }
  return []
}

/** Where the same workflows were started before, the likeliest first. */
function originsOf(build: Build, defaultBranch: string): SQL[] {
  const { builds: b } = schema
  const { pullRequestNumber: number, pullRequestTarget: target, branch } = build
  if (number !== null) {
    const same = eq(b.pullRequestNumber, number)
    return target === null ? [same] : [same, eq(b.pullRequestTarget, target)]
  }
  return [...new Set([branch, defaultBranch])]
    .filter((name) => name !== null)
    .flatMap((name) => and(eq(b.branch, name), isNull(b.pullRequestNumber)) ?? [])
}

/** A person who starts something by hand stands for a push of the branch. */
const triggersLike = ({ pullRequestNumber }: Build): Build['triggerType'][] =>
  pullRequestNumber === null
    ? ['push', 'tag', 'manual', 'api', 'schedule']
    : ['pull_request', 'merge_request', 'manual']
