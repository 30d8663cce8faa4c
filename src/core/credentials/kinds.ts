import { OoreError } from '../../lib/errors.ts'
import type { Millis } from '../../lib/clock.ts'
import { readKeystore } from '../../signing/android/keystore.ts'
import {
  issuerIdPattern,
  keyIdInName,
  keyIdPattern,
  readAppStoreKey,
} from '../../signing/apple/app-store-key.ts'
import { readP12 } from '../../signing/apple/p12.ts'
import { isExpired, readProfile } from '../../signing/apple/profile.ts'
import type { CredentialKind, Described } from '../../signing/credential.ts'
import { dayText, refuse } from '../../signing/refusal.ts'

/** A file as it came. */
export type CredentialFile = { name: string; bytes: Uint8Array }

/** What is entered beside the file, by kind. Absent and empty mean the same. */
export type CredentialFields = {
  certificate: { password?: string | undefined }
  profile: object
  keystore: {
    store_password?: string | undefined
    alias?: string | undefined
    key_password?: string | undefined
  }
  app_store_key: { key_id?: string | undefined; issuer_id?: string | undefined }
}

/** What a file turned out to be, and what is kept of it. */
export type ReadCredential<K extends CredentialKind> = {
  described: Described[K]
  identity: string
  expiresAt: Millis | null
  /** What is sealed: the file itself, or the text that was found in it. */
  file: Uint8Array
  passwords: Passwords
  /** What to call it where nobody says. */
  suggestedName: string
}

/** What opens a file, by the names of the fields it was entered in. */
export type Passwords = Record<string, string>

type Reader<K extends CredentialKind> = (
  file: CredentialFile,
  fields: CredentialFields[K],
  now: Millis,
) => ReadCredential<K>

/**
 * How each kind is read when it comes, and refused where it could never sign. Each throws OoreError
 * `invalid` with the field at fault.
 */
export const credentialReaders: { [K in CredentialKind]: Reader<K> } = {
  certificate(file, { password = '' }, now) {
    const { certificate } = readP12(file.bytes, password, now)
    return {
      described: certificate,
      identity: certificate.sha1,
      expiresAt: certificate.notAfter,
      file: file.bytes,
      passwords: { password },
      suggestedName: certificate.commonName,
    }
  },

  profile(file, _fields, now) {
    const profile = readProfile(file.bytes)
    if (isExpired(profile, now)) {
      throw refuse(
        'file',
        `The profile "${profile.name}" expired on ${dayText(profile.expiresAt)}. Renew it in Apple’s developer account and download it again.`,
      )
    }
    return {
      described: profile,
      identity: profile.uuid,
      expiresAt: profile.expiresAt,
      file: file.bytes,
      passwords: {},
      suggestedName: profile.name,
    }
  },

  keystore(file, fields, now) {
    const opened = readKeystore(file.bytes, {
      store: fields.store_password ?? '',
      key: fields.key_password || null,
      alias: fields.alias?.trim() || null,
    })
    const { keystore, alias, keyPassword } = opened
    const own = keystore.aliases.find((each) => each.alias === alias)!
    if (own.notAfter <= now) {
      throw refuse(
        'file',
        `The key "${alias}" expired on ${dayText(own.notAfter)}: neither Play nor a phone takes what it signs.`,
      )
    }
    if (own.notBefore > now) {
      throw refuse(
        'file',
        `The key "${alias}" is not valid before ${dayText(own.notBefore)}. Check the clock of this server.`,
      )
    }
    return {
      described: { ...keystore, alias },
      identity: own.sha256,
      expiresAt: own.notAfter,
      file: file.bytes,
      passwords: { store_password: fields.store_password ?? '', key_password: keyPassword },
      suggestedName: alias,
    }
  },

  app_store_key(file, fields) {
    const text = readAppStoreKey(file.bytes)
    const keyId = fields.key_id?.trim() || keyIdInName(file.name) || ''
    const issuerId = fields.issuer_id?.trim().toLowerCase() ?? ''
    check('key_id', keyId, keyIdPattern, 'the ten capital letters and digits of the key’s id')
    check('issuer_id', issuerId, issuerIdPattern, 'the issuer id, a UUID, from the same page')
    return {
      described: { keyId, issuerId },
      identity: keyId,
      expiresAt: null,
      file: Buffer.from(text),
      passwords: {},
      suggestedName: `Key ${keyId}`,
    }
  },
}

function check(field: string, text: string, pattern: RegExp, what: string): void {
  if (pattern.test(text)) return
  const message =
    text === '' ? `is missing: write ${what}` : `is "${text.slice(0, 60)}": write ${what}`
  throw new OoreError('invalid', `The ${field} ${message}.`, { fields: [{ field, message }] })
}
