import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { pki } from 'node-forge'

/** A new key of RSA 2048, as Apple wants it, in PEM, and the request for its certificate (PKCS#10). */
export async function makeSigningRequest(
  commonName: string,
): Promise<{ key: string; csr: string }> {
  // It takes up to a second, for which nobody else is held up.
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { key: privateKey, csr: await signingRequestFor(privateKey, commonName) }
}

/** The request for a certificate of a key that is there: RSA, PKCS#8 in PEM. */
export async function signingRequestFor(key: string, commonName: string): Promise<string> {
  // Only where it is needed: it is large.
  const { default: forge } = await import('node-forge')
  const privateKey = forge.pki.privateKeyFromPem(key) as pki.rsa.PrivateKey
  const request = forge.pki.createCertificationRequest()
  request.publicKey = forge.pki.setRsaPublicKey(privateKey.n, privateKey.e)
  request.setSubject([{ name: 'commonName', value: commonName }])
  request.sign(privateKey, forge.md.sha256.create())
  return forge.pki.certificationRequestToPem(request)
}
