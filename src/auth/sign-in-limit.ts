import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { blockOf } from '../lib/address-block.ts'
import { OoreError } from '../lib/errors.ts'

const failuresMax = 10
const windowSeconds = 15 * 60

/** Holds back guessing: so many failed sign-ins per address and time, then a pause. */
export type SignInLimit = {
  /**
   * Runs one attempt. It is counted before it begins, so that parallel guesses are counted too, and
   * forgotten when it succeeds. Throws `busy` once too many have failed.
   */
  attempt<T>(address: string, signIn: () => Promise<T>): Promise<T>
}

export function signInLimit(): SignInLimit {
  const failures = new RateLimiterMemory({ points: failuresMax, duration: windowSeconds })
  return {
    async attempt(address, signIn) {
      const who = blockOf(address)
      await failures.consume(who).catch((refused: unknown) => {
        throw refused instanceof RateLimiterRes ? tooMany(refused) : refused
      })
      const result = await signIn()
      await failures.delete(who)
      return result
    },
  }
}

function tooMany(refused: RateLimiterRes): OoreError {
  const seconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
  return new OoreError(
    'busy',
    `Too many failed attempts from your address. Try again in ${Math.ceil(seconds / 60)} minutes.`,
    { retryAfterSeconds: seconds },
  )
}
