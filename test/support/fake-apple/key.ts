import { Secret } from '../../../src/lib/secret.ts'
import { operatorReach } from '../../../src/lib/safe-fetch.ts'
import type { Connect } from '../../../src/signing/connect/call.ts'
import { appStoreKey } from '../apple-files.ts'
import { type FakeApple, startFakeApple } from './server.ts'

/** As Apple's own documentation writes them. */
export const keyId = '2X9R4HXF34'
export const issuerId = '57246542-96fe-1a63-e053-0824d011072a'

/** Apple with one team and one key, and the way there by that key. */
export async function connected({ perPage = 200 } = {}): Promise<
  AsyncDisposable & { apple: FakeApple; connect: Connect; now: { at: number } }
> {
  const privateKey = appStoreKey().toString()
  const now = { at: Date.parse('2026-06-01T12:00:00Z') }
  const apple = await startFakeApple({ keyId, issuerId, privateKey, now: () => now.at, perPage })
  const connect: Connect = {
    baseUrl: new URL(apple.url),
    reach: operatorReach,
    keyId,
    issuerId,
    privateKey: new Secret(privateKey),
    clock: () => now.at,
  }
  return { apple, connect, now, [Symbol.asyncDispose]: () => apple[Symbol.asyncDispose]() }
}
