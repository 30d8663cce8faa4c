import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { OoreError } from './errors.ts'
import { Secret } from './secret.ts'

/** Lower-case hex SHA-256: how tokens are stored, and how artifacts are named. */
export const sha256Hex = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')

/** Lower-case hex HMAC-SHA256 of the raw bytes. */
export const hmacSha256Hex = (key: Secret, bytes: Uint8Array): string =>
  createHmac('sha256', key.reveal()).update(bytes).digest('hex')

/** HMAC-SHA256 in base64 by a key of raw bytes, as standardwebhooks.com has it. */
export const hmacSha256Base64 = (key: Uint8Array, bytes: Uint8Array): string =>
  createHmac('sha256', key).update(bytes).digest('base64')

/**
 * The one comparison of secrets. Both sides are hashed first, so neither the place of the first
 * difference nor the length shows in the time it takes, and no length makes it throw.
 */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

const cipher = 'aes-256-gcm'
const nonceBytes = 12
// Without a fixed length Node accepts tags of four bytes (reference/measured-traps.md, L18).
const tagBytes = 16
const formatVersion = 'v1'

/** Seals and opens what is secret at rest. */
export type Keyring = {
  keyId: string
  /**
   * `v1.<key id>.<nonce>.<tag>.<ciphertext>`, base64url. `place` names where the value lives
   * (table, row, column); it is authenticated, so a ciphertext moved elsewhere does not open.
   */
  seal(secret: Secret, place: string): string
  /** Throws OoreError `conflict` where the text was made with another key, or was changed. */
  open(sealed: string, place: string): Secret
  /** What only this key can make of a text, for one purpose: 43 characters of base64url. */
  sign(text: string, purpose: string): string
  /** Is this what `sign` makes of the text for that purpose? */
  hasSigned(signature: string, text: string, purpose: string): boolean
}

/** A keyring over one key of 64 hex characters. */
export function openKeyring(key: Secret): Keyring {
  const master = Buffer.from(key.reveal(), 'hex')
  const dataKey = Buffer.from(hkdfSync('sha256', master, '', 'oore/data', 32))
  // Another key than seals: what is signed is handed out, and must tell nothing of what is sealed.
  const signingKey = Buffer.from(hkdfSync('sha256', master, '', 'oore/sign', 32))
  const keyId = sha256Hex(dataKey).slice(0, 8)
  const signatureOf = (text: string, purpose: string) =>
    createHmac('sha256', signingKey).update(`${purpose}\0${text}`).digest('base64url')

  return {
    keyId,

    sign: signatureOf,

    hasSigned: (signature, text, purpose) => sameSecret(signature, signatureOf(text, purpose)),

    seal(secret, place) {
      const nonce = randomBytes(nonceBytes)
      const sealing = createCipheriv(cipher, dataKey, nonce, { authTagLength: tagBytes })
      sealing.setAAD(Buffer.from(`${formatVersion}:${keyId}:${place}`))
      const text = Buffer.concat([sealing.update(secret.reveal(), 'utf8'), sealing.final()])
      const parts = [nonce, sealing.getAuthTag(), text].map((part) => part.toString('base64url'))
      return [formatVersion, keyId, ...parts].join('.')
    },

    open(sealed, place) {
      const [version, id, nonce, tag, text] = sealed.split('.')
      if (version !== formatVersion || id !== keyId || !nonce || !tag || text === undefined) {
        throw new OoreError(
          'conflict',
          `A stored secret (${place}) was encrypted with another key. ` +
            'Start Oore with the ENCRYPTION_KEY it was stored under, or enter the secret again.',
        )
      }
      try {
        const opening = createDecipheriv(cipher, dataKey, Buffer.from(nonce, 'base64url'), {
          authTagLength: tagBytes,
        })
        opening.setAAD(Buffer.from(`${formatVersion}:${keyId}:${place}`))
        opening.setAuthTag(Buffer.from(tag, 'base64url'))
        const bytes = Buffer.from(text, 'base64url')
        return new Secret(Buffer.concat([opening.update(bytes), opening.final()]).toString('utf8'))
      } catch (cause) {
        throw new OoreError(
          'conflict',
          `A stored secret (${place}) does not open: it was changed or moved. Enter it again.`,
          { cause },
        )
      }
    },
  }
}
