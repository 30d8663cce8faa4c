import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Provider } from '../repositories/repository.ts'

export const deliveryStatuses = ['received', 'processed', 'ignored', 'rejected', 'failed'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

/** One webhook call, as it came, and what became of it. */
export type Delivery = {
  id: Id
  provider: Provider
  event: string
  deliveryId: string
  repositoryId: Id | null
  /** The repository's full name, for showing. */
  repository: string | null
  status: DeliveryStatus
  /** Why something was, or was not, built. Empty only while `received`. */
  reason: string
  buildIds: Id[]
  sourceIp: string
  receivedAt: Millis
  processedAt: Millis | null
  /** Those that say something of it, by lower-case name; none that proves it. */
  headers: Record<string, string>
  /** The body as it came; text, at most 10 MiB. */
  payload: string
}

/** May its payload be processed again? Not while it waits, and never what was not signed. */
export const mayRedeliver = (status: DeliveryStatus): boolean =>
  status !== 'received' && status !== 'rejected'
