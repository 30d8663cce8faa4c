import { createPrivateKey, type KeyObject } from 'node:crypto'
import { refuse } from '../refusal.ts'
import { whatItIs } from '../sniff.ts'

/** Apple's file has some 260 bytes. */
export const appStoreKeyBytesMax = 16 * 1024

/** As App Store Connect shows them: ten capital letters and digits, and a UUID. */
export const keyIdPattern = /^[A-Z0-9]{10}$/
export const issuerIdPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Makes sure that a .p8 is a key of the App Store Connect API: PKCS#8 in PEM, elliptic, P-256. Gives
 * the text that is to be kept. Throws OoreError `invalid` at `file`.
 */
export function readAppStoreKey(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8').replaceAll('\r\n', '\n').trim()
  if (bytes.length > appStoreKeyBytesMax || !text.includes('-----BEGIN PRIVATE KEY-----')) {
    const found = whatItIs(bytes)
    throw refuse(
      'file',
      `This is ${found ?? 'no key'}, not the AuthKey_….p8 that App Store Connect gives out once, under Users and Access → Integrations.`,
    )
  }
  const key = privateKeyIn(text)
  const curve = key.asymmetricKeyDetails?.namedCurve
  if (key.asymmetricKeyType !== 'ec' || curve !== 'prime256v1') {
    throw refuse(
      'file',
      `The key is of the kind ${curve ?? key.asymmetricKeyType}; those of the App Store Connect API are elliptic, P-256.`,
    )
  }
  return `${text}\n`
}

function privateKeyIn(text: string): KeyObject {
  try {
    return createPrivateKey(text)
  } catch (cause) {
    throw refuse('file', 'The key is damaged or incomplete. Download or copy it again.', cause)
  }
}

/** `AuthKey_2X9R4HXF34.p8` → `2X9R4HXF34`: how Apple names the file; null where it is called otherwise. */
export const keyIdInName = (fileName: string): string | null =>
  /^AuthKey_([A-Z0-9]{10})\.p8$/.exec(fileName)?.[1] ?? null
