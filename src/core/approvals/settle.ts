import { and, eq, inArray } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { actorText, nameOf } from '../access/actor.ts'
import type { Build } from '../builds/build.ts'
import type { BuildRow } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import type { ApprovalVerdict } from './approval.ts'

/** A build of a fork, with the pull request that it is of. */
export type ForkBuild = Build & {
  fork: NonNullable<Build['fork']>
  pullRequestNumber: number
  pullRequestTarget: string
}

/** Throws OoreError `conflict` for a build that nobody needs to approve. */
export function ofFork(build: Build): ForkBuild {
  const { fork, pullRequestNumber, pullRequestTarget } = build
  if (fork !== null && pullRequestNumber !== null && pullRequestTarget !== null) {
    return { ...build, fork, pullRequestNumber, pullRequestTarget }
  }
  throw new OoreError(
    'conflict',
    `Build #${build.number} is of the repository's own code: it needs no approval.`,
  )
}

/**
 * That a build still waits, and is of the commit that somebody has looked at. Throws OoreError
 * `conflict` and says what happened since.
 */
export function checkWaits(build: ForkBuild, commit: string): void {
  if (build.status !== 'waiting_approval') {
    const why = build.errorMessage === null ? '' : ` ${build.errorMessage}`
    throw new OoreError(
      'conflict',
      `Build #${build.number} does not wait for an approval any more: it is ${build.status}.${why}`,
    )
  }
  if (commit.toLowerCase() === build.commitSha) return
  throw new OoreError(
    'conflict',
    `Build #${build.number} is of commit ${build.commitSha.slice(0, 12)}, and what was looked at ` +
      `was ${commit.slice(0, 12)}. Look at what it is of now.`,
  )
}

/** Everything that waits for the same answer as this build: its commit, pull request and target. */
export const heldWith = (from: Pick<Writer, 'select'>, build: ForkBuild): Promise<BuildRow[]> => {
  const { builds: b } = schema
  return from
    .select()
    .from(b)
    .where(
      and(
        inArray(b.status, ['waiting_approval']),
        eq(b.repositoryId, build.repositoryId),
        eq(b.pullRequestNumber, build.pullRequestNumber),
        eq(b.pullRequestTarget, build.pullRequestTarget),
        eq(b.commitSha, build.commitSha),
      ),
    )
    .orderBy(b.id)
    .all()
}

/** Writes down who said what about which builds; gives the id. */
export async function keepVerdict(
  ctx: Ctx,
  tx: Writer,
  build: ForkBuild,
  held: readonly BuildRow[],
  verdict: ApprovalVerdict,
): Promise<Id> {
  const id = newId()
  await tx.insert(schema.approvals).values({
    id,
    organizationId: ctx.organizationId,
    repositoryId: build.repositoryId,
    pullRequestNumber: build.pullRequestNumber,
    pullRequestTarget: build.pullRequestTarget,
    commitSha: build.commitSha,
    verdict,
    actor: actorText(ctx.actor),
    actorName: nameOf(ctx.actor) ?? actorText(ctx.actor),
    at: ctx.clock(),
    asked: {
      fork: build.fork,
      configSource: build.configSource,
      builds: held.map(({ id: buildId, number, workflow, mergeCommitSha: mergeCommit }) => ({
        id: buildId,
        number,
        workflow,
        mergeCommit,
      })),
    },
    voidedAt: null,
  })
  return id
}
