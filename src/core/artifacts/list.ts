import { and, asc, eq, isNotNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import { findBuild } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import type { Artifact } from './artifact.ts'

/** What a build left behind and is here whole, in the order it was collected. */
export async function listArtifacts(ctx: Ctx, buildId: Id): Promise<Artifact[]> {
  if (!may(ctx.actor, 'build.read')) throw refused(ctx.actor)
  const build = await findBuild(ctx, buildId)
  return storedArtifacts(ctx, build.id)
}

/** The artifacts of a build that was found already. */
export async function storedArtifacts(ctx: Ctx, buildId: Id): Promise<Artifact[]> {
  const { artifacts } = schema
  const rows = await ctx.db.read
    .select()
    .from(artifacts)
    .where(and(eq(artifacts.buildId, buildId), isNotNull(artifacts.storedAt)))
    .orderBy(asc(artifacts.index))
    .all()
  return rows.map(artifactOf)
}

export function artifactOf(row: typeof schema.artifacts.$inferSelect): Artifact {
  const { id, buildId, name, path, sizeBytes, sha256, contentType, kind, createdAt } = row
  return { id, buildId, name, path, sizeBytes, sha256, contentType, kind, createdAt }
}
