import { days, type Millis } from '../../lib/clock.ts'
import { dayText } from '../refusal.ts'
import type { SigningCertificate } from './certificate.ts'
import type { Profile, ProfileKind } from './profile.ts'

/*
 * What fits what: a bundle identifier with a profile of the wanted kind, the profile with a
 * certificate that is in it and whose key is held, all of them valid. Pure: asked before a build
 * takes a slot, and by the page that shows what is held.
 */

export type HeldCertificate = { id: string; name: string; described: SigningCertificate }
export type HeldProfile = { id: string; name: string; described: Profile }
export type Held = { certificates: readonly HeldCertificate[]; profiles: readonly HeldProfile[] }

export type SigningWish =
  | { by: 'bundle'; kind: ProfileKind; bundleId: string }
  | { by: 'reference'; profiles: readonly string[]; certificates: readonly string[] }

/** What an app is signed with, or why it cannot be: each problem a sentence that says what to do. */
export type Fit = {
  profiles: HeldProfile[]
  certificates: HeldCertificate[]
  problems: string[]
  /** What may turn out wrong, and need not. */
  warnings: string[]
}

/** Expires within so long is worth a word: as long as the first warning of the calendar. */
export const expiresSoonMs = days(30)

export const kindWords: Record<ProfileKind, string> = {
  development: 'development',
  ad_hoc: 'ad hoc',
  app_store: 'App Store',
  enterprise: 'enterprise',
  developer_id: 'Developer ID',
}

/** Chooses what to sign with. */
export function fit(wish: SigningWish, held: Held, now: Millis): Fit {
  return wish.by === 'bundle' ? fitBundle(wish, held, now) : fitReferences(wish, held, now)
}

function fitBundle(
  { kind, bundleId }: Extract<SigningWish, { by: 'bundle' }>,
  held: Held,
  now: Millis,
): Fit {
  const ofKind = held.profiles.filter(({ described }) => described.kind === kind)
  const forApp = ofKind.filter(({ described }) => covers(described.bundleId, bundleId))
  // One app may have a profile for each system. That must hold which is the app's own, not a pattern
  // for many; of several that for iOS.
  const own = forApp.filter(({ described }) => described.bundleId === bundleId)
  const platforms = new Set([...platformsOf(own), ...platformsOf(forApp)])
  const [chosen, ...others] = [...platforms].map((platform) =>
    best(ofPlatform(forApp, platform), held, now)!,
  )
  if (chosen === undefined) return nothing(noProfile(kind, bundleId, held))
  const problem = problemOf(chosen, held, now)
  if (problem !== null) return nothing(problem)

  const extensions = new Map<string, HeldProfile[]>()
  for (const profile of ofKind) {
    const { bundleId: id } = profile.described
    if (!id.startsWith(`${bundleId}.`)) continue
    const key = `${platformOf(profile.described)} ${id}`
    extensions.set(key, [...(extensions.get(key) ?? []), profile])
  }
  const warnings: string[] = []
  const profiles = [chosen]
  for (const more of [...others, ...[...extensions.values()].map((all) => best(all, held, now)!)]) {
    const why = problemOf(more, held, now)
    if (why === null) profiles.push(more)
    else warnings.push(why)
  }
  const certificates = unique(profiles.flatMap((profile) => usable(profile.described, held, now)))
  return {
    profiles,
    certificates,
    problems: [],
    warnings: [...warnings, ...soon(profiles, certificates, now)],
  }
}

const platformOrder = ['iOS', 'OSX', 'tvOS']

/** The system a profile is for, as Apple calls it in profiles: those for iOS name others beside it. */
export const platformOf = ({ platforms }: Profile): string =>
  platforms.includes('iOS') ? 'iOS' : (platforms[0] ?? 'iOS')

/** The systems that profiles are for, iOS first. */
export function platformsOf(profiles: readonly HeldProfile[]): string[] {
  const all = new Set(profiles.map(({ described }) => platformOf(described)))
  const known = platformOrder.filter((platform) => all.delete(platform))
  return [...known, ...all]
}

export const ofPlatform = (profiles: readonly HeldProfile[], platform: string): HeldProfile[] =>
  profiles.filter(({ described }) => platformOf(described) === platform)

/** `com.example.*` covers `com.example.app`, and `*` everything. */
export function covers(pattern: string, bundleId: string): boolean {
  if (pattern === bundleId || pattern === '*') return true
  return pattern.endsWith('.*') && bundleId.startsWith(pattern.slice(0, -1))
}

/** Usable before unusable, its own identifier before a pattern, the longer before the shorter, the newest. */
export function best(
  profiles: readonly HeldProfile[],
  held: Held,
  now: Millis,
): HeldProfile | null {
  const rank = (profile: HeldProfile): number[] => [
    problemOf(profile, held, now) === null ? 0 : 1,
    profile.described.bundleId.endsWith('*') ? 1 : 0,
    -profile.described.bundleId.split('.').length,
    -profile.described.expiresAt,
  ]
  const ranked = profiles.map((profile) => ({ profile, rank: rank(profile) }))
  ranked.sort((a, b) => {
    const differing = a.rank.findIndex((value, i) => value !== b.rank[i])
    return differing === -1 ? 0 : a.rank[differing]! - b.rank[differing]!
  })
  return ranked[0]?.profile ?? null
}

/** The certificates held that may sign with this profile now. */
export const usable = ({ certificates }: Profile, held: Held, now: Millis): HeldCertificate[] =>
  held.certificates.filter(
    ({ described }) =>
      described.notAfter > now && certificates.some(({ sha1 }) => sha1 === described.sha1),
  )

/** Why nothing can be signed with this profile; null where it can. */
export function problemOf(profile: HeldProfile, held: Held, now: Millis): string | null {
  const { name, described } = profile
  const about = `The profile "${name}" (${described.bundleId}, ${kindWords[described.kind]})`
  if (described.expiresAt <= now) {
    return `${about} expired on ${dayText(described.expiresAt)}. Renew it in Apple’s developer account, or with an App Store Connect key under Settings → Signing, and store it under the same name.`
  }
  if (described.isXcodeManaged) {
    return `${about} is managed by Xcode, and manual signing refuses such. Make one by hand in Apple’s developer account.`
  }
  if (
    isForDevices(described) &&
    described.devices.length === 0 &&
    !described.platforms.includes('OSX')
  ) {
    return `${about} is for no device at all. Add devices to it in Apple’s developer account, and store it again.`
  }
  if (usable(described, held, now).length > 0) return null
  return `${about} can be signed with ${wanted(described)}; ${heldWords(described, held, now)}`
}

function wanted({ certificates }: Profile): string {
  const names = certificates.map(
    ({ commonName, sha1 }) => `"${commonName}" (SHA-1 ${sha1.slice(0, 8)}…)`,
  )
  if (names.length === 0) return 'no certificate: none is in it'
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and others` : names.join(' or ')
}

function heldWords({ certificates, teamId }: Profile, held: Held, now: Millis): string {
  const expired = held.certificates.find(
    ({ described }) =>
      described.notAfter <= now && certificates.some(({ sha1 }) => sha1 === described.sha1),
  )
  if (expired !== undefined) {
    return `"${expired.name}", which is stored here, expired on ${dayText(expired.described.notAfter)}. Store a new certificate, and a profile that contains it.`
  }
  const ofTeam = held.certificates.filter(({ described }) => described.teamId === teamId)
  if (ofTeam.length > 0) {
    const names = ofTeam.map(({ name }) => `"${name}"`).join(', ')
    return `of the team ${teamId} only ${names} ${ofTeam.length === 1 ? 'is' : 'are'} stored here. Store that certificate with its key (.p12), or make the profile anew with one that is stored.`
  }
  return 'none of them is stored here. Store it with its private key (.p12) under Settings → Signing.'
}

function noProfile(kind: ProfileKind, bundleId: string, held: Held): string {
  const same = held.profiles.filter(({ described }) => covers(described.bundleId, bundleId))
  const others = [...new Set(same.map(({ described }) => kindWords[described.kind]))]
  const ofKind = held.profiles.filter(({ described }) => described.kind === kind)
  const ids = [...new Set(ofKind.map(({ described }) => described.bundleId))]
  const there =
    others.length > 0
      ? ` For that identifier only ${others.join(' and ')} is stored.`
      : ids.length > 0
        ? ` Of that kind there are profiles for ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ' and others' : ''}.`
        : ''
  return `No ${kindWords[kind]} profile for ${bundleId} is stored.${there} Store one under Settings → Signing, or with: oore signing import-profile`
}

/** A device that builds for testing are to be installed on. */
export type KnownDevice = { name: string; udid: string; product: string | null }

/** Which devices are not in profiles that are for devices: what is signed does not install there. */
export function withoutDevices(
  profiles: readonly HeldProfile[],
  devices: readonly KnownDevice[],
): string[] {
  const mobile = devices.filter(({ product }) => !/^(Mac|AppleTV)/.test(product ?? ''))
  return profiles.flatMap(({ name, described }) => {
    if (!isForDevices(described) || !described.platforms.includes('iOS')) return []
    const inside = new Set(described.devices.map((udid) => udid.toLowerCase()))
    const missing = mobile.filter(({ udid }) => !inside.has(udid.toLowerCase()))
    if (missing.length === 0) return []
    return `The profile "${name}" does not contain ${listed(missing.map((each) => each.name))}, which ${missing.length === 1 ? 'is' : 'are'} known here: what is signed with it does not install there. Renew it under Settings → Signing, or with: oore signing apple renew-profile`
  })
}

const listed = (names: readonly string[]): string =>
  names.length > 3
    ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
    : names.join(', ')

const isForDevices = ({ kind }: Profile): boolean => kind === 'ad_hoc' || kind === 'development'

const nothing = (problem: string): Fit => ({
  profiles: [],
  certificates: [],
  problems: [problem],
  warnings: [],
})

function fitReferences(
  wish: Extract<SigningWish, { by: 'reference' }>,
  held: Held,
  now: Millis,
): Fit {
  const problems: string[] = []
  const profiles = found(wish.profiles, held.profiles, 'profile', problems)
  const certificates = found(wish.certificates, held.certificates, 'certificate', problems)
  for (const { name, described } of certificates) {
    if (described.notAfter <= now) {
      problems.push(
        `The certificate "${name}" expired on ${dayText(described.notAfter)}. Store a new one under this name, and a profile that contains it.`,
      )
    }
  }
  for (const profile of profiles) {
    const own = { ...held, certificates }
    const why = problemOf(profile, own, now)
    if (why === null) continue
    // Another one that is stored may do, and then that is what to write.
    const others = usable(profile.described, held, now).map(({ name }) => `"${name}"`)
    problems.push(
      others.length > 0
        ? `The profile "${profile.name}" does not contain any of the certificates named with it; of those stored it contains ${others.join(', ')}. Name that under "certificates".`
        : why,
    )
  }
  const warnings = problems.length > 0 ? [] : soon(profiles, certificates, now)
  return { profiles, certificates, problems, warnings }
}

/** A sentence with more names is read by nobody. */
const namesMax = 10

function found<T extends { name: string }>(
  names: readonly string[],
  held: readonly T[],
  what: string,
  problems: string[],
): T[] {
  return names.flatMap((name) => {
    const one = held.find((each) => each.name === name)
    if (one !== undefined) return [one]
    const known = held.slice(0, namesMax).map((each) => each.name)
    const more = held.length > namesMax ? ' and others' : ''
    const there = known.length === 0 ? 'none is stored' : `stored are ${known.join(', ')}${more}`
    problems.push(
      `There is no ${what} "${name}": ${there}. Store it under this name, or write another.`,
    )
    return []
  })
}

/** What of the chosen ends soon. */
function soon(
  profiles: readonly HeldProfile[],
  certificates: readonly HeldCertificate[],
  now: Millis,
): string[] {
  const all = [
    ...profiles.map(({ name, described }) => ({
      what: 'profile',
      name,
      ends: described.expiresAt,
    })),
    ...certificates.map(({ name, described }) => ({
      what: 'certificate',
      name,
      ends: described.notAfter,
    })),
  ]
  return all
    .filter(({ ends }) => ends - now < expiresSoonMs)
    .map(({ what, name, ends }) => `The ${what} "${name}" expires on ${dayText(ends)}.`)
}

const unique = <T extends { id: string }>(all: readonly T[]): T[] => [
  ...new Map(all.map((each) => [each.id, each])).values(),
]
