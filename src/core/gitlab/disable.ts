import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { oneAtATime } from '../../lib/one-at-a-time.ts'
import { removeHook } from '../../scm/gitlab/instance/api.ts'
import { GitlabRefused } from '../../scm/gitlab/instance/call.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findRepositoryRow, repositoryOf, type RepositoryRow } from '../repositories/find.ts'
import type { Repository } from '../repositories/repository.ts'
import { type Asking, asking } from './ask.ts'
import { checkProjectId, type ProjectChoice } from './enable.ts'
import { requireGitlabRow } from './find.ts'
import { repositoriesOf } from './repository-row.ts'

/**
 * Disables a project: its webhook is removed from GitLab, and the repository is paused; its builds
 * stay. Throws OoreError `not_found` where it is not enabled, and as `asking`; then nothing has changed.
 */
export async function disableProject(ctx: Ctx, choice: ProjectChoice): Promise<Repository> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const instance = await requireGitlabRow(ctx, choice.instance)
  const projectId = checkProjectId(choice.projectId)
  return oneAtATime(`gitlab ${instance.id} ${projectId}`, async () => {
    const all = await repositoriesOf(ctx, instance.id)
    const row = all.find(({ externalId }) => externalId === projectId)
    if (row === undefined) {
      throw new OoreError('not_found', `Project ${projectId} is not enabled here.`)
    }
    await asking(ctx, instance.id, (at) => dropHook(at, row))
    return pause(ctx, row)
  })
}

/** Removes a repository's webhook from GitLab; that it is gone already is well. */
export async function dropHook(
  { host, token }: Pick<Asking, 'host' | 'token'>,
  { externalId, hookExternalId }: RepositoryRow,
  signal?: AbortSignal,
): Promise<void> {
  if (externalId === null || hookExternalId === null) return
  try {
    await removeHook(host, token, externalId, hookExternalId, signal)
  } catch (error) {
    if (!(error instanceof GitlabRefused) || error.status !== 404) throw error
  }
}

async function pause(ctx: Ctx, row: RepositoryRow): Promise<Repository> {
  await change(ctx, async (tx, record) => {
    await tx
      .update(schema.repositories)
      .set({
        state: 'inactive',
        stateReason: 'It was disabled in the settings of GitLab, and its webhook removed.',
        hookExternalId: null,
        updatedAt: ctx.clock(),
      })
      .where(eq(schema.repositories.id, row.id))
    record('repository.changed', row.id, { fields: ['state'], state: 'inactive' })
  })
  return repositoryOf(await findRepositoryRow(ctx, row.id))
}
