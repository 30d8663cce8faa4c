import { existsSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { minutes } from '../lib/clock.ts'
import { machineVariable } from '../lib/machine-variables.ts'
import { openKeystore } from './android/keystore.ts'
import { withPasswordFiles } from './android/passwords.ts'
import { globSync } from './glob.ts'
import { answerOf } from './run.ts'
import { log, say, ToolFailed, valueOf } from './values.ts'

type Signing = { ks?: string; ksPass?: string; ksKeyAlias?: string; keyPass?: string }
type Options = Signing & { bundle: string; bundletool?: string; mode?: string }

const toolMs = minutes(20)

/** `android-app-bundle …`: of what scripts written for Codemagic say. */
export function androidAppBundleCommand(): Command {
  const root = new Command('android-app-bundle').description('app bundles of Android')
  const command = (name: string, about: string) =>
    withKeystore(
      root
        .command(name)
        .description(about)
        .option('--bundle <pattern>', 'the bundles', '**/*.aab')
        .option('--bundletool <jar>', `else ${jarVariable}, or a bundletool on the PATH`),
    )
  command('build-universal-apk', 'one APK of each bundle that is for all devices').action(
    (options: Options) => buildUniversalApks(options),
  )
  command('build-apks', 'a set of APKs of each bundle')
    .option('--mode <mode>', 'default, universal, …')
    .action((options: Options) => buildApkSets(options))
  command('validate', 'is each bundle sound?').action((options: Options) => {
    for (const bundle of bundlesOf(options)) {
      say(bundletool(options, ['validate', `--bundle=${bundle}`]).trimEnd())
    }
  })
  command('sign', 'sign a bundle').action((options: Options) => signBundles(options))
  command('is-signed', 'is each bundle signed?').action((options: Options) => checkSigned(options))
  command('bundletool-version', 'which bundletool there is').action((options: Options) =>
    say(bundletool(options, ['version']).trim()),
  )
  return root
}

/** `universal-apk …`, as it was called before. */
export function universalApkCommand(): Command {
  const root = new Command('universal-apk').description('one APK for all devices')
  withKeystore(
    root
      .command('generate')
      .description('one APK of each bundle that is for all devices')
      .option('--pattern <pattern>', 'the bundles', '**/*.aab')
      .option('--bundletool <jar>', `else ${jarVariable}, or a bundletool on the PATH`),
  ).action(({ pattern, ...options }: Omit<Options, 'bundle'> & { pattern: string }) =>
    buildUniversalApks({ ...options, bundle: pattern }),
  )
  return root
}

const jarVariable = 'ANDROID_APP_BUNDLE_BUNDLETOOL'

const withKeystore = (command: Command): Command =>
  command
    .option('--ks <path>', 'the keystore to sign with; else the APKs are signed for debugging')
    .option('--ks-pass <password>', 'else KEYSTORE_PASSWORD')
    .option('--ks-key-alias <name>', 'of the key')
    .option('--key-pass <password>', 'else KEYSTORE_KEY_PASSWORD, or that of the keystore')

function bundlesOf({ bundle }: Options): string[] {
  const pattern = valueOf(bundle)
  const found = globSync(resolve(pattern)).filter((path) => existsSync(path))
  if (found.length > 0) return found
  throw new ToolFailed(`No app bundle matches ${pattern}.`)
}

/** Beside each bundle, under its name. */
function buildUniversalApks(options: Options): void {
  for (const bundle of bundlesOf(options)) {
    const path = `${bundle.replace(/\.aab$/, '')}-universal.apk`
    const directory = `${path}.parts`
    rmSync(directory, { recursive: true, force: true })
    try {
      log(`Building ${path}.`)
      build(options, bundle, [
        '--mode=universal',
        '--output-format=DIRECTORY',
        `--output=${directory}`,
      ])
      renameSync(join(directory, 'universal.apk'), path)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
    say(path)
  }
}

function buildApkSets(options: Options): void {
  for (const bundle of bundlesOf(options)) {
    const path = `${bundle.replace(/\.aab$/, '')}.apks`
    const mode = options.mode === undefined ? [] : [`--mode=${valueOf(options.mode)}`]
    build(options, bundle, [...mode, '--overwrite', `--output=${path}`])
    say(path)
  }
}

function build(options: Options, bundle: string, args: readonly string[]): void {
  const whole = ['build-apks', `--bundle=${bundle}`, ...args]
  const keystore = keystoreOf(options)
  if (keystore === null) return void bundletool(options, whole)
  withPasswordFiles(keystore, ({ store, key }) =>
    bundletool(options, [
      ...whole,
      `--ks=${keystore.path}`,
      `--ks-pass=file:${store}`,
      `--ks-key-alias=${keystore.alias}`,
      `--key-pass=file:${key}`,
    ]),
  )
}

function signBundles(options: Options): void {
  const keystore = keystoreOf(options)
  if (keystore === null) throw new ToolFailed('Say --ks: the keystore to sign with.', 2)
  for (const bundle of bundlesOf(options)) {
    withPasswordFiles(keystore, ({ store, key }) =>
      answerOf(
        [
          ...['jarsigner', '-keystore', keystore.path, '-storepass:file', store],
          ...(keystore.store === keystore.key ? [] : ['-keypass:file', key]),
          ...[bundle, keystore.alias],
        ],
        toolMs,
      ),
    )
    say(`Signed ${bundle}.`)
  }
}

function checkSigned(options: Options): void {
  const unsigned = bundlesOf(options).filter((bundle) => {
    const isSigned = /^jar verified\.$/m.test(answerOf(['jarsigner', '-verify', bundle], toolMs))
    say(`${bundle} is ${isSigned ? '' : 'not '}signed.`)
    return !isSigned
  })
  if (unsigned.length > 0) throw new ToolFailed('Not every bundle is signed.')
}

type OpenKeystore = { path: string; alias: string; store: string; key: string }

/** Opened once here, so that what is wrong with it is said in words; null where none is given. */
function keystoreOf({ ks, ksPass, ksKeyAlias, keyPass }: Options): OpenKeystore | null {
  if (ks === undefined) return null
  const given = (option: string | undefined, variable: string) =>
    option === undefined ? machineVariable(variable) : valueOf(option)
  const store = given(ksPass, 'KEYSTORE_PASSWORD')
  if (store === undefined || ksKeyAlias === undefined) {
    throw new ToolFailed('A keystore needs --ks-pass, or KEYSTORE_PASSWORD, and --ks-key-alias.', 2)
  }
  const key = given(keyPass, 'KEYSTORE_KEY_PASSWORD')
  const opened = openKeystore({
    keystore: ks,
    keystorePass: store,
    alias: ksKeyAlias,
    ...(key && { keyPass: key }),
  })
  return { path: resolve(valueOf(ks)), alias: opened.alias, store, key: opened.keyPassword }
}

/** What Google's bundletool says. */
function bundletool(options: Options, args: readonly string[]): string {
  const jar = options.bundletool ?? machineVariable(jarVariable)
  const program = jar === undefined ? ['bundletool'] : ['java', '-jar', resolve(valueOf(jar))]
  try {
    return answerOf([...program, ...args], toolMs)
  } catch (error) {
    if (!(error instanceof ToolFailed) || !/ENOENT/.test(error.message)) throw error
    throw new ToolFailed(
      `There is no ${program[0]} on this machine. Google offers bundletool at https://github.com/google/bundletool; ${jarVariable} names its .jar.`,
    )
  }
}
