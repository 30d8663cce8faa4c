import { createPrivateKey } from 'node:crypto'
import { SignJWT } from 'jose'
import { type Millis, minutes, seconds } from '../../../lib/clock.ts'
import { OoreError } from '../../../lib/errors.ts'
import { Secret } from '../../../lib/secret.ts'

/** GitHub's clock may be behind ours. */
const driftMs = seconds(60)
/** GitHub takes ten minutes at most, by its own clock. */
const lifeMs = minutes(9)

/** Whose JWT it is, by the number that every GitHub takes, and what signs it: PKCS#1 in PEM. */
export type AppKey = { appId: string; privateKey: Secret }

/**
 * A JWT of the App, good for some minutes: docs.github.com, "Generating a JSON Web Token (JWT) for a
 * GitHub App". Throws OoreError `conflict` where the key is none.
 */
export async function appJwt({ appId, privateKey }: AppKey, now: Millis): Promise<Secret> {
  const jwt = await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(appId)
    .setIssuedAt(Math.floor((now - driftMs) / 1000))
    .setExpirationTime(Math.floor((now + lifeMs) / 1000))
    .sign(keyOf(privateKey))
  return new Secret(jwt)
}

function keyOf(privateKey: Secret) {
  try {
    return createPrivateKey({ key: privateKey.reveal(), format: 'pem' })
  } catch (cause) {
    throw new OoreError(
      'conflict',
      'The stored key of the GitHub App is none. Disconnect GitHub and connect it again.',
      { cause },
    )
  }
}
