import { Command } from 'commander'
import { useProfiles, type UseProfilesOptions } from './xcode/use-profiles.ts'

/** `xcode-project …`: what scripts written for Codemagic say to make a project sign by hand. */
export function xcodeProjectCommand(): Command {
  const command = new Command('xcode-project').description('Xcode projects and how they are signed')
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
    .action(async (options: UseProfilesOptions) => useProfiles(options))
  return command
}
