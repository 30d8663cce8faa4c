/** What a file is that was taken for another, in words that finish "this is …"; null where unknown. */
export function whatItIs(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, 4096))
  const text = head.toString('latin1')
  if (bytes.length === 0) return 'an empty file'
  if (head.readUInt32BE === undefined || bytes.length < 4) return 'no more than a few bytes'
  const magic = head.readUInt32BE(0)
  if (magic === 0xfeedfeed) return 'a Java keystore (JKS)'
  if (magic === 0xcececece) return 'a Java keystore of the JCEKS kind'
  if (magic === 0x504b0304) return 'a zip archive'
  const pem = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(text)?.[1]
  if (pem !== undefined) return pemKinds[pem] ?? `a PEM file (${pem})`
  if (/^\s*(<!DOCTYPE html|<html)/i.test(text)) return 'a web page'
  if (text.startsWith('<?xml') || text.startsWith('bplist')) return 'a property list'
  if (/^[A-Za-z0-9+/\r\n]{64,}={0,2}\s*$/.test(text)) return 'a file in base64: decode it first'
  if (head[0] === 0x30 && text.includes('<?xml')) return 'a provisioning profile'
  if (head[0] === 0x30 && text.includes('\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02')) {
    return 'a signed message (CMS)'
  }
  if (head[0] === 0x30 && text.includes('\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01')) {
    return 'a PKCS#12 file (.p12)'
  }
  if (head[0] === 0x30 && text.includes('\x55\x04\x03')) {
    return 'a certificate without its private key (.cer)'
  }
  return null
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
