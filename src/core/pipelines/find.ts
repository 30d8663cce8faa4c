import { desc, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Id } from '../../lib/ids.ts'
import {
  configFileNames,
  defaultPipeline,
  formatOf,
  isMisplaced,
  starterConfiguration,
} from '../../pipeline/default.ts'
import type { Pipeline } from '../../pipeline/pipeline.ts'
import type { Problem } from '../../pipeline/problem.ts'
import type { PipelineFormat } from '../../pipeline/read.ts'
import type { Look, Want } from '../../scm/contract.ts'
import type { ConfigSource } from '../builds/build.ts'
import type { Ctx } from '../ctx.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { sourceOf } from '../repositories/source.ts'
import type { StoredPipeline } from './stored.ts'

/** A configuration as it was found, and what it says. */
export type FoundPipeline = {
  source: ConfigSource
  /** Null for the one in the database. */
  fileName: string | null
  format: PipelineFormat
  content: string
  /** Null where it cannot be used at all. */
  pipeline: Pipeline | null
  problems: Problem[]
  /** Files of the commit that look like a configuration and are not read; asked for the default. */
  misplaced: string[]
}

/**
 * The configuration for one commit, and the commit: of the stored one and the repository's own at
 * exactly that commit the one that goes first in this repository, else the other, else the default.
 * Throws as Scm.look does.
 */
export async function findPipeline(
  ctx: Ctx,
  row: RepositoryRow,
  want: Want,
): Promise<{ look: Look; found: FoundPipeline }> {
  const stored = await storedPipeline(ctx, row.id)
  const isDecided = stored !== null && row.configurationFirst === 'stored'
  const look = await ctx
    .scm(row.provider)
    .look(await sourceOf(ctx, row), want, isDecided ? [] : configFileNames)
  if (isDecided) return { look, found: await readStored(ctx, stored) }
  const found =
    (await readFromCommit(ctx, look)) ??
    (await (stored ? readStored(ctx, stored) : readDefault(ctx, row, look)))
  return { look, found }
}

/** What the stored configuration says, where that is what any commit is built by. */
export async function foundStored(ctx: Ctx, row: RepositoryRow): Promise<FoundPipeline | null> {
  if (row.configurationFirst !== 'stored') return null
  const stored = await storedPipeline(ctx, row.id)
  return stored && readStored(ctx, stored)
}

/** The configuration in the database, or null where the repository's own file is in force. */
export async function storedPipeline(ctx: Ctx, repositoryId: Id): Promise<StoredPipeline | null> {
  const { pipelineVersions } = schema
  const row = await ctx.db.read
    .select()
    .from(pipelineVersions)
    .where(eq(pipelineVersions.repositoryId, repositoryId))
    .orderBy(desc(pipelineVersions.version))
    .limit(1)
    .get()
  if (!row || row.content === null) return null
  return { ...row, content: row.content }
}

async function readStored(ctx: Ctx, stored: StoredPipeline): Promise<FoundPipeline> {
  return {
    source: 'database',
    fileName: null,
    format: stored.format,
    content: stored.content,
    misplaced: [],
    ...(await ctx.reader.read(stored.content, stored.format)),
  }
}

/** Null where the commit has no file that is a configuration. */
async function readFromCommit(ctx: Ctx, look: Look): Promise<FoundPipeline | null> {
  for (const fileName of configFileNames) {
    const content = look.files[fileName] ?? null
    if (content === null) continue
    const format = formatOf(fileName)
    return {
      source: 'repository',
      fileName,
      format,
      content,
      misplaced: [],
      ...(await ctx.reader.read(content, format)),
    }
  }
  return null
}

async function readDefault(ctx: Ctx, row: RepositoryRow, look: Look): Promise<FoundPipeline> {
  const misplaced = await ctx
    .scm(row.provider)
    .findPaths(await sourceOf(ctx, row), look.commit, isMisplaced)
  return {
    source: 'default',
    fileName: null,
    format: 'yaml',
    content: starterConfiguration,
    pipeline: defaultPipeline(misplaced),
    problems: [],
    misplaced,
  }
}
