import { and, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { messageOf, OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { findProject } from '../../scm/gitlab/instance/api.ts'
import type { GitlabProject } from '../../scm/gitlab/instance/read.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { asking } from './ask.ts'
import { findGitlabRow, type GitlabRow } from './find.ts'
import { lookAtInstance } from './finish.ts'
import { freeName, repositoriesOf, toldOf } from './repository-row.ts'

const archivedReason = 'It was archived on GitLab.'
const goneReason =
  'GitLab shows no such project any more: it was deleted, or whoever authorized Oore is no member of it now.'

/**
 * Looks at an instance and at each project that is enabled there, by GitLab's number of it: what was
 * renamed or transferred is found under its new name, what was archived is paused, what is not
 * shown any more needs attention. Throws OoreError as `asking`, once that holds for all of them.
 */
export async function syncInstance(ctx: Ctx, id: Id, signal: AbortSignal): Promise<void> {
  if (!may(ctx.actor, 'connection.sync')) throw refused(ctx.actor)
  try {
    await asking(ctx, id, ({ row, token }) => lookAtInstance(ctx, row, token))
    for (const repository of await repositoriesOf(ctx, id)) {
      if (signal.aborted) return
      if (repository.externalId !== null) await syncProject(ctx, id, repository, signal)
    }
  } catch (error) {
    if (!(error instanceof OoreError)) throw error
    await noteTrouble(ctx, id, messageOf(error))
    throw error
  }
  await noteSynced(ctx, id)
}

async function syncProject(
  ctx: Ctx,
  id: Id,
  repository: RepositoryRow,
  signal: AbortSignal,
): Promise<void> {
  const { externalId } = repository
  const found = await asking(ctx, id, async ({ row, host, token }) => ({
    row,
    project: await findProject(host, token, externalId ?? '', signal),
  })).catch((error: unknown) => {
    const isGone =
      error instanceof OoreError && (error.trouble === 'not_found' || error.trouble === 'forbidden')
    if (isGone) return null
    throw error
  })
  if (found === null) return needsAttention(ctx, repository)
  return takeIn(ctx, found.row, repository, found.project)
}

async function needsAttention(ctx: Ctx, repository: RepositoryRow): Promise<void> {
  if (!may(ctx.actor, 'connection.sync')) throw refused(ctx.actor)
  if (repository.state !== 'active') return
  const { repositories: r } = schema
  await change(ctx, async (tx, record) => {
    await tx
      .update(r)
      .set({ state: 'error', stateReason: goneReason, updatedAt: ctx.clock() })
      .where(and(eq(r.id, repository.id), eq(r.state, 'active')))
    record('repository.changed', repository.id, { fields: ['state'], state: 'error' })
  })
}

/** Writes down what differs. A pause that Oore made itself ends when its reason is gone. */
async function takeIn(
  ctx: Ctx,
  row: GitlabRow,
  repository: RepositoryRow,
  project: GitlabProject,
): Promise<void> {
  if (!may(ctx.actor, 'connection.sync')) throw refused(ctx.actor)
  const values: Partial<RepositoryRow> = {
    ...toldOf(row, project),
    ...stateAfter(repository, project.isArchived),
  }
  const fields = Object.entries(values)
    .filter(([name, value]) => repository[name as keyof RepositoryRow] !== value)
    .map(([name]) => name)
  if (fields.length === 0) return
  const { repositories: r } = schema
  await change(ctx, async (tx, record) => {
    await freeName(ctx, tx, row, project.fullName, repository.id)
    await tx
      .update(r)
      .set({ ...values, updatedAt: ctx.clock() })
      .where(eq(r.id, repository.id))
    record('repository.changed', repository.id, { fields, full_name: project.fullName })
  })
}

function stateAfter(
  { state, stateReason, isArchived: wasArchived }: RepositoryRow,
  isArchived: boolean,
): Partial<RepositoryRow> {
  if (isArchived) {
    // Who enabled an archived project has said that they want it.
    return !wasArchived && state === 'active'
      ? { state: 'inactive', stateReason: archivedReason }
      : {}
  }
  return stateReason === archivedReason || (state === 'error' && stateReason === goneReason)
    ? { state: 'active', stateReason: null }
    : {}
}

async function noteTrouble(ctx: Ctx, id: Id, why: string): Promise<void> {
  if (!may(ctx.actor, 'connection.sync')) throw refused(ctx.actor)
  const row = await findGitlabRow(ctx, id)
  // What was lost has a reason of its own, which says more.
  if (row === undefined || row.state !== 'connected') return
  const { gitlabInstances: g } = schema
  await change(ctx, async (tx, record) => {
    await tx.update(g).set({ trouble: why, syncedAt: ctx.clock() }).where(eq(g.id, id))
    record('gitlab.checked', id, { trouble: why })
  })
}

async function noteSynced(ctx: Ctx, id: Id): Promise<void> {
  if (!may(ctx.actor, 'connection.sync')) throw refused(ctx.actor)
  const { gitlabInstances: g } = schema
  await change(ctx, async (tx, record) => {
    await tx.update(g).set({ syncedAt: ctx.clock() }).where(eq(g.id, id))
    record('gitlab.checked', id)
  })
}
