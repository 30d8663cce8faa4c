import { stat } from 'node:fs/promises'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Ctx } from '../ctx.ts'
import type { Artifact } from './artifact.ts'
import { artifactFile } from './files.ts'
import { listArtifacts } from './list.ts'

/**
 * An artifact by its id or its name, and the file that holds it. Throws OoreError `not_found`, or
 * `gone` where retention or someone has taken the file away.
 */
export async function openArtifact(
  ctx: Ctx,
  buildId: Id,
  nameOrId: string,
): Promise<{ artifact: Artifact; file: string }> {
  const artifacts = await listArtifacts(ctx, buildId)
  const artifact = artifacts.find(({ id, name }) => id === nameOrId || name === nameOrId)
  if (!artifact) {
    const names = artifacts.map(({ name }) => name).join(', ')
    throw new OoreError(
      'not_found',
      names === ''
        ? 'This build has no artifacts.'
        : `This build has no such artifact. It has: ${names}.`,
    )
  }
  const file = artifactFile(ctx.config, buildId, artifact.id)
  const found = await stat(file).catch(() => null)
  if (!found) {
    throw new OoreError(
      'gone',
      `${artifact.name} was stored, but its file is gone. Build it again.`,
    )
  }
  return { artifact, file }
}
