import { createHash } from 'node:crypto'

/** Does the verifier fit the challenge, by S256 (RFC 7636)? Where there was no challenge, none is needed. */
export function fitsChallenge(challenge: string | null, verifier: string | null): boolean {
  if (challenge === null) return true
  if (verifier === null || !/^[A-Za-z0-9\-._~]{43,128}$/.test(verifier)) return false
  return createHash('sha256').update(verifier).digest('base64url') === challenge
}

/** What is wrong with a challenge as it is asked for; null where it is right. */
export function faultOfChallenge(challenge: string | null, method: string | null): string | null {
  if (challenge === null) return 'there is no code_challenge'
  if (method !== 'S256') return `code_challenge_method is ${method}, not S256`
  return /^[A-Za-z0-9_-]{43}$/.test(challenge) ? null : 'code_challenge is no SHA-256 in base64url'
}
