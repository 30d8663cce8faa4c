import type { Id } from '../../lib/ids.ts'
import { nameOf } from '../access/actor.ts'
import { may, refused } from '../access/may.ts'
import type { Build } from '../builds/build.ts'
import { cancelWaiting } from '../builds/cancel.ts'
import { findBuild } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { checkWaits, heldWith, keepVerdict, ofFork } from './settle.ts'

/**
 * Ends a build of a fork that waits, and every other that waits for the same commit of the same pull
 * request: nothing of it is run. Throws OoreError `conflict` where it does not wait, or is not of
 * the commit that was looked at.
 */
export async function denyBuild(ctx: Ctx, id: Id, { commit }: { commit: string }): Promise<Build> {
  const build = ofFork(await findBuild(ctx, id))
  const { repositoryId } = build
  if (!may(ctx.actor, 'build.approve', { repositoryId })) throw refused(ctx.actor, 'build.approve')
  checkWaits(build, commit)
  const why = `Denied by ${nameOf(ctx.actor) ?? 'somebody'}: nothing of it was run.`
  await change(ctx, async (tx, record) => {
    const held = await heldWith(tx, build)
    if (held.length === 0) return
    const approval = await keepVerdict(ctx, tx, build, held, 'denied')
    for (const each of held) {
      await cancelWaiting(ctx, tx, record, each.id, why)
      record('build.denied', each.id, { approval, commit: build.commitSha })
    }
  })
  return findBuild(ctx, id)
}
