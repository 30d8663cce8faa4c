import { sameSecret } from '../lib/crypto.ts'
import type { Secret } from '../lib/secret.ts'

/** The token of an `Authorization: Bearer …` header; null where there is none. */
export function bearerOf(header: string | undefined): string | null {
  if (header === undefined) return null
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1] ?? null
}

/** Does this text prove the admin? Takes the same time whatever is wrong with it. */
export const provesAdmin = (presented: string, adminToken: Secret): boolean =>
  sameSecret(presented, adminToken.reveal())
