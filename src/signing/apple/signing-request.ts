import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

/** A new key of RSA 2048, as Apple wants it, in PEM, and the request for its certificate (PKCS#10). */
export function makeSigningRequest(commonName: string): { key: string; csr: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const request = forge.pki.createCertificationRequest()
  request.publicKey = forge.pki.publicKeyFromPem(publicKey)
  request.setSubject([{ name: 'commonName', value: commonName }])
  request.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create())
  return { key: privateKey, csr: forge.pki.certificationRequestToPem(request) }
}
