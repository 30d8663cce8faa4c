import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { sha256Hex } from '../../lib/crypto.ts'

/** What the certificate of a remote is believed by, where the machine's own certificates do not do. */
export type Tls = {
  /** Certificates in PEM, besides the well-known ones. */
  ca: string | null
  /** Takes any certificate. */
  isUnchecked: boolean
}

/**
 * Git reads certificates from a file: one with the well-known ones and these, beside the directory
 * that git works in. They are no secret. Written aside and moved, so that nobody reads half of it.
 */
export function certificatesFile(cwd: string, ca: string): string {
  const file = join(dirname(cwd), `certificates-${sha256Hex(ca).slice(0, 16)}.pem`)
  if (existsSync(file)) return file
  const written = `${file}.${process.pid}`
  writeFileSync(written, [...rootCertificates, ca].join('\n'))
  renameSync(written, file)
  return file
}

/** Git's configuration of it, for the remote's origin alone: submodules come from other hosts too. */
export const tlsConfig = (
  origin: string,
  { isUnchecked }: Pick<Tls, 'isUnchecked'>,
  file: string | null,
): [string, string][] => [
  ...(file === null ? [] : [[`http.${origin}.sslCAInfo`, file] as [string, string]]),
  ...(isUnchecked ? [[`http.${origin}.sslVerify`, 'false'] as [string, string]] : []),
]
