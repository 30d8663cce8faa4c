import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { Readable } from 'node:stream'
import { and, eq, isNull } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import type { RunnerEvent, Wanted } from '../../protocol/messages.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { findLease } from '../runners/lease.ts'
import { artifactDirectory, artifactFile, partFile } from './files.ts'
import { contentTypeOf, kindOf } from './kinds.ts'

/** Writes down an artifact whose bytes will follow. Until they are here nobody sees it. */
export async function announceArtifact(
  ctx: Ctx,
  tx: Writer,
  buildId: Id,
  found: Extract<RunnerEvent, { type: 'artifact.found' }>,
): Promise<void> {
  await tx
    .insert(schema.artifacts)
    .values({
      id: newId(),
      buildId,
      index: found.index,
      name: found.name,
      path: found.path,
      sizeBytes: found.size_bytes,
      sha256: found.sha256,
      contentType: contentTypeOf(found.name),
      kind: kindOf(found.name),
      storedAt: null,
      createdAt: ctx.clock(),
    })
    .onConflictDoNothing()
}

/**
 * Takes an artifact's bytes in from `offset`. When the last is here and the hash fits, the file
 * gets its name and the artifact is shown. Null where they were taken, or were here before; the
 * offset wanted where they came out of turn. Throws OoreError `gone` under an old fence, `invalid`
 * where the bytes are not those announced.
 */
export async function takeArtifact(
  ctx: Ctx,
  { buildId, fence, index, offset }: { buildId: Id; fence: number; index: number; offset: number },
  body: Readable,
): Promise<Wanted | null> {
  if (!may(ctx.actor, 'build.run')) throw refused(ctx.actor)
  await findLease(ctx, ctx.db.read, buildId, fence)
  const { artifacts } = schema
  const row = await ctx.db.read
    .select()
    .from(artifacts)
    .where(and(eq(artifacts.buildId, buildId), eq(artifacts.index, index)))
    .get()
  if (!row) throw new OoreError('not_found', `Artifact ${index} of this build was not announced.`)
  if (row.storedAt !== null) {
    body.resume()
    return null
  }
  await mkdir(artifactDirectory(ctx.config, buildId), { recursive: true, mode: 0o700 })
  const part = partFile(ctx.config, buildId, row.id)
  const have = offset === 0 ? 0 : ((await stat(part).catch(() => null))?.size ?? 0)
  if (offset !== have) {
    body.resume()
    return { wanted: have }
  }
  const file = createWriteStream(part, { flags: offset === 0 ? 'w' : 'a', mode: 0o600 })
  await pipeline(body, file)
  const size = (await stat(part)).size
  if (size < row.sizeBytes) return { wanted: size }

  if (size > row.sizeBytes || (await sha256Of(part)) !== row.sha256) {
    await rm(part, { force: true })
    throw new OoreError('invalid', `The bytes of ${row.name} are not those that were announced.`)
  }
  await rename(part, artifactFile(ctx.config, buildId, row.id))
  await change(ctx, async (tx, record) => {
    const moved = await tx
      .update(artifacts)
      .set({ storedAt: ctx.clock() })
      .where(and(eq(artifacts.id, row.id), isNull(artifacts.storedAt)))
      .returning({ id: artifacts.id })
      .get()
    if (moved) record('artifact.stored', buildId, { name: row.name })
  })
  return null
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
