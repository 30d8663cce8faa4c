import { OoreError } from '../../lib/errors.ts'
import type { Call } from './route.ts'

const drainSeconds = 30

/** Refuses to begin something new while the server ends. Throws `unavailable`. */
export function refuseWhileDraining({ ctx }: Call): void {
  if (ctx.life.phase !== 'draining') return
  throw new OoreError(
    'unavailable',
    'Oore is shutting down and starts nothing new. Try again soon.',
    { retryAfterSeconds: drainSeconds },
  )
}
