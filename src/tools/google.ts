import { Command } from 'commander'
import { wallClock } from '../lib/clock.ts'
import { machineVariable } from '../lib/machine-variables.ts'
import { operatorReach, publicReach } from '../lib/safe-fetch.ts'
import { type Google, readServiceAccount } from '../publishing/google/account.ts'
import { firebaseHost, firebaseScope, listFirebaseReleases } from '../publishing/google/firebase.ts'
import {
  latestVersionCode,
  listPlayBinaries,
  listPlayTracks,
  playHost,
  playScope,
  type PlayTrack,
} from '../publishing/google/play.ts'
import { log, say, ToolFailed, valueOf } from './values.ts'

type Credentials = { credentials?: string }
type PlayOptions = Credentials & {
  packageName: string
  json?: boolean
  tracks?: string[]
  track?: string
}
type FirebaseOptions = Credentials & {
  projectNumber?: string
  projectId?: string
  appId: string
  json?: boolean
}

/** `google-play …`: of what scripts written for Codemagic say. */
export function googlePlayCommand(): Command {
  const root = new Command('google-play').description('what Google Play has of an app')
  const command = (to: Command, name: string, about: string) =>
    to
      .command(name)
      .description(about)
      .requiredOption('-p, --package-name <name>', 'of the app: com.example.app')
      .option('--credentials <json>', `else ${playVariables.join(' or ')}`)
      .option('--json', 'as Google tells it')
      .option('--log-api-calls', 'passed over')
  const tracks = root.command('tracks').description('tracks, and what is released on them')

  command(root, 'get-latest-build-number', 'the highest version code on its tracks')
    .option('-t, --tracks <names...>', 'of these tracks; else of all')
    .action(async (options: PlayOptions) => {
      const { packageName, tracks: wanted = null } = options
      const code = latestVersionCode(await listPlayTracks(play(options), packageName), wanted)
      if (code === null) return log('No build is there yet.')
      say(String(code))
    })
  command(tracks, 'list', 'all of them').action(async (options: PlayOptions) => {
    const found = await listPlayTracks(play(options), options.packageName)
    show(found, options, lineOf)
  })
  command(tracks, 'get', 'one of them')
    .requiredOption('-t, --track <name>', 'alpha, production, …')
    .action(async (options: PlayOptions) => {
      const found = await listPlayTracks(play(options), options.packageName)
      const own = found.filter((each) => each.track === options.track)
      if (own.length > 0) return show(own, options, lineOf)
      const names = found.map((each) => each.track).join(', ')
      throw new ToolFailed(`There is no track "${options.track}". There are: ${names || 'none'}.`)
    })
  for (const kind of ['bundles', 'apks'] as const) {
    const of = root.command(kind).description(`${kind} that were uploaded`)
    command(of, 'list', 'all of them').action(async (options: PlayOptions) => {
      const found = await listPlayBinaries(play(options), options.packageName, kind)
      show(found, options, ({ versionCode }) => String(versionCode))
    })
  }
  return root
}

/** `firebase-app-distribution …`: of what scripts written for Codemagic say. */
export function firebaseAppDistributionCommand(): Command {
  const root = new Command('firebase-app-distribution').description(
    'what Firebase App Distribution has of an app',
  )
  const command = (to: Command, name: string, about: string) =>
    to
      .command(name)
      .description(about)
      .requiredOption('-a, --app-id <id>', '1:228333310124:ios:5e439e0d0231a788ac8f09')
      .option('-p, --project-number <number>', '228333310124')
      .option('--project-id <id>', 'its older name')
      .option('-c, --credentials <json>', `else ${firebaseVariables.join(' or ')}`)
      .option('--json', 'as Firebase tells it')
  command(root, 'get-latest-build-version', 'the build version of the newest release')
    // Said by files after the commands of the other stores.
    .alias('get-latest-build-number')
    .action(async (options: FirebaseOptions) => {
      const [newest] = await listFirebaseReleases(firebase(options), appOf(options), true)
      if (newest?.buildVersion === undefined) return log('No release is there yet.')
      say(newest.buildVersion)
    })
  const releases = root.command('releases').description('releases of an app')
  command(releases, 'list', 'all of them, the newest first').action(
    async (options: FirebaseOptions) => {
      const found = await listFirebaseReleases(firebase(options), appOf(options))
      show(found, options, ({ displayVersion = '', buildVersion = '', createTime = '' }) =>
        `${displayVersion} (${buildVersion})  ${createTime}`.trim(),
      )
    },
  )
  return root
}

const playVariables = [
  'GOOGLE_PLAY_SERVICE_ACCOUNT_CREDENTIALS',
  // Its older name.
  'GCLOUD_SERVICE_ACCOUNT_CREDENTIALS',
] as const
const firebaseVariables = ['FIREBASE_SERVICE_ACCOUNT_CREDENTIALS'] as const

const play = (options: Credentials): Google =>
  googleBy(options, {
    host: playHost,
    scope: playScope,
    variables: playVariables,
    at: 'OORE_PLAY_BASE_URL',
  })

const firebase = (options: Credentials): Google =>
  googleBy(options, {
    host: firebaseHost,
    scope: firebaseScope,
    variables: firebaseVariables,
    at: 'OORE_FIREBASE_BASE_URL',
  })

type Api = { host: string; scope: string; variables: readonly string[]; at: string }

function googleBy({ credentials }: Credentials, { host, scope, variables, at }: Api): Google {
  const given = [
    ...(credentials === undefined ? [] : [valueOf(credentials)]),
    ...variables.flatMap((name) => machineVariable(name) ?? []),
  ]
  const text = given.find((each) => each.trim() !== '')
  if (text === undefined) {
    throw new ToolFailed(
      `The key of the service account is missing: set ${variables[0]}, or say --credentials.`,
      2,
    )
  }
  const baseUrl = new URL(machineVariable(at) ?? `https://${host}`)
  return {
    baseUrl,
    reach: baseUrl.hostname === host ? publicReach : operatorReach,
    account: readServiceAccount(text),
    scope,
    clock: wallClock,
  }
}

function appOf({ appId, projectNumber, projectId }: FirebaseOptions) {
  const app = valueOf(appId)
  // `1:NUMBER:android:HASH` names its project too.
  const project = projectNumber ?? projectId ?? app.split(':')[1]
  if (project) return { app, project: valueOf(project) }
  throw new ToolFailed(`"${app}" is no id of an app in Firebase, like 1:228333310124:ios:5e43….`, 2)
}

const lineOf = ({ track, releases = [] }: PlayTrack): string =>
  [
    track,
    ...releases.map(
      ({ name = '', status = '', versionCodes = [] }) =>
        `  ${name} ${status}, version codes ${versionCodes.join(', ') || 'none'}`,
    ),
  ].join('\n')

function show<T>(found: readonly T[], { json }: { json?: boolean }, line: (each: T) => string) {
  if (json) return say(JSON.stringify(found, null, 2))
  for (const each of found) say(line(each))
}
