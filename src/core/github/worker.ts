import { and, asc, eq, isNull, lte } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { Waiter } from '../../lib/bell.ts'
import { hours, minutes } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Ctx } from '../ctx.ts'
import { checkGithub } from './check.ts'
import { findGithubApp, type FoundGithubApp, type GithubInstallationRow } from './find.ts'
import { refreshInstallations, syncInstallation } from './sync.ts'

const lookAgainMs = minutes(1)
/** All of it anew, also what no webhook told of. */
const refreshEveryMs = hours(6)

/**
 * Keeps what is known of GitHub up to date until the signal aborts: at the start and every six hours
 * all of it, and an installation's repositories as soon as its webhook told of them.
 */
export async function workGithub(ctx: Ctx, signal: AbortSignal): Promise<void> {
  const waiter = new Waiter()
  const stops = ['fact:github.changed', 'fact:github.connected'].map((topic) =>
    ctx.bells.listen(topic, waiter.ring),
  )
  let [refreshAt, refreshed] = [0, '']
  try {
    while (!signal.aborted) {
      const app = await findGithubApp(ctx)
      if (app !== null && (refreshed !== app.row.id || refreshAt <= ctx.clock())) {
        refreshed = app.row.id
        refreshAt = ctx.clock() + refreshEveryMs
        await refresh(ctx, app)
      }
      const due = app && (await nextDue(ctx, app))
      if (app && due) {
        await syncInstallation(ctx, app, due)
        continue
      }
      await waiter.wait(lookAgainMs, signal)
    }
  } finally {
    for (const stop of stops) stop()
  }
}

async function refresh(ctx: Ctx, app: FoundGithubApp): Promise<void> {
  try {
    await checkGithub(ctx)
    await refreshInstallations(ctx, app)
  } catch (error) {
    if (!(error instanceof OoreError)) throw error
    ctx.log.warn({ err: error }, 'what is known of GitHub could not be brought up to date')
  }
}

async function nextDue(ctx: Ctx, app: FoundGithubApp): Promise<GithubInstallationRow | undefined> {
  const { githubInstallations: i } = schema
  return ctx.db.read
    .select()
    .from(i)
    .where(
      and(
        eq(i.githubAppId, app.row.id),
        isNull(i.removedAt),
        isNull(i.suspendedAt),
        lte(i.syncAt, ctx.clock()),
      ),
    )
    .orderBy(asc(i.syncAt))
    .limit(1)
    .get()
}
