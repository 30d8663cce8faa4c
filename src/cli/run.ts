import type { Program } from './main.ts'

/** What `oore run` was told. */
export type RunFlags = {
  file?: string
  format?: string
  commit?: string
  input: string[]
  var: string[]
  secretsFile?: string
  artifacts: string
  keep?: boolean
}

const collect = (value: string, before: string[]): string[] => [...before, value]

/** `oore run`. */
export function addRunCommand({ command, beforeLeaving }: Program): void {
  command
    .command('run [workflow]')
    .description('run a workflow of this repository on this machine; asks no server')
    .option('-i, --input <id=value>', 'a value the workflow asks for; may be repeated', collect, [])
    .option('--var <NAME=value>', 'a variable; may be repeated', collect, [])
    // Not --env-file: Node 20 takes that for itself, wherever it stands.
    .option('--secrets-file <file>', 'a file of secret variables (.oore.env in the root)')
    .option('--commit <commit>', 'build exactly this commit, not the files as they are')
    .option('--artifacts <dir>', 'where artifacts are put', 'oore-artifacts')
    .option('--file <file>', 'the configuration, else the one in the root')
    .option('--format <format>', 'how to read the configuration, else its name decides')
    .option('--keep', 'leave the workspace for a look inside')
    .addHelpText('after', help)
    .action(async (workflow: string | undefined, flags: RunFlags) => {
      // What runs builds is loaded where a build is run: the other commands need not wait for it.
      const { runWorkflow } = await import('./run/command.ts')
      await runWorkflow(workflow, flags, beforeLeaving)
    })
}

const help = `
It builds a copy of the working tree: what git tracks, and what is new and not ignored.
Exit codes: 0 it succeeded, 3 the build did not, 1 the configuration has errors,
2 it is not clear what to run, 130 Ctrl-C.

Examples:
  oore run
  oore run ios -i flavour=staging --var BUILD_NAME=1.4.0
  oore run --commit HEAD~1`
