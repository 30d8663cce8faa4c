import { OoreError } from '../../lib/errors.ts'
import type { Look, Want } from '../../scm/contract.ts'
import type { PullRequestEvent } from '../../scm/repo-event.ts'
import type { Ctx } from '../ctx.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { sourceOf } from '../repositories/source.ts'
import type { DeliveryRow } from './find.ts'

/** What a pull request is built as. */
export type Merge = {
  pullRequest: { number: number; target: string }
  /** The commit where its newest commit is merged into its target; null where there is none. */
  commit: string | null
  /** What its changes are told from: the commit of the target. Null where that is not there. */
  base: string | null
  /** The rest of a sentence that begins with the configuration. */
  inWords: string
}

/**
 * Finds the merge of a pull request into its target, as the forge keeps it, if it is the one of the
 * newest commit. Forges make it some seconds after they have told of the pull request, so a merge
 * that is not there yet throws OoreError `unavailable` the first time; after that the commit alone
 * is built, as it is where the two do not merge.
 */
export async function findMerge(
  ctx: Ctx,
  delivery: DeliveryRow,
  row: RepositoryRow,
  { number, source, target, conflicts, action }: PullRequestEvent,
): Promise<Merge> {
  const { pullRequest: kind, mergeRefOf } = ctx.scm(row.provider)
  const pullRequest = { number, target: target.branch }
  const ref = mergeRefOf(number)
  const merged = ref === null || conflicts ? null : await tryLooking(ctx, row, { ref })
  const isNewest = merged !== null && merged.parents.includes(source.commit)
  // Of a pull request that goes elsewhere now the merge into the branch before is there for a while.
  const isElsewhere =
    isNewest && action === 'retargeted' && !(await isInto(ctx, row, merged, target.branch))
  if (isNewest && !isElsewhere) {
    return {
      pullRequest,
      commit: merged.commit,
      base: merged.parents.find((parent) => parent !== source.commit) ?? null,
      inWords: `of ${kind} ${number} merged into "${target.branch}"`,
    }
  }
  if (ref !== null && !conflicts && delivery.attempts === 0) {
    throw new OoreError('unavailable', `The merge of ${kind} ${number} is not there yet.`)
  }
  const base = await tryLooking(ctx, row, { branch: target.branch })
  return {
    pullRequest,
    commit: null,
    // Further back than where they parted, so that too much counts as changed rather than too little.
    base: base?.commit ?? null,
    inWords: `of ${kind} ${number} by itself, since there is no merge of it into "${target.branch}"`,
  }
}

async function isInto(
  ctx: Ctx,
  row: RepositoryRow,
  merged: Look,
  branch: string,
): Promise<boolean> {
  const head = await tryLooking(ctx, row, { branch })
  return head !== null && merged.parents.includes(head.commit)
}

async function tryLooking(ctx: Ctx, row: RepositoryRow, want: Want): Promise<Look | null> {
  try {
    return await ctx.scm(row.provider).look(await sourceOf(ctx, row), want, [])
  } catch (error) {
    if (error instanceof OoreError && error.trouble === 'invalid' && isMissing(error)) return null
    throw error
  }
}

const isMissing = ({ fields }: OoreError): boolean =>
  fields.some(({ field }) => field === 'ref' || field === 'branch')
