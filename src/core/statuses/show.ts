import { and, desc, eq, sql } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Build } from '../builds/build.ts'
import { findBuild } from '../builds/find.ts'
import { commentOf } from '../comments/show.ts'
import type { Ctx } from '../ctx.ts'
import { hasAccess } from '../repositories/source.ts'
import type { Answers, CommitCheck, StatusReport } from './status.ts'

/** What a build's forge is told of it, and was. Throws OoreError `not_found`. */
export async function showStatusReport(ctx: Ctx, buildId: Id): Promise<Answers> {
  if (!may(ctx.actor, 'build.read')) throw refused(ctx.actor)
  return answersOf(ctx, await findBuild(ctx, buildId))
}

/** The same for a build at hand. */
export const answersOf = async (ctx: Ctx, build: Build): Promise<Answers> => ({
  report: await statusReportOf(ctx, build),
  comment: await commentOf(ctx, build),
})

/** How the commit was told of; null where there is no forge to tell. */
export async function statusReportOf(ctx: Ctx, build: Build): Promise<StatusReport | null> {
  const { repositories: r } = schema
  const repository = await ctx.db.read
    .select({
      provider: r.provider,
      connectionId: r.connectionId,
      clonePasswordSealed: r.clonePasswordSealed,
    })
    .from(r)
    .where(eq(r.id, build.repositoryId))
    .get()
  if (!repository || ctx.scm(repository.provider).report === undefined) return null
  const check = await checkOfBuild(ctx, build)
  const isDraft = build.configSource === 'draft'
  return {
    forge: repository.provider,
    silence: isDraft ? 'draft' : hasAccess(repository) ? null : 'token',
    check: isDraft ? null : check,
  }
}

/** The check of a build's commit and workflow, whichever build speaks for it now. */
async function checkOfBuild(ctx: Ctx, build: Build): Promise<CommitCheck | null> {
  const { commitStatuses: s, builds: b } = schema
  const row = await ctx.db.read
    .select({
      status: s,
      number: b.number,
      held: sql<number>`(select max(held.held_until) from ${s} held
        where held.repository_id = ${s.repositoryId})`,
    })
    .from(s)
    .innerJoin(b, eq(b.id, s.buildId))
    .where(
      and(
        eq(s.repositoryId, build.repositoryId),
        eq(s.commitSha, build.commitSha),
        eq(b.workflow, build.workflow),
      ),
    )
    // Its own where there is one: a workflow that got another name has a check of each.
    .orderBy(desc(sql`${s.buildId} = ${build.id}`), desc(s.buildId), s.id)
    .limit(1)
    .get()
  if (!row) return null
  const { status, number, held } = row
  return {
    context: status.context,
    commitSha: status.commitSha,
    buildId: status.buildId,
    buildNumber: number,
    state: status.state,
    description: status.description,
    telling: status.telling,
    toldState: status.toldState,
    toldAt: status.toldAt,
    toldWay: status.toldWay,
    attempts: status.attempts,
    nextTryAt: status.telling === 'waiting' ? Math.max(status.notBefore, held) : null,
    lastError: status.lastError,
  }
}
