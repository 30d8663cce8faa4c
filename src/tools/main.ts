import { type Command, CommanderError } from 'commander'
import { messageOf } from '../lib/errors.ts'
import { androidAppBundleCommand, universalApkCommand } from './android-app-bundle.ts'
import { androidKeystoreCommand, androidKeystoreSpellings } from './android-keystore.ts'
import { appStoreConnectCommand } from './app-store-connect.ts'
import { gitChangelogCommand } from './git-changelog.ts'
import { firebaseAppDistributionCommand, googlePlayCommand } from './google.ts'
import { keychainCommand } from './keychain.ts'
import { ToolFailed } from './values.ts'
import { xcodeProjectCommand } from './xcode-project.ts'

/*
 * Commands that scripts written for Codemagic call, for machines that have no codemagic-cli-tools:
 * the same names, the same options, by that program's public documentation. They stand at the end of
 * a build's PATH, so that the real ones win.
 */

const tools: Record<string, () => Command> = {
  'android-app-bundle': androidAppBundleCommand,
  'android-keystore': androidKeystoreCommand,
  'app-store-connect': appStoreConnectCommand,
  'firebase-app-distribution': firebaseAppDistributionCommand,
  'git-changelog': gitChangelogCommand,
  'google-play': googlePlayCommand,
  keychain: keychainCommand,
  'universal-apk': universalApkCommand,
  'xcode-project': xcodeProjectCommand,
}

/** Options are spelled in one way here, and with one letter behind one hyphen; scripts say more. */
const spellings: Record<string, Readonly<Record<string, string>>> = {
  'android-app-bundle': { '--pattern': '--bundle' },
  'android-keystore': androidKeystoreSpellings,
  keychain: { '-pw': '--password' },
}

const usageCode = 2

/** Runs one of the commands with its arguments, and sets the exit code. */
export async function main(tool: string, args: readonly string[], version: string): Promise<void> {
  const make = tools[tool]
  if (make === undefined) throw new Error(`there is no tool ${tool}`)
  const command = make().version(version, '--version')
  for (const each of allOf(command)) {
    // Said by many scripts; there is one way to speak here, without colours.
    each
      .option('-s, --silent')
      .option('-v, --verbose')
      .option('--no-color')
      .option('--log-stream <stream>')
      // Whoever says what is not there reads what is.
      .showHelpAfterError()
      .exitOverride()
  }
  try {
    const written = args.map((each) => respelled(each, spellings[tool] ?? {}))
    await command.parseAsync(written, { from: 'user' })
  } catch (error) {
    process.exitCode = codeOf(error)
    if (!(error instanceof CommanderError)) process.stderr.write(`${tool}: ${messageOf(error)}\n`)
  }
}

function respelled(written: string, spelling: Readonly<Record<string, string>>): string {
  const [, name = '', rest = ''] = /^([^=]*)(.*)$/s.exec(written) ?? []
  return `${spelling[name] ?? name}${rest}`
}

/** A command, and those below it. */
const allOf = (command: Command): Command[] => [command, ...command.commands.flatMap(allOf)]

function codeOf(error: unknown): number {
  if (error instanceof ToolFailed) return error.exitCode
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageCode
  return 1
}
