import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import type { Millis } from '../../lib/clock.ts'
import { machineVariable } from '../../lib/machine-variables.ts'
import { readCertificate } from '../../signing/apple/certificate.ts'
import { ToolFailed, valueOf } from '../values.ts'

export type CertificateKeyOptions = { certificateKey?: string; certificateKeyPassword?: string }

/** The private key that certificates are of, PKCS#8 in PEM. Throws ToolFailed. */
export function certificateKeyGiven(options: CertificateKeyOptions): string {
  const given = (option: string | undefined, variable: string) =>
    option === undefined ? machineVariable(variable) : valueOf(option)
  const text = given(options.certificateKey, 'CERTIFICATE_PRIVATE_KEY')?.trim()
  if (!text) {
    throw new ToolFailed(
      'The private key of the certificate is missing: set CERTIFICATE_PRIVATE_KEY, or say --certificate-key.',
      2,
    )
  }
  const passphrase = given(options.certificateKeyPassword, 'CERTIFICATE_PRIVATE_KEY_PASSWORD')
  try {
    const key = createPrivateKey({ key: text, ...(passphrase && { passphrase }) })
    if (key.asymmetricKeyType === 'rsa')
      return key.export({ format: 'pem', type: 'pkcs8' }).toString()
  } catch (cause) {
    throw new ToolFailed(
      `The private key of the certificate cannot be read${passphrase ? ' with its password' : ''}: it is a key in PEM, like \`ssh-keygen -t rsa -b 2048 -m PEM\` makes it.`,
      2,
      { cause },
    )
  }
  throw new ToolFailed('The private key of the certificate is none of RSA, which Apple wants.', 2)
}

/** Is the certificate, in DER, of this key and good at that time? What cannot be read is not. */
export function isCertificateOf(key: string, der: Uint8Array, at: Millis): boolean {
  try {
    const own = createPublicKey(createPrivateKey(key)).export({ format: 'der', type: 'spki' })
    const { publicKey } = new X509Certificate(der)
    const isOwn = publicKey.export({ format: 'der', type: 'spki' }).equals(own)
    return isOwn && readCertificate(der).notAfter > at
  } catch {
    return false
  }
}
