import { publicReach, operatorReach } from '../../lib/safe-fetch.ts'
import { Secret } from '../../lib/secret.ts'
import { type Connect, connectHost } from '../../signing/connect/call.ts'
import { findCredentialRow, type CredentialRow } from '../credentials/find.ts'
import { openCredential } from '../credentials/open.ts'
import type { Ctx } from '../ctx.ts'

/** The way to App Store Connect by a stored key, by its name or id. Throws `not_found`. */
export async function connectBy(
  ctx: Ctx,
  idOrName: string,
): Promise<{ connect: Connect; key: CredentialRow }> {
  const key = await findCredentialRow(ctx, 'app_store_key', idOrName)
  const { keyId, issuerId } = key.described as { keyId: string; issuerId: string }
  const baseUrl = ctx.config.appStoreConnect
  const connect: Connect = {
    baseUrl,
    reach: baseUrl.hostname === connectHost ? publicReach : operatorReach,
    keyId,
    issuerId,
    privateKey: new Secret(openCredential(ctx, key).file.toString('utf8')),
    clock: ctx.clock,
  }
  return { connect, key }
}
