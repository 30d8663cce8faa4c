import type { Millis } from '../../lib/clock.ts'

/** What was found out about the address that forges call. */
export type AddressCheck = {
  at: Millis
  /** `OORE_BASE_URL`. */
  address: string
  findings: Finding[]
}

export type Finding = {
  about: 'scheme' | 'name' | 'itself' | 'outside'
  verdict: 'good' | 'doubtful' | 'bad'
  /** A sentence or two: what was found, and what to do. */
  text: string
}
