import { stat } from 'node:fs/promises'
import { and, eq, isNotNull, isNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Millis } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import { artifactFile } from '../artifacts/files.ts'
import { artifactOf } from '../artifacts/list.ts'
import { buildOf } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import type { Install } from './install.ts'
import { type LinkClaim, readToken } from './link.ts'

/** What has become of a link. */
export type OpenedLink =
  | { is: 'good'; install: Install }
  /** Not made by this server, or changed since. */
  | { is: 'forged' }
  | { is: 'ended'; endsAt: Millis }
  /** Retention or someone has taken the artifact away. */
  | { is: 'removed' }

/** Looks at an install link. The link itself is the permission, for its one artifact. */
export async function openLink(ctx: Ctx, token: string): Promise<OpenedLink> {
  const claim = readToken(ctx, token)
  if (claim === null) return { is: 'forged' }
  if (claim.endsAt <= ctx.clock()) return { is: 'ended', endsAt: claim.endsAt }
  const install = await findInstall(ctx, claim)
  return install === null ? { is: 'removed' } : { is: 'good', install }
}

/** What a good link leads to. Throws OoreError `forbidden` or `gone`. */
export async function openInstall(ctx: Ctx, token: string): Promise<Install> {
  const opened = await openLink(ctx, token)
  switch (opened.is) {
    case 'good':
      return opened.install
    case 'forged':
      throw new OoreError('forbidden', forgedLink)
    case 'ended':
      throw new OoreError('gone', endedLink)
    case 'removed':
      throw new OoreError('gone', removedInstall)
  }
}

export const forgedLink =
  'This install link is not complete, or was changed. Open it as it was sent to you.'
export const endedLink =
  'This install link has ended. Ask whoever sent it to you for a new link to the same build.'
export const removedInstall =
  'This app is no longer kept here. Ask whoever sent you the link for a newer build.'

async function findInstall(ctx: Ctx, { artifactId, endsAt }: LinkClaim): Promise<Install | null> {
  const { artifacts, builds, repositories } = schema
  const row = await ctx.db.read
    .select({ artifact: artifacts, build: builds, repository: repositories.fullName })
    .from(artifacts)
    .innerJoin(builds, eq(builds.id, artifacts.buildId))
    .innerJoin(repositories, eq(repositories.id, builds.repositoryId))
    .where(
      and(
        eq(artifacts.id, artifactId),
        isNotNull(artifacts.storedAt),
        eq(builds.organizationId, ctx.organizationId),
        isNull(repositories.removedAt),
      ),
    )
    .get()
  if (!row) return null
  const file = artifactFile(ctx.config, row.build.id, artifactId)
  if ((await stat(file).catch(() => null)) === null) return null
  return {
    artifact: artifactOf(row.artifact),
    build: buildOf(row.build, row.repository),
    file,
    endsAt,
  }
}
