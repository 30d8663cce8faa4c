import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Millis } from '../../lib/clock.ts'
import { blockOf } from '../../lib/address-block.ts'
import { OoreError } from '../../lib/errors.ts'

/** Holds back who asks too often: so many requests per address and time. */
export type RequestLimit = {
  /** Counts one request. Throws OoreError `busy` where it is one too many. */
  count(address: string): Promise<void>
}

export function requestLimit({
  requestsMax,
  windowMs,
}: {
  requestsMax: number
  windowMs: Millis
}): RequestLimit {
  const requests = new RateLimiterMemory({ points: requestsMax, duration: windowMs / 1000 })
  return {
    async count(address) {
      await requests.consume(blockOf(address)).catch((refused: unknown) => {
        throw refused instanceof RateLimiterRes ? tooMany(refused) : refused
      })
    },
  }
}

function tooMany(refused: RateLimiterRes): OoreError {
  const seconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
  return new OoreError(
    'busy',
    `Too many requests from your address. Try again in ${seconds} seconds.`,
    { retryAfterSeconds: seconds },
  )
}
