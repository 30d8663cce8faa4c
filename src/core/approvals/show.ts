import { eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { hunksOf, lineDiff } from '../../lib/line-diff.ts'
import { configFileNames } from '../../pipeline/default.ts'
import type { Look } from '../../scm/contract.ts'
import { may, refused } from '../access/may.ts'
import { buildOf, findBuild } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import { findRepositoryRow, type RepositoryRow } from '../repositories/find.ts'
import { sourceOf } from '../repositories/source.ts'
import { type ApprovalRequest, type Changes, filesShownMax, sortedFiles } from './approval.ts'
import { approvalOf } from './find.ts'
import { withinTime } from './head.ts'
import { type ForkBuild, heldWith, ofFork } from './settle.ts'

/**
 * What somebody is asked who may let a fork's commit run: which commit it is, what would be started,
 * and what it changes. Throws OoreError `conflict` for a build that needs no approval.
 */
export async function showApproval(ctx: Ctx, id: Id): Promise<ApprovalRequest> {
  const build = ofFork(await findBuild(ctx, id))
  const { repositoryId } = build
  if (!may(ctx.actor, 'build.approve', { repositoryId })) throw refused(ctx.actor, 'build.approve')
  const row = await findRepositoryRow(ctx, repositoryId)
  const held = await heldWith(ctx.db.read, build)
  const { buildPlans: p } = schema
  const frozen = await ctx.db.read
    .select({ fileName: p.configFileName })
    .from(p)
    .where(eq(p.buildId, id))
    .get()
  return {
    build,
    waiting: held.map((each) => buildOf(each, build.repository)),
    approval: await approvalOf(ctx, build),
    configuration: { source: build.configSource, fileName: frozen?.fileName ?? null },
    changes: await readChanges(ctx, row, build),
  }
}

async function readChanges(ctx: Ctx, row: RepositoryRow, build: ForkBuild): Promise<Changes> {
  try {
    return await withinTime(row, (signal) => changesOf(ctx, row, build, signal))
  } catch (error) {
    if (error instanceof OoreError) return { is: 'unknown', why: error.message }
    throw error
  }
}

/** Mostly read from what was fetched when the event came: a commit does not change. */
async function changesOf(
  ctx: Ctx,
  row: RepositoryRow,
  build: ForkBuild,
  signal: AbortSignal,
): Promise<Changes> {
  const scm = ctx.scm(row.provider)
  const source = await sourceOf(ctx, row)
  const look = (commit: string) =>
    scm.look(source, { commit, branch: null }, configFileNames, signal)
  const used = await look(build.fork.configCommit)
  const built = await look(build.mergeCommitSha ?? build.commitSha)
  // What the merge adds to its target is what the pull request changes, and nothing else.
  const base =
    build.mergeCommitSha === null
      ? used.commit
      : (built.parents.find((parent) => parent !== build.commitSha) ?? used.commit)
  const compared = await scm.changedFiles(source, base, built.commit, signal)
  if (compared.is === 'unknown') return compared
  return {
    is: 'known',
    configurations: configurationChanges(used, built),
    files: sortedFiles(compared.files).slice(0, filesShownMax),
    count: compared.files.length,
    isPartial: compared.isPartial,
  }
}

function configurationChanges(used: Look, built: Look) {
  return configFileNames.flatMap((fileName) => {
    const before = used.files[fileName] ?? ''
    const after = built.files[fileName] ?? ''
    return before === after ? [] : [{ fileName, hunks: hunksOf(lineDiff(before, after)) }]
  })
}
