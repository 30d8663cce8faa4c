import {
  type AppleBundleId,
  createAppleBundleId,
  findAppleBundleId,
} from '../../signing/connect/resources.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { connectBy } from './connect.ts'
import { mustBe } from './invalid.ts'
import { told } from './show.ts'

const nameLengthMax = 100

/**
 * Registers an app id with a team at Apple: what profiles are made for. One that is registered already
 * is given as it is there.
 */
export async function registerAppId(
  ctx: Ctx,
  idOrName: string,
  { bundle_id, name }: { bundle_id: string; name?: string | undefined },
): Promise<AppleBundleId> {
  if (!may(ctx.actor, 'signing.change')) throw refused(ctx.actor, 'signing.change')
  const identifier = bundle_id.trim()
  mustBe('bundle_id', identifierRule, /^([A-Za-z0-9-]+\.)*([A-Za-z0-9-]+|\*)$/.test(identifier))
  // Apple takes no dots or hyphens in what it calls the name.
  const shown = (name ?? '').trim() || identifier.replaceAll(/[^A-Za-z0-9]+/g, ' ').trim()
  mustBe(
    'name',
    `up to ${nameLengthMax} letters, digits and blanks`,
    /^[\p{L}\p{N} ]+$/u.test(shown) && shown.length <= nameLengthMax,
  )
  const { connect } = await connectBy(ctx, idOrName)
  return told(
    async () =>
      (await findAppleBundleId(connect, identifier)) ??
      (await createAppleBundleId(connect, { identifier, name: shown })),
  )
}

const identifierRule = 'like com.example.app, or com.example.* for several apps'
