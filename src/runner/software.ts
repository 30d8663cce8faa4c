import { accessSync, constants, lstatSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { KiB } from '../lib/sizes.ts'
import type { Environment } from '../lib/variables.ts'
import type { Software } from '../pipeline/pipeline.ts'

const configBytesMax = 64 * KiB

/** Where versions of tools are installed beside each other. */
export type SoftwareRoots = {
  /** A directory per version, as fvm makes them. */
  flutter: string[]
  /** Holds `Xcode-16.2.app` and the like. */
  xcode: string[]
  /** A directory per JDK, as Linux has them. */
  jdks: string[]
  /** A directory per JDK, which is in `Contents/Home` of it. */
  macJdks: string[]
  /** A directory per version, as nvm makes them. */
  node: string[]
}

/** What is used of one tool: variables to set, directories for PATH, and a line for people. */
type Choice = { said: string; variables?: Record<string, string>; path?: string }

export type ChosenSoftware = {
  said: string[]
  variables: Record<string, string>
  /** Come before everything else in PATH. */
  path: string[]
}

/** The usual places of fvm, Xcode, JDKs and nvm on this machine. */
export function softwareRoots(environment: Environment): SoftwareRoots {
  const home = environment['HOME'] ?? '/'
  const { FVM_CACHE_PATH: fvm, NVM_DIR: nvm } = environment
  return {
    flutter: [...(fvm === undefined ? [] : [join(fvm, 'versions')]), join(home, 'fvm/versions')],
    xcode: ['/Applications'],
    jdks: ['/usr/lib/jvm'],
    macJdks: ['/Library/Java/JavaVirtualMachines', join(home, 'Library/Java/JavaVirtualMachines')],
    node: [join(nvm ?? join(home, '.nvm'), 'versions/node')],
  }
}

/**
 * Chooses installed versions of the tools a workflow asks for, by variables and PATH only: nothing
 * is installed, and nothing of the machine is changed. What is not there, and every tool whose
 * versions cannot lie beside each other, is the machine's own, and `said` tells so: one line each.
 * `clone` is asked what `fvm` means.
 */
export function chooseSoftware(
  software: readonly Software[],
  roots: SoftwareRoots,
  clone: string,
): ChosenSoftware {
  const choices = software.map((tool) => choose(tool, roots, clone))
  return {
    said: choices.map(({ said }) => said),
    variables: Object.assign({}, ...choices.map(({ variables }) => variables ?? {})),
    path: choices.flatMap(({ path }) => path ?? []),
  }
}

function choose({ name, version }: Software, roots: SoftwareRoots, clone: string): Choice {
  switch (name) {
    case 'flutter':
      return flutterOf(version, roots, clone)
    case 'xcode':
      return xcodeOf(version, roots)
    case 'java':
      return javaOf(version, roots)
    case 'node':
      return nodeOf(version, roots)
    default:
      return own(name, version)
  }
}

/** Versions that leave the choice to the machine. */
const anyVersion = /^(default|latest|edge|current|nightly|next|lts)$/

const own = (name: string, version: string): Choice => ({
  said: `${name}: ${version} was asked for; the machine's own is used.`,
})

const used = (name: string, asked: string, place: string): string =>
  `${name}: ${asked} was asked for; ${place} is used.`

const absent = (name: string, asked: string, where: readonly string[]): Choice => ({
  said:
    `${name}: ${asked} was asked for and is not installed in ${where.join(' or ')}; ` +
    "the machine's own is used.",
})

function flutterOf(version: string, { flutter: roots }: SoftwareRoots, clone: string): Choice {
  const wanted = version === 'fvm' ? fvmVersion(clone) : version
  if (wanted === null) {
    return {
      said:
        'flutter: fvm was asked for, and neither .fvmrc nor .fvm/fvm_config.json names a ' +
        "version; the machine's own is used.",
    }
  }
  if (wanted === 'default') return own('flutter', version)
  const asked = version === 'fvm' ? `${wanted} (by fvm)` : version
  const bare = wanted.replace(/^v(?=\d)/, '')
  const names = isName(bare) ? [bare, `v${bare}`] : []
  const root = firstOf(roots, names, (place) => isExecutable(join(place, 'bin/flutter')))
  if (root === null) return absent('flutter', asked, roots)
  return {
    said: used('flutter', asked, root),
    variables: { FLUTTER_ROOT: root },
    path: join(root, 'bin'),
  }
}

/** What the repository tells fvm: https://fvm.app/documentation/getting-started/configuration */
function fvmVersion(clone: string): string | null {
  return (
    textIn(join(clone, '.fvmrc'), 'flutter') ??
    textIn(join(clone, '.fvm/fvm_config.json'), 'flutterSdkVersion')
  )
}

function textIn(file: string, key: string): string | null {
  try {
    const found = lstatSync(file)
    if (!found.isFile() || found.size > configBytesMax) return null
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const value =
      typeof read === 'object' && read !== null
        ? Object.getOwnPropertyDescriptor(read, key)?.value
        : null
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}

function xcodeOf(version: string, { xcode: roots }: SoftwareRoots): Choice {
  if (anyVersion.test(version)) return own('xcode', version)
  const short = version.replace(/(\.0)+$/, '')
  const versions = isName(version) ? [...new Set([version, short, `${short}.0`])] : []
  const names = versions.flatMap((each) => [`Xcode-${each}.app`, `Xcode_${each}.app`])
  const isXcode = (place: string) => isThere(join(place, 'Contents/Developer'))
  const app = firstOf(roots, names, isXcode)
  if (app === null) return absent('xcode', version, roots)
  return {
    said: used('xcode', version, app),
    variables: { DEVELOPER_DIR: join(app, 'Contents/Developer') },
  }
}

function javaOf(version: string, { jdks, macJdks }: SoftwareRoots): Choice {
  if (anyVersion.test(version)) return own('java', version)
  const homes = [
    ...below(jdks),
    ...below(macJdks).map((bundle) => join(bundle, 'Contents/Home')),
  ].filter((home) => isExecutable(join(home, 'bin/java')))
  const found = homes
    .map((home) => ({ home, version: jdkVersion(home) }))
    .filter((jdk) => jdk.version[0] === javaNumbers(version)[0])
    .sort((a, b) => compareNumbers(b.version, a.version))[0]
  if (found === undefined) return absent('java', version, [...jdks, ...macJdks])
  return {
    said: used('java', version, found.home),
    variables: { JAVA_HOME: found.home },
    path: join(found.home, 'bin'),
  }
}

/** Every JDK says its version in its file `release`; of an old one the name of its folder does. */
function jdkVersion(home: string): number[] {
  try {
    const [, version] =
      /^JAVA_VERSION="([^"]+)"/m.exec(readFileSync(join(home, 'release'), 'utf8')) ?? []
    if (version !== undefined) return javaNumbers(version)
  } catch {
    // Then the name has to say it.
  }
  const name =
    home
      .replace(/\/Contents\/Home$/, '')
      .split('/')
      .at(-1) ?? ''
  return javaNumbers(/\d+(\.\d+)*/.exec(name)?.[0] ?? '')
}

/** `1.8.0_201` is version 8: until then the first number said nothing. */
const javaNumbers = (version: string): number[] => numbersOf(version.replace(/^1\.(?=\d)/, ''))

/** https://github.com/nodejs/Release: from 4 on, each even version is a line with the next name. */
const nodeLines = [
  ...['argon', 'boron', 'carbon', 'dubnium', 'erbium', 'fermium', 'gallium', 'hydrogen'],
  ...['iron', 'jod', 'krypton', 'lithium'],
]
const firstNodeLine = 4

function nodeOf(version: string, { node: roots }: SoftwareRoots): Choice {
  const name = version.toLowerCase().replace(/^lts\//, '')
  if (anyVersion.test(name) || name === '*') return own('node', version)
  const line = nodeLines.indexOf(name)
  const wanted =
    line === -1
      ? numbersOf(name.replace(/^v/, '').replace(/(\.[x*])+$/, ''))
      : [firstNodeLine + 2 * line]
  const found = below(roots)
    .filter((place) => isExecutable(join(place, 'bin/node')))
    .map((place) => ({ place, version: numbersOf(place.split('/v').at(-1) ?? '') }))
    .filter(({ version: has }) => wanted.length > 0 && wanted.every((n, at) => has[at] === n))
    .sort((a, b) => compareNumbers(b.version, a.version))[0]
  if (found === undefined) return absent('node', version, roots)
  return { said: used('node', version, found.place), path: join(found.place, 'bin') }
}

const numbersOf = (version: string): number[] => (version.match(/\d+/g) ?? []).map(Number)

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((number, index) => number !== b[index])
  return at === -1 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? 0)
}

/** Versions become parts of paths: one that would lead elsewhere is none. */
const isName = (version: string): boolean => /^[A-Za-z0-9][\w.+-]*$/.test(version)

function firstOf(
  roots: readonly string[],
  names: readonly string[],
  isRight: (place: string) => boolean,
): string | null {
  const places = roots.flatMap((root) => names.map((name) => join(root, name)))
  return places.find(isRight) ?? null
}

const below = (roots: readonly string[]): string[] =>
  roots.flatMap((root) => namesIn(root).map((name) => join(root, name)))

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort()
  } catch {
    return []
  }
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
