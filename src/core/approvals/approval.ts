import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Hunk } from '../../lib/line-diff.ts'
import type { Build, ConfigSource } from '../builds/build.ts'

export type ApprovalVerdict = 'approved' | 'denied'

/** What somebody said of one commit of a pull request from a fork. */
export type Approval = {
  id: Id
  verdict: ApprovalVerdict
  /** How they were called then. */
  by: string
  commitSha: string
  at: Millis
}

/** What somebody is asked who may let a fork's commit run here. */
export type ApprovalRequest = {
  /** The one that was asked about. */
  build: Build
  /** All that one approval starts: those of the same commit, pull request and target. */
  waiting: Build[]
  /** Null while nobody has said anything. */
  approval: Approval | null
  /** The configuration that is used, which is none of the fork's. */
  configuration: { source: ConfigSource; fileName: string | null }
  changes: Changes
}

/** What the pull request changes, as far as it can be read. `why` is a sentence. */
export type Changes =
  | {
      is: 'known'
      /** Files that configure Oore, and how the fork has changed them; none of it is used. */
      configurations: { fileName: string; hunks: Hunk[] }[]
      /** Those that decide what is run come first. At most `filesShownMax`. */
      files: ChangedFile[]
      /** How many there are in all; of a partial list at least so many. */
      count: number
      isPartial: boolean
    }
  | { is: 'unknown'; why: string }

export type ChangedFile = {
  path: string
  /** Why somebody should look at it first; null for most. */
  risk: string | null
}

/** More are not listed: nobody reads on, and the forge shows them all. */
export const filesShownMax = 300

/** The files sorted for whoever has to read them: what decides what is run, then by their names. */
export function sortedFiles(paths: readonly string[]): ChangedFile[] {
  const files = paths.map((path) => ({ path, risk: riskOf(path) }))
  const byPath = (a: ChangedFile, b: ChangedFile) => (a.path < b.path ? -1 : 1)
  return [
    ...files.filter(({ risk }) => risk !== null).toSorted(byPath),
    ...files.filter(({ risk }) => risk === null).toSorted(byPath),
  ]
}

/** What a file can make a build run, in words; null for what is mostly only compiled. */
export function riskOf(path: string): string | null {
  const lower = path.toLowerCase()
  return risks.find(({ pattern }) => pattern.test(lower))?.risk ?? null
}

/** The first that fits counts. Paths are in lower case. */
const risks: readonly { pattern: RegExp; risk: string }[] = [
  {
    pattern: /^(oore\.(yaml|yml|huml)|codemagic\.yaml)$/,
    risk: 'configures Oore, though not for this build',
  },
  {
    pattern:
      /(^|\/)(\.github\/|\.gitlab-ci|\.circleci\/|\.buildkite\/|bitrise\.yml$|jenkinsfile|azure-pipelines|appveyor\.yml$|\.travis\.yml$)/,
    risk: 'configures a CI server',
  },
  { pattern: /(^|\/)\.gitmodules$/, risk: 'names repositories that are fetched along' },
  {
    pattern: /(^|\/)(gradlew(\.bat)?$|gradle-wrapper\.|init\.gradle|gradle\/)|\.gradle(\.kts)?$/,
    risk: 'is run by Gradle',
  },
  { pattern: /(^|\/)(gradle|local)\.properties$/, risk: 'configures Gradle' },
  {
    pattern: /(^|\/)(podfile|gemfile|rakefile|dangerfile)(\.lock)?$|\.(podspec|gemspec|rb)$/,
    risk: 'is run when packages are installed or built',
  },
  { pattern: /(^|\/)fastlane\//, risk: 'is run by fastlane' },
  {
    pattern: /(^|\/)(package\.json|\.npmrc|\.yarnrc(\.yml)?|\.pnpmfile\.c?js|\.husky\/)/,
    risk: 'may run scripts when packages are installed',
  },
  {
    pattern:
      /(^|\/)(package-lock\.json|yarn\.lock|pnpm-lock\.yaml|pubspec\.(yaml|lock)|package\.swift|package\.resolved|cartfile(\.resolved)?|podfile\.lock)$/,
    risk: 'decides which packages are installed',
  },
  {
    pattern: /\.(pbxproj|xcscheme|xcconfig)$/,
    risk: 'can add steps to what Xcode builds',
  },
  {
    pattern:
      /(^|\/)(makefile|justfile|taskfile\.ya?ml|dockerfile|cmakelists\.txt|build\.rs|setup\.py|pyproject\.toml|melos\.yaml|build\.yaml|\.envrc)$|\.(cmake|mk)$/,
    risk: 'is run when it is built',
  },
  {
    pattern: /\.(sh|bash|zsh|ps1|bat|cmd|py|pl)$|(^|\/)(scripts?|bin|tools?|ci)\//,
    risk: 'is a script, or lies where scripts do',
  },
  { pattern: /\.config\.(c|m)?[jt]s$|(^|\/)\.[a-z]+rc\.c?js$/, risk: 'is run by a tool' },
  { pattern: /\.(jar|aar|so|dylib|dll|exe|a|framework|xcframework)(\/|$)/, risk: 'is a binary' },
]
