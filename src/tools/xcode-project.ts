import { relative, resolve } from 'node:path'
import { Command } from 'commander'
import { globSync } from './glob.ts'
import { say, ToolFailed, valueOf } from './values.ts'
import { buildIpa, type BuildIpaOptions } from './xcode/build-ipa.ts'
import { openProject } from './xcode/open-project.ts'
import { cleanProject } from './xcode/clean.ts'
import {
  defaultTestDestination,
  type JunitResultsOptions,
  junitTestResults,
  runTests,
  type RunTestsOptions,
  testDestinations,
} from './xcode/run-tests.ts'
import { useProfiles, type UseProfilesOptions } from './xcode/use-profiles.ts'
import type { WhatOptions } from './xcode/what.ts'

const xcargs = 'COMPILER_INDEX_STORE_ENABLE=NO'

/** `xcode-project …`: what scripts written for Codemagic say to sign and to build. */
export function xcodeProjectCommand(): Command {
  const command = new Command('xcode-project').description('Xcode projects: signed, and built')
  const building = (name: string, about: string) =>
    command
      .command(name)
      .description(about)
      .option('--project <path>', 'a .xcodeproj')
      .option('--workspace <path>', 'a .xcworkspace')
      .option('--scheme <name>')
      .option('--target <name>', 'with --project')
      .option('--config <name>', 'the build configuration')
  command
    .command('use-profiles')
    .description('sign the targets of projects by hand, each with the profile meant for it')
    .option('--project <patterns...>', 'the projects; else all below this directory')
    .option('--profile <patterns...>', 'the profiles; else those that are installed')
    .option('--export-options-plist <path>', 'where to write; else ~/export_options.plist')
    .option('--custom-export-options <json>', 'keys that are to be otherwise in it')
    .option('--archive-method <method>', 'the method in it; else that of the profile')
    .option('--code-signing-setup-verbose-logging', 'everything is said anyway')
    .option('--warn-only', 'no failure where nothing fits')
    .action((options: UseProfilesOptions) => useProfiles(options))
  building('build-ipa', 'archive an app and export it as an .ipa')
    .option('--clean', 'clean before')
    .option('--archive-directory <path>', 'where archives go', 'build/ios/xcarchive')
    .option('--archive-flags <flags>', 'for xcodebuild', "-destination 'generic/platform=iOS'")
    .option('--archive-xcargs <settings>', 'for xcodebuild', xcargs)
    .option('--export-flags <flags>', 'for xcodebuild', '')
    .option('--export-xcargs <settings>', 'for xcodebuild', xcargs)
    .option('--export-options-plist <path>', 'else ~/export_options.plist')
    .option('--ipa-directory <path>', 'where the .ipa goes', 'build/ios/ipa')
    .option('--remove-xcarchive', 'delete the archive afterwards')
    .option('--disable-xcpretty', 'what xcodebuild says is shown as it is anyway')
    .option('--xcpretty-options <options>', 'passed over')
    .option('--no-show-build-settings', 'they are not shown anyway')
    .action((options: BuildIpaOptions) => buildIpa(options))
  command
    .command('detect-bundle-id')
    .description('the bundle identifier of the app')
    .option('--project <pattern>', 'the project; else all below this directory', '**/*.xcodeproj')
    .option('--target <name>')
    .option('--config <name>')
    .action((options: { project: string; target?: string; config?: string }) =>
      detectBundleId(options),
    )
  const junit = (to: Command) =>
    to
      .option('-o, --output-dir <path>', 'where the JUnit XML goes', 'build/ios/test')
      .option('-e, --output-extension <extension>', 'of its file', 'xml')
  junit(building('run-tests', 'test an app, and write the results as JUnit XML'))
    .option('--clean', 'clean before')
    .option('-d, --device <devices...>', 'simulators; else an iPhone with the newest iOS')
    .option('--sdk <name>', 'what to build with', 'iphonesimulator')
    .option('--omit-sdk', 'leave that to the scheme')
    .option('--test-flags <flags>', 'for xcodebuild', '')
    .option('--test-xcargs <settings>', 'for xcodebuild', xcargs)
    .option('--graceful-exit', 'no failure where tests fail')
    .option('--disable-xcpretty', 'what xcodebuild says is shown as it is anyway')
    .option('--xcpretty-options <options>', 'passed over')
    .action((options: RunTestsOptions) => runTests(options))
  junit(command.command('junit-test-results').description('write test results as JUnit XML'))
    .option('-p, --xcresult <patterns...>', 'bundles; else those in this directory')
    .option('-d, --dir <paths...>', 'all bundles in these')
    .action((options: JunitResultsOptions) => junitTestResults(options))
  command
    .command('default-test-destination')
    .description('the simulator that run-tests takes')
    .action(() => defaultTestDestination())
  command
    .command('test-destinations')
    .description('the simulators there are')
    .action(() => testDestinations())
  building('clean', 'remove what was built').action((options: WhatOptions) => cleanProject(options))
  return command
}

/** The shortest of those that are known: identifiers of extensions begin with the app's. */
function detectBundleId(options: { project: string; target?: string; config?: string }): void {
  const projects = globSync(resolve(valueOf(options.project))).filter(
    (path) => !/(^|\/)Pods\//.test(relative('.', path)),
  )
  const found = projects
    .flatMap((path) => openProject(path).configurations)
    .filter(
      ({ target, configuration }) =>
        (options.target === undefined || target === options.target) &&
        (options.config === undefined || configuration === options.config),
    )
    .flatMap(({ bundleId }) => bundleId ?? [])
    .toSorted((one, other) => one.length - other.length)
  const [first] = found
  if (first === undefined) throw new ToolFailed('No bundle identifier was found.')
  say(first)
}
