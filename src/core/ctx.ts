import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Database } from '../db/client.ts'
import type { Bells } from '../lib/bell.ts'
import type { Clock, Millis } from '../lib/clock.ts'
import type { Keyring } from '../lib/crypto.ts'
import type { Id } from '../lib/ids.ts'
import type { PipelineReader } from '../pipeline/reader.ts'
import type { Provider } from './repositories/repository.ts'
import type { Scm } from '../scm/contract.ts'
import type { Actor } from './access/actor.ts'
import type { CredentialReader } from './credentials/reader.ts'
import type { AddressCheck } from './health/address-check.ts'
import type { LogStore } from './logs/store.ts'

/** What the server is made of: the same for every request. */
export type Services = {
  db: Database
  config: Config
  clock: Clock
  bells: Bells
  logs: LogStore
  keyring: Keyring
  scm: (provider: Provider) => Scm
  reader: PipelineReader
  credentialReader: CredentialReader
  log: Logger
  /** Moves as the server starts and stops. */
  life: Life
}

/** What a verb is handed: the services, and who asks. */
export type Ctx = Services & {
  actor: Actor
  organizationId: Id
  requestId: string
}

export type Life = {
  startedAt: number
  phase: 'starting' | 'ready' | 'draining'
  /** What runners are told at their next poll. */
  drain: 'none' | 'finish' | 'interrupt'
  /** The last orders each runner was given, so that it is not given them in every poll. */
  told: Map<Id, { what: string; at: number }>
  /** When the runner of each running build last spoke of it, on the monotonic clock. */
  heard: Map<Id, Millis>
  /** What the last check of the server's address found. */
  addressCheck: AddressCheck | null
  /** Calls that a check of the address has under way to this server itself. */
  selfCalls: Set<string>
  /** Refused deliveries in the current minute, by repository: anyone can send those. */
  rejected: Map<Id, { minute: number; count: number }>
}
