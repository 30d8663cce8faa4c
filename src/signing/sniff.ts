/** As much of a file as tells what it is. */
const headBytes = 4096

/** What a file is that was taken for another, in words that finish "this is …"; null where unknown. */
export function whatItIs(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, headBytes))
  const text = head.toString('latin1').replace(/^\xef\xbb\xbf/, '')
  if (bytes.length === 0) return 'an empty file'
  if (bytes.length < 4) return 'no more than a few bytes'
  const pem = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1]
  if (pem !== undefined) return pemKinds[pem] ?? `a PEM file (${pem})`
  const found = beginnings.find(([beginning]) => beginning.test(text))?.[1]
  if (found !== undefined) return found
  return head[0] === 0x30 ? whatDerIs(head, text) : null
}

const beginnings: readonly [beginning: RegExp, what: string][] = [
  [/^\xfe\xed\xfe\xed/, 'a Java keystore (JKS)'],
  [/^\xce\xce\xce\xce/, 'a Java keystore of the JCEKS kind'],
  [/^PK\x03\x04/, 'a zip archive'],
  [/^\x1f\x8b/, 'a gzip archive'],
  [/^\s*(<!DOCTYPE html|<html)/i, 'a web page'],
  [/^(<\?xml|bplist)/, 'a property list'],
  [/^\s*\{\s*"/, 'a text in JSON'],
  [/^version https:\/\/git-lfs/, 'a pointer of Git LFS: fetch the file itself with git lfs pull'],
  [/^[A-Za-z0-9+/\r\n]{64,}={0,2}\s*$/, 'a file in base64: decode it first'],
]

/** By its first values: what is nested in what, and which identifier stands there. */
function whatDerIs(head: Buffer, text: string): string | null {
  const at = contentAt(head, 0)
  const inner = contentAt(head, at)
  const first = head.toString('hex', at, at + 11)
  const nested = head.toString('hex', inner, inner + 11)
  const isSequence = first.startsWith('30')
  if (first === `${pkcs7}02`) {
    return text.includes('<?xml') ? 'a provisioning profile' : 'a signed message (CMS)'
  }
  if (first === `${pkcs7}03`) return 'an encrypted message (CMS)'
  if (first.startsWith('020103')) return 'a PKCS#12 file (.p12)'
  if (first.startsWith('020100') || first.startsWith('020101')) return 'a private key in DER'
  if (isSequence && /^06092a864886f70d0105/.test(nested)) return 'an encrypted private key in DER'
  if (isSequence && nested.startsWith('020100')) return 'a certificate signing request'
  if (isSequence && text.includes('\x55\x04\x03')) {
    return 'a certificate without its private key (.cer)'
  }
  return null
}

/** An identifier of PKCS#7, all but its last byte. */
const pkcs7 = '06092a864886f70d0107'

/** Where the content of the value begins that begins here. */
function contentAt(head: Buffer, at: number): number {
  const length = head[at + 1] ?? 0
  return at + 2 + (length > 0x80 ? length & 0x7f : 0)
}

const pemKinds: Record<string, string> = {
  CERTIFICATE: 'a certificate in PEM, without its private key',
  'PRIVATE KEY': 'a private key in PEM',
  'RSA PRIVATE KEY': 'an RSA private key in PEM',
  'EC PRIVATE KEY': 'an EC private key in PEM',
  'ENCRYPTED PRIVATE KEY': 'an encrypted private key in PEM',
  'CERTIFICATE REQUEST': 'a certificate signing request',
  'PUBLIC KEY': 'a public key in PEM',
}
