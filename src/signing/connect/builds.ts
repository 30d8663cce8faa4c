import { z } from 'zod'
import type { Connect } from './call.ts'
import { pagesOf } from './resources.ts'

/*
 * Which build numbers an app has used ("Builds", "App Store Versions" in Apple's documentation): what
 * the next one has to be higher than.
 */

export type BuildsWanted = {
  /** The app's Apple ID: a number, as App Store Connect shows it. */
  appId: string
  /** Of builds for this version alone: `3.2.46`. */
  version?: string | undefined
  platform?: 'IOS' | 'MAC_OS' | 'TV_OS' | 'VISION_OS' | undefined
}

const build = z.object({ attributes: z.object({ version: z.string() }) })

/** The highest number of all builds that TestFlight has, expired ones too; null where it has none. */
export async function latestTestFlightBuild(
  connect: Connect,
  { appId, version, platform }: BuildsWanted,
): Promise<string | null> {
  const query = {
    'filter[app]': appId,
    'fields[builds]': 'version',
    ...(version !== undefined && { 'filter[preReleaseVersion.version]': version }),
    ...(platform !== undefined && { 'filter[preReleaseVersion.platform]': platform }),
  }
  const page = z.object({ data: z.array(build) })
  const numbers: string[] = []
  for await (const { data } of pagesOf(connect, page, '/v1/builds', query)) {
    numbers.push(...data.map(({ attributes }) => attributes.version))
  }
  return highest(numbers)
}

/** The highest number of the builds that versions in the App Store have; null where none has one. */
export async function latestAppStoreBuild(
  connect: Connect,
  { appId, version, platform }: BuildsWanted,
): Promise<string | null> {
  const path = `/v1/apps/${encodeURIComponent(appId)}/appStoreVersions`
  const query = {
    include: 'build',
    'fields[builds]': 'version',
    ...(version !== undefined && { 'filter[versionString]': version }),
    ...(platform !== undefined && { 'filter[platform]': platform }),
  }
  const page = z.object({ included: z.array(z.object({ type: z.string() }).loose()).nullish() })
  const numbers: string[] = []
  for await (const { included } of pagesOf(connect, page, path, query)) {
    for (const each of included ?? []) {
      const read = each.type === 'builds' ? build.safeParse(each) : null
      if (read?.success) numbers.push(read.data.attributes.version)
    }
  }
  return highest(numbers)
}

/** By groups of digits, as Apple compares build numbers: `1.10` comes after `1.9`. */
export function highest(numbers: readonly string[]): string | null {
  const [first, ...rest] = numbers
  if (first === undefined) return null
  return rest.reduce((best, each) => (isHigher(each, best) ? each : best), first)
}

function isHigher(one: string, other: string): boolean {
  const [a, b] = [groupsOf(one), groupsOf(other)]
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const [x, y] = [a[at] ?? 0n, b[at] ?? 0n]
    if (x !== y) return x > y
  }
  return false
}

/** Build numbers like 202611261430 have more digits than a number keeps apart. */
const groupsOf = (number: string): bigint[] =>
  number.split('.').map((group) => (/^\d+$/.test(group) ? BigInt(group) : 0n))
