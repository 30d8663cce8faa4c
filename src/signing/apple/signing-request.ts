import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

/** A new key of RSA 2048, as Apple wants it, in PEM, and the request for its certificate (PKCS#10). */
export function makeSigningRequest(commonName: string): { key: string; csr: string } {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { key: privateKey, csr: signingRequestFor(privateKey, commonName) }
}

/** The request for a certificate of a key that is there: RSA, PKCS#8 in PEM. */
export function signingRequestFor(key: string, commonName: string): string {
  const privateKey = forge.pki.privateKeyFromPem(key) as forge.pki.rsa.PrivateKey
  const request = forge.pki.createCertificationRequest()
  request.publicKey = forge.pki.setRsaPublicKey(privateKey.n, privateKey.e)
  request.setSubject([{ name: 'commonName', value: commonName }])
  request.sign(privateKey, forge.md.sha256.create())
  return forge.pki.certificationRequestToPem(request)
}
