import type { Millis } from '../../lib/clock.ts'
import { dayText } from '../refusal.ts'
import {
  best,
  expiresSoonMs,
  type Held,
  type HeldCertificate,
  type HeldProfile,
  ofPlatform,
  platformsOf,
  problemOf,
  usable,
} from './fit.ts'
import type { ProfileKind } from './profile.ts'

export type CellState = 'fits' | 'expires_soon' | 'misfit' | 'none'

/** One bundle identifier and one kind: what is there for it. */
export type MatrixCell = {
  state: CellState
  profile: HeldProfile | null
  certificates: HeldCertificate[]
  /** What to do, or when it expires; null where all is well or nothing is there. */
  text: string | null
}

export type MatrixRow = {
  bundleId: string
  /** The system, as Apple calls it in profiles. */
  platform: string
  cells: Record<ProfileKind, MatrixCell>
}

/** For each bundle identifier and system with a profile: what it can be signed for, and why not. */
export function matrixOf(held: Held, now: Millis): MatrixRow[] {
  const ids = [...new Set(held.profiles.map(({ described }) => described.bundleId))].toSorted()
  return ids.flatMap((bundleId) => {
    const own = held.profiles.filter(({ described }) => described.bundleId === bundleId)
    return platformsOf(own).map((platform) => {
      const cell = (kind: ProfileKind) => cellOf(ofPlatform(own, platform), kind, held, now)
      return {
        bundleId,
        platform,
        cells: {
          development: cell('development'),
          ad_hoc: cell('ad_hoc'),
          app_store: cell('app_store'),
          enterprise: cell('enterprise'),
          developer_id: cell('developer_id'),
        },
      }
    })
  })
}

function cellOf(
  profiles: readonly HeldProfile[],
  kind: ProfileKind,
  held: Held,
  now: Millis,
): MatrixCell {
  const own = profiles.filter(({ described }) => described.kind === kind)
  const profile = best(own, held, now)
  if (profile === null) return { state: 'none', profile, certificates: [], text: null }
  const problem = problemOf(profile, held, now)
  const certificates = usable(profile.described, held, now)
  if (problem !== null) return { state: 'misfit', profile, certificates, text: problem }
  const ends = Math.min(
    profile.described.expiresAt,
    Math.max(...certificates.map(({ described }) => described.notAfter)),
  )
  return ends - now < expiresSoonMs
    ? { state: 'expires_soon', profile, certificates, text: `Expires on ${dayText(ends)}.` }
    : { state: 'fits', profile, certificates, text: null }
}

/** Certificates that no stored profile contains: they sign nothing yet. */
export const idleCertificates = ({ certificates, profiles }: Held): HeldCertificate[] =>
  certificates.filter(
    ({ described }) =>
      !profiles.some((each) =>
        each.described.certificates.some(({ sha1 }) => sha1 === described.sha1),
      ),
  )
