import { Command, Option } from 'commander'
import { wallClock } from '../lib/clock.ts'
import { machineVariable } from '../lib/machine-variables.ts'
import { operatorReach, publicReach } from '../lib/safe-fetch.ts'
import { Secret } from '../lib/secret.ts'
import { issuerIdPattern, keyIdPattern, readAppStoreKey } from '../signing/apple/app-store-key.ts'
import {
  type BuildsWanted,
  highest,
  latestAppStoreBuild,
  latestTestFlightBuild,
} from '../signing/connect/builds.ts'
import { connectHost, type Connect } from '../signing/connect/call.ts'
import { thisMachine } from '../runner/signing/machine.ts'
import {
  certificateTypes,
  createCertificate,
  type CreateOptions,
  listCertificates,
  type ListOptions,
} from './connect/certificates.ts'
import { profileTypes } from './connect/profile-types.ts'
import { publish, type PublishOptions } from './connect/publish.ts'
import { type FetchOptions, fetchSigningFiles } from './connect/signing-files.ts'
import { whole } from './options.ts'
import { say, ToolFailed, valueOf } from './values.ts'

type Platform = BuildsWanted['platform']
type Options = {
  issuerId?: string
  keyId?: string
  privateKey?: string
  platform?: Platform
  preReleaseVersion?: string
  appStoreVersion?: string
}

/** `app-store-connect …`: of what scripts written for Codemagic say. */
export function appStoreConnectCommand(): Command {
  const root = new Command('app-store-connect').description(
    'what App Store Connect knows of an app',
  )
  const command = (to: Command, name: string, about: string) =>
    to
      .command(name)
      .description(about)
      .option('--issuer-id <id>', 'else APP_STORE_CONNECT_ISSUER_ID')
      .option('--key-id <id>', 'else APP_STORE_CONNECT_KEY_IDENTIFIER')
      .option('--private-key <key>', 'else APP_STORE_CONNECT_PRIVATE_KEY')
      .option('--json', 'what is listed, as JSON')
      // Said by scripts, and without a meaning here.
      .option('--log-api-calls')
      .option('--disable-jwt-cache')
      .option('-r, --api-unauthorized-retries <count>')
      .option('--api-server-error-retries <count>')
  const on = (name: string, about: string) =>
    command(root, `${name} <application-id>`, about).addOption(
      oneOf('--platform <platform>', platforms),
    )

  on('get-latest-testflight-build-number', 'the highest build number in TestFlight')
    .option('--pre-release-version <version>', 'of builds for this version')
    .action(async (appId: string, options: Options) =>
      tell(await latestTestFlightBuild(connectBy(options), testFlightOf(appId, options))),
    )

  on('get-latest-app-store-build-number', 'the highest build number in the App Store')
    .option('--app-store-version <version>', 'of this version')
    .action(async (appId: string, options: Options) =>
      tell(await latestAppStoreBuild(connectBy(options), appStoreOf(appId, options))),
    )

  on('get-latest-build-number', 'the highest build number in either').action(
    async (appId: string, options: Options) => {
      const connect = connectBy(options)
      const numbers = await Promise.all([
        latestTestFlightBuild(connect, testFlightOf(appId, options)),
        latestAppStoreBuild(connect, appStoreOf(appId, options)),
      ])
      tell(highest(numbers.filter((each) => each !== null)))
    },
  )

  const saving = (to: Command) =>
    to
      .option('--certificate-key <key>', 'else CERTIFICATE_PRIVATE_KEY')
      .option('--certificate-key-password <password>', 'else CERTIFICATE_PRIVATE_KEY_PASSWORD')
      .option('--p12-password <password>', 'of the .p12 that is saved; else none')
      .option('--certificates-dir <path>', 'else ~/Library/MobileDevice/Certificates')
      .option('--profiles-dir <path>', 'else where Xcode looks for them')

  saving(command(root, 'fetch-signing-files <bundle-id>', 'save what an app is signed with'))
    .addOption(oneOf('--type <type>', profileTypeNames, 'IOS_APP_DEVELOPMENT'))
    .addOption(oneOf('--platform <platform>', ['IOS', 'MAC_OS', 'UNIVERSAL']))
    .option('--create', 'have made at Apple what is not there')
    .option('--strict-match-identifier', 'not also for app ids that begin with this one')
    .action((identifier: string, options: Options & FetchOptions) =>
      fetchSigningFiles(thisMachine(), { connect: connectBy(options), identifier, options }),
    )

  const certificates = root.command('certificates').description('certificates at Apple')
  // Each has an older name too.
  for (const [at, name] of [
    [certificates, 'list'],
    [root, 'list-certificates'],
  ] as const) {
    saving(command(at, name, 'what certificates the team has; fails where there is none'))
      .addOption(oneOf('--type <types...>', certificateTypes))
      .addOption(oneOf('--profile-type <type>', profileTypeNames))
      .option('--display-name <name>', 'as Apple shows it')
      .option('--save', 'those of the private key, as .p12')
      .action((options: Options & ListOptions) =>
        listCertificates(thisMachine(), connectBy(options), options),
      )
  }
  for (const [at, name] of [
    [certificates, 'create'],
    [root, 'create-certificate'],
  ] as const) {
    saving(command(at, name, 'have a certificate issued for the private key'))
      .addOption(oneOf('--type <type>', certificateTypes, 'IOS_DEVELOPMENT'))
      .option('--save', 'it with its key, as .p12')
      .option('--p12-path <path>', 'where; else in the directory of certificates')
      .action((options: Options & CreateOptions) =>
        createCertificate(thisMachine(), connectBy(options), options),
      )
  }
  command(root, 'publish', 'send apps to App Store Connect, by Xcode’s altool')
    .option('--path <patterns...>', 'of the .ipa and .pkg; else all below this directory')
    .option('--enable-package-validation', 'ask Apple first whether it is valid')
    .option('--skip-package-validation', 'it is sent without that anyway')
    .addOption(counted('--altool-retries <count>', retriesMax, 3))
    .addOption(counted('--altool-retry-wait <seconds>', retryWaitSecondsMax, 5))
    .action((options: Options & PublishOptions) =>
      publish(thisMachine(), connectBy(options), options),
    )
  return root
}

const retriesMax = 20
const retryWaitSecondsMax = 600

const counted = (flags: string, most: number, otherwise: number): Option =>
  new Option(flags).argParser(whole(0, most)).default(otherwise)

const profileTypeNames = Object.keys(profileTypes)

function oneOf(flags: string, choices: readonly string[], otherwise?: string): Option {
  const option = new Option(flags).choices([...choices])
  return otherwise === undefined ? option : option.default(otherwise)
}

const platforms = ['IOS', 'MAC_OS', 'TV_OS', 'VISION_OS'] as const

const testFlightOf = (appId: string, { platform, preReleaseVersion }: Options): BuildsWanted => ({
  appId,
  platform,
  version: preReleaseVersion,
})

const appStoreOf = (appId: string, { platform, appStoreVersion }: Options): BuildsWanted => ({
  appId,
  platform,
  version: appStoreVersion,
})

/** A script counts on from what is on the standard output: nothing, where there is no build yet. */
function tell(number: string | null): void {
  if (number !== null) return say(number)
  process.stderr.write('No build is there yet.\n')
}

function connectBy(options: Options): Connect {
  const keyId = given(options.keyId, 'APP_STORE_CONNECT_KEY_IDENTIFIER', '--key-id')
  const issuerId = given(options.issuerId, 'APP_STORE_CONNECT_ISSUER_ID', '--issuer-id')
  const key = given(options.privateKey, 'APP_STORE_CONNECT_PRIVATE_KEY', '--private-key')
  if (!keyIdPattern.test(keyId)) throw new ToolFailed(`${keyId} is no key id.`, usageCode)
  if (!issuerIdPattern.test(issuerId))
    throw new ToolFailed(`${issuerId} is no issuer id.`, usageCode)
  const baseUrl = new URL(machineVariable('OORE_ASC_BASE_URL') ?? `https://${connectHost}`)
  return {
    baseUrl,
    reach: baseUrl.hostname === connectHost ? publicReach : operatorReach,
    keyId,
    issuerId,
    privateKey: new Secret(readAppStoreKey(Buffer.from(key))),
    clock: wallClock,
  }
}

const usageCode = 2

function given(option: string | undefined, variable: string, name: string): string {
  const value = option === undefined ? machineVariable(variable) : valueOf(option)
  if (value !== undefined && value.trim() !== '') return value.trim()
  throw new ToolFailed(
    `The key of App Store Connect is missing: set ${variable}, which \`integrations: app_store_connect\` does, or say ${name}.`,
    usageCode,
  )
}
