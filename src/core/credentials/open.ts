import type { Ctx } from '../ctx.ts'
import { type CredentialRow, credentialPlace } from './find.ts'
import type { Passwords } from './kinds.ts'

/** A credential with what is sealed of it: for a build, and for an owner who takes it out. */
export type OpenCredential = { file: Buffer; passwords: Passwords }

/** Throws OoreError `conflict` where it was sealed by another key, or moved. */
export function openCredential(
  ctx: Ctx,
  { id, fileSealed, passwordsSealed }: CredentialRow,
): OpenCredential {
  const { keyring } = ctx
  const file = keyring.open(fileSealed, credentialPlace(id, 'file'))
  const passwords = keyring.open(passwordsSealed, credentialPlace(id, 'passwords'))
  return {
    file: Buffer.from(file.reveal(), 'base64'),
    passwords: JSON.parse(passwords.reveal()) as Passwords,
  }
}
