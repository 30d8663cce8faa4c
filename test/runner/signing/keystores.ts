import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClaimKeystore } from '../../../src/protocol/messages.ts'

/** Is this program on the machine? */
export const hasProgram = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, name)))

export const storePassword = 'store-hunter2-&<$'
export const keyPassword = 'key-correct-horse'
export const alias = 'upload'

/** A keystore as keytool makes it, in a claim; the key of a PKCS#12 has the store's password. */
export function makeKeystore(
  name: string,
  format: 'jks' | 'pkcs12',
  variables: Partial<ClaimKeystore['variables']> = {},
): ClaimKeystore {
  const directory = mkdtempSync(join(tmpdir(), 'oore-keystore-'))
  const file = join(directory, 'keystore')
  const keyOf = { jks: keyPassword, pkcs12: storePassword }[format]
  execFileSync(
    'keytool',
    [
      ...['-genkeypair', '-keystore', file, '-storetype', format, '-storepass', storePassword],
      ...['-alias', alias, '-keypass', keyOf, '-keyalg', 'RSA', '-keysize', '2048'],
      ...['-validity', '10000', '-dname', `CN=${name}`],
    ],
    { stdio: 'pipe' },
  )
  const bytes = readFileSync(file)
  rmSync(directory, { recursive: true })
  return {
    name,
    file_base64: bytes.toString('base64'),
    format,
    store_password: storePassword,
    alias,
    key_password: keyOf,
    variables: { path: null, storePassword: null, keyAlias: null, keyPassword: null, ...variables },
  }
}
