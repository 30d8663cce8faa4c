import { OoreError } from '../../lib/errors.ts'
import type { Look } from '../../scm/contract.ts'
import type { PullRequestEvent } from '../../scm/repo-event.ts'
import { headOf } from '../approvals/head.ts'
import { countHeld, withdrawApprovals } from '../approvals/withdraw.ts'
import type { Fork } from '../builds/build.ts'
import type { Ctx } from '../ctx.ts'
import { type FoundPipeline, findPipeline } from '../pipelines/find.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import type { DeliveryRow } from './find.ts'

/** Strangers make these, so they are not made without end. */
const heldPerRepositoryMax = 200

export type ForkReading =
  | {
      is: 'read'
      /** The fork's commit. */
      look: Look
      /** The configuration of the target branch, or the stored one; never the fork's. */
      found: FoundPipeline
      from: Fork
    }
  | { is: 'ignored'; why: string }

/**
 * Reads what a pull request from a fork is to be built from: its commit, by the configuration of
 * the branch that it goes to. Whatever waits or was approved of an earlier commit is withdrawn. An
 * event that is older than where the pull request stands changes nothing. Throws OoreError
 * `unavailable` once where the repository does not know the commit yet.
 */
export async function readFork(
  ctx: Ctx,
  delivery: DeliveryRow,
  row: RepositoryRow,
  pull: PullRequestEvent,
): Promise<ForkReading> {
  const { number, source, target } = pull
  const { name, pullRequest: kind, headRefOf } = ctx.scm(row.provider)
  const what = `${kind[0]?.toUpperCase()}${kind.slice(1)} ${number}`
  if (headRefOf(number) === null) {
    return ignored(
      `${what} comes from a fork, and ${name} keeps its commits in the fork alone, where Oore does ` +
        'not look.',
    )
  }
  const head = await headOf(ctx, row, number)
  if (head?.commit !== source.commit) {
    const isNew = delivery.attempts === 0
    if (isNew) throw new OoreError('unavailable', `${what} is not at ${source.commit} yet.`)
    return ignored(
      head === null
        ? `${what} comes from a fork and is not in the repository any more.`
        : `${what} comes from a fork and stands at ${head.commit} by now. ` +
            `This tells of ${source.commit}, so it starts nothing.`,
    )
  }
  const why = `Superseded: ${source.commit.slice(0, 12)} into "${target.branch}" needs its own approval.`
  const standing = { commit: source.commit, target: target.branch }
  await withdrawApprovals(ctx, { repositoryId: row.id, number }, standing, why)
  if (row.forkBuilds === 'never') {
    return ignored(`${what} comes from a fork, and the settings of ${row.fullName} say never.`)
  }
  if ((await countHeld(ctx, row.id)) >= heldPerRepositoryMax) {
    return ignored(
      `${what} comes from a fork, and ${heldPerRepositoryMax} builds of forks wait for an approval ` +
        'already. Approve or deny some, then redeliver.',
    )
  }
  const base = await findPipeline(ctx, row, { branch: target.branch })
  return {
    is: 'read',
    look: head,
    found: base.found,
    from: {
      name: pull.fork?.name ?? null,
      url: pull.fork?.url ?? null,
      author: pull.fork?.author ?? null,
      pullRequestUrl: pull.fork?.pullRequestUrl ?? null,
      configCommit: base.look.commit,
    },
  }
}

const ignored = (why: string): ForkReading => ({ is: 'ignored', why })

/** A pull request from a fork that is closed asks for nothing any more. Gives what to say of it. */
export async function closeFork(
  ctx: Ctx,
  row: RepositoryRow,
  { number, why }: { number: number; why: string },
): Promise<string> {
  const closed = 'The pull request was closed. Opened again, it needs an approval anew.'
  await withdrawApprovals(ctx, { repositoryId: row.id, number }, null, closed)
  return why
}
