import { listAppleProfiles } from '../../signing/connect/resources.ts'
import { may, refused } from '../access/may.ts'
import { OoreError } from '../../lib/errors.ts'
import { addCredential } from '../credentials/add.ts'
import type { Credential } from '../credentials/credential.ts'
import type { Ctx } from '../ctx.ts'
import { connectBy } from './connect.ts'
import { told } from './show.ts'

export type StoredProfile = {
  /** What configurations are to call it; as Apple does where nobody says. */
  name?: string | undefined
  replace?: boolean | undefined
}

/**
 * Stores a profile that is at Apple already, so that nobody downloads it and uploads it again.
 * `which` is Apple's id of it, its UUID or its name there. It stays one that Oore did not make, so it
 * is never deleted at Apple. Throws OoreError `not_found`, `conflict` where it is no longer good
 * there, several are called so, or it is stored already; and as addCredential does.
 */
export async function storeProfile(
  ctx: Ctx,
  idOrName: string,
  which: string,
  { name, replace }: StoredProfile = {},
): Promise<Credential<'profile'>> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const { connect, key } = await connectBy(ctx, idOrName)
  const all = await told(() => listAppleProfiles(connect))
  const [one, ...others] = all.filter(
    (each) => each.id === which || each.uuid === which || each.name === which,
  )
  if (one === undefined) {
    throw new OoreError('not_found', `Apple has no profile "${which}" for this key.`)
  }
  if (others.length > 0) {
    throw new OoreError('conflict', `Several profiles are called "${which}": say the UUID of one.`)
  }
  if (one.profileState !== 'ACTIVE' || !one.profileContent) {
    throw new OoreError(
      'conflict',
      `The profile "${one.name}" is no longer good at Apple: it has expired, or a certificate or an app id of it has changed. Have another made.`,
    )
  }
  return addCredential(ctx, 'profile', {
    file: { name: '', bytes: Buffer.from(one.profileContent, 'base64') },
    fields: {},
    name,
    replace,
    isNumbered: true,
    apple: { id: null, keyId: key.id },
  })
}
