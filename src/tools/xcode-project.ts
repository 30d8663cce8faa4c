import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { Command } from 'commander'
import { globSync } from './glob.ts'
import { say, ToolFailed, valueOf } from './values.ts'
import { buildIpa, type BuildIpaOptions } from './xcode/build-ipa.ts'
import { readProject } from './xcode/project.ts'
import { useProfiles, type UseProfilesOptions } from './xcode/use-profiles.ts'

const xcargs = 'COMPILER_INDEX_STORE_ENABLE=NO'

/** `xcode-project …`: what scripts written for Codemagic say to sign and to build. */
export function xcodeProjectCommand(): Command {
  const command = new Command('xcode-project').description('Xcode projects: signed, and built')
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
  command
    .command('build-ipa')
    .description('archive an app and export it as an .ipa')
    .option('--project <path>', 'a .xcodeproj')
    .option('--workspace <path>', 'a .xcworkspace')
    .option('--scheme <name>')
    .option('--target <name>', 'with --project')
    .option('--config <name>', 'the build configuration')
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
  return command
}

/** The shortest of those that are known: identifiers of extensions begin with the app's. */
function detectBundleId(options: { project: string; target?: string; config?: string }): void {
  const projects = globSync(resolve(valueOf(options.project))).filter(
    (path) => !/(^|\/)Pods\//.test(relative('.', path)),
  )
  const found = projects
    .flatMap(
      (path) => readProject(readFileSync(join(path, 'project.pbxproj'), 'utf8')).configurations,
    )
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
