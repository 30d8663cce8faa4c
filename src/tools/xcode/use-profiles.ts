import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { machineVariable } from '../../lib/machine-variables.ts'
import { messageOf } from '../../lib/errors.ts'
import { wallClock } from '../../lib/clock.ts'
import {
  findIdentities,
  identitiesIn,
  readSearchList,
  keychainsIn,
  versionIn,
  xcodeVersion,
} from '../../runner/signing/ios/commands.ts'
import { profileDirectories } from '../../runner/signing/ios/places.ts'
import { insist, tell } from '../../runner/signing/ios/security.ts'
import { type SigningMachine, thisMachine } from '../../runner/signing/machine.ts'
import { exportOptions } from '../../signing/apple/export-options.ts'
import { covers } from '../../signing/apple/fit.ts'
import { type Profile, readProfile } from '../../signing/apple/profile.ts'
import { globSync } from '../glob.ts'
import { say, ToolFailed, valueOf } from '../values.ts'
import { openProject } from './open-project.ts'
import { type SignedConfiguration, withManualSigning } from './project.ts'

export type UseProfilesOptions = {
  project?: string[]
  profile?: string[]
  exportOptionsPlist?: string
  customExportOptions?: string
  archiveMethod?: string
  warnOnly?: boolean
}

/** A profile with the certificate that is in a keychain. */
type Usable = { profile: Profile; certificate: Profile['certificates'][number] }

/**
 * Makes the projects sign by hand, each target with the profile that is meant for its bundle
 * identifier, and writes what `xcodebuild -exportArchive` is to be told.
 */
export async function useProfiles(options: UseProfilesOptions): Promise<void> {
  const machine = thisMachine()
  const projects = projectsOf(options)
  const usable = await usableProfiles(machine, options)
  const chosen = new Map<string, Usable>()
  const without: string[] = []
  for (const path of projects) {
    const file = join(path, 'project.pbxproj')
    const project = openProject(path)
    const signings = new Map<SignedConfiguration, Usable>()
    for (const each of project.configurations) {
      const found = each.bundleId === null ? null : bestFor(each.bundleId, usable)
      if (found === null || each.bundleId === null) {
        without.push(`${each.target} (${each.configuration}): ${whyNot(each)}`)
        continue
      }
      chosen.set(each.bundleId, found)
      signings.set(each, found)
      say(
        `${each.target} (${each.configuration}, ${each.bundleId}): profile "${found.profile.name}"`,
      )
    }
    const signed = new Map([...signings].map(([each, found]) => [each, manual(found)]))
    if (signed.size > 0) writeFileSync(file, withManualSigning(project, signed))
  }
  for (const each of without) say(`Not signed: ${each}`)
  if (chosen.size === 0) {
    const sentence = 'No target of these projects has a profile that can be signed with.'
    if (options.warnOnly) return say(sentence)
    throw new ToolFailed(sentence)
  }
  await writeExportOptions(machine, chosen, options)
}

function projectsOf({ project }: UseProfilesOptions): string[] {
  const patterns = project?.map(valueOf) ?? ['**/*.xcodeproj']
  const found = patterns
    .flatMap((pattern) => globSync(resolve(pattern)))
    .filter((path) => !/(^|\/)Pods\//.test(relative('.', path)))
  if (found.length > 0) return found
  throw new ToolFailed(`There is no Xcode project at ${patterns.join(', ')}.`)
}

async function usableProfiles(
  machine: SigningMachine,
  { profile: patterns }: UseProfilesOptions,
): Promise<Usable[]> {
  const usual = profileDirectories(machine).map((directory) => join(directory, '*provision*'))
  const files = (patterns?.map(valueOf) ?? usual).flatMap((each) => globSync(resolve(each)))
  const held = await heldCertificates(machine)
  const now = wallClock()
  const usable = new Map<string, Usable>()
  for (const file of files) {
    try {
      const profile = readProfile(readFileSync(file))
      const certificate = profile.certificates.find(({ sha1 }) => held.has(sha1))
      if (profile.expiresAt <= now) say(`Passed over ${file}: it has expired.`)
      else if (certificate === undefined) {
        say(`Passed over "${profile.name}": none of its certificates is in a keychain.`)
      } else usable.set(profile.uuid, { profile, certificate })
    } catch (error) {
      say(`Passed over ${file}: ${messageOf(error)}`)
    }
  }
  return [...usable.values()]
}

async function heldCertificates(machine: SigningMachine): Promise<Set<string>> {
  const said = await insist(machine, 'To read the list of keychains', readSearchList)
  const held = new Set<string>()
  for (const keychain of keychainsIn(said)) {
    const told = await tell(machine, findIdentities(keychain, 'codesigning', true))
    if (told.is === 'done') for (const { sha1 } of identitiesIn(told.stdout)) held.add(sha1)
  }
  return held
}

/** Its own before a pattern, the longer pattern before the shorter, the one that is good for longest. */
function bestFor(bundleId: string, usable: readonly Usable[]): Usable | null {
  const rank = ({ profile }: Usable): number =>
    profile.bundleId === bundleId ? Infinity : profile.bundleId.length
  const fitting = usable
    .filter(({ profile }) => covers(profile.bundleId, bundleId))
    .toSorted((a, b) => {
      const byRank = rank(a) === rank(b) ? 0 : rank(b) - rank(a)
      return byRank === 0 ? b.profile.expiresAt - a.profile.expiresAt : byRank
    })
  return fitting[0] ?? null
}

const whyNot = ({ bundleId, writtenBundleId }: SignedConfiguration): string =>
  bundleId === null
    ? `its bundle identifier "${writtenBundleId}" is not known before the build`
    : `no profile for ${bundleId}`

const manual = ({ profile, certificate }: Usable) => ({
  teamId: profile.teamId,
  profile: profile.name,
  identity: certificate.commonName,
})

async function writeExportOptions(
  machine: SigningMachine,
  chosen: ReadonlyMap<string, Usable>,
  options: UseProfilesOptions,
): Promise<void> {
  // The identifier of an app is the beginning of those of its extensions.
  const [, main] = [...chosen].toSorted(([one], [other]) => one.length - other.length)[0]!
  const told = await tell(machine, xcodeVersion)
  const path = options.exportOptionsPlist
    ? resolve(valueOf(options.exportOptionsPlist))
    : join(machine.home, 'export_options.plist')
  const text = exportOptions({
    kind: main.profile.kind,
    teamId: main.profile.teamId,
    certificate: main.certificate.sha1.toUpperCase(),
    profiles: Object.fromEntries(
      [...chosen].map(([bundleId, { profile }]) => [bundleId, profile.name]),
    ),
    xcode: told.is === 'done' ? versionIn(told.stdout) : null,
    custom: {
      ...(options.archiveMethod && { method: valueOf(options.archiveMethod) }),
      ...customOptions(options),
    },
  })
  writeFileSync(path, text)
  say(`Wrote ${path}.`)
}

function customOptions({ customExportOptions }: UseProfilesOptions): Record<string, unknown> {
  const written = customExportOptions ?? machineVariable('XCODE_PROJECT_CUSTOM_EXPORT_OPTIONS')
  if (!written) return {}
  try {
    const custom: unknown = JSON.parse(valueOf(written))
    if (typeof custom === 'object' && custom !== null && !Array.isArray(custom)) {
      return custom as Record<string, unknown>
    }
  } catch {
    // Told below: both are the same mistake.
  }
  throw new ToolFailed('--custom-export-options takes an object in JSON.', 2)
}
