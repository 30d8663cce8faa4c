import { days, type Millis } from '../../lib/clock.ts'
import type { Id } from '../../lib/ids.ts'

/** A device that test builds may be installed on. */
export type Device = {
  id: Id
  udid: string
  name: string
  /** `iPhone15,2`; null where nobody said. */
  product: string | null
  osVersion: string | null
  /** Did it come by a link, and not by hand? */
  isEnrolled: boolean
  /** The key of App Store Connect that it was registered with at Apple; null where Oore did not. */
  registeredBy: Id | null
  createdAt: Millis
}

/** A link by which phones tell their UDID. */
export type DeviceLink = {
  id: Id
  name: string
  usesLeft: number
  expiresAt: Millis
  createdBy: string
  createdAt: Millis
}

/** How long a link is good, and for how many devices. */
export const linkLifeMs: Millis = days(7)
export const linkUsesMax = 100
export const linkUsesDefault = 20

/** As iPhones have had them since 2018, and before. */
export const udidPattern = /^([0-9A-F]{8}-[0-9A-F]{16}|[0-9a-f]{40})$/i
export const udidRule = '8 and 16 hexadecimal digits with a hyphen between them, or 40 of them'
export const deviceNameMax = 100

/** One spelling of each, as Apple shows them: capitals in the new ones, small letters in the old. */
export const spelledUdid = (udid: string): string =>
  udid.includes('-') ? udid.toUpperCase() : udid.toLowerCase()

export const sameUdid = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase()
