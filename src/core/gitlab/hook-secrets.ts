import { randomBytes } from 'node:crypto'
import { newToken } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import type { Ctx } from '../ctx.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { sealedPlace } from '../repositories/source.ts'

/** Those that are in use stay: what GitLab has sent already is proven by them. */
export function secretsOf(
  ctx: Ctx,
  known: RepositoryRow | undefined,
): { secret: Secret; signingToken: Secret } {
  const open = (sealed: string | null | undefined, column: 'webhook_secret' | 'signing_token') =>
    known && sealed ? ctx.keyring.open(sealed, sealedPlace(known.id, column)) : null
  return {
    secret: open(known?.webhookSecretSealed, 'webhook_secret') ?? new Secret(newToken()),
    signingToken: open(known?.signingTokenSealed, 'signing_token') ?? newSigningToken(),
  }
}

const signingKeyBytes = 32

/** As GitLab takes it: `whsec_` and 32 bytes in base64. */
const newSigningToken = (): Secret =>
  new Secret(`whsec_${randomBytes(signingKeyBytes).toString('base64')}`)
