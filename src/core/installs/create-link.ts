import type { Millis } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { may, refused } from '../access/may.ts'
import type { Artifact } from '../artifacts/artifact.ts'
import { openArtifact } from '../artifacts/open.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { isInstallable } from './install.ts'
import { addressOf, linkLifeMs, wholeSecond } from './link.ts'

/**
 * Makes a link by which anyone may install one artifact for seven days. Throws OoreError
 * `not_found`, `gone`, or `invalid` for what no phone can install as it is.
 */
export async function createInstallLink(
  ctx: Ctx,
  buildId: Id,
  nameOrId: string,
): Promise<{ url: URL; expiresAt: Millis }> {
  const { artifact } = await openArtifact(ctx, buildId, nameOrId)
  if (!may(ctx.actor, 'artifact.share')) throw refused(ctx.actor, 'artifact.share')
  if (!isInstallable(artifact.kind)) throw new OoreError('invalid', whyNot(artifact))
  const expiresAt = wholeSecond(ctx.clock() + linkLifeMs)
  const url = addressOf(ctx, { artifactId: artifact.id, endsAt: expiresAt })
  await change(ctx, async (_tx, record) => {
    record('artifact.linked', buildId, { name: artifact.name, ends_at: expiresAt })
  })
  return { url, expiresAt }
}

const whyNot = ({ name, kind }: Artifact): string =>
  kind === 'aab'
    ? `${name} is an Android app bundle: Google Play makes apps out of it, and no phone installs ` +
      'it as it is. Build an APK too, and make the link for that.'
    : `${name} is no app that a phone installs. Links are made for .apk and .ipa files.`
