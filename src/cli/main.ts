import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { addBuildCommands } from './build.ts'
import { type Connection, connectionOf, type Flags } from './client.ts'
import { exitCodes, exitCodesText, report } from './exit.ts'
import { addPeopleCommands } from './people.ts'
import { addGithubCommands } from './github.ts'
import { addGitlabCommands } from './gitlab.ts'
import { addPipelineCommands } from './pipeline.ts'
import { addRepoCommands } from './repo.ts'
import { addRunCommand } from './run.ts'
import { addGroupCommands, addSecretCommands } from './secret.ts'
import { addServerCommands } from './server.ts'
import { addSigningCommands } from './signing.ts'
import { addWebhookCommands } from './webhook.ts'

/** What a command needs of the whole program: asked for when it runs, after the flags were read. */
export type Program = {
  command: Command
  connection: () => Connection
  /** What has to end before this program may, where nobody reads what it prints any more. */
  beforeLeaving: (work: () => Promise<unknown>) => void
}

/** The program oore: a client of the HTTP API. Ends the process with its exit code. */
export async function main(argv: readonly string[], version: string): Promise<void> {
  const duties: (() => Promise<unknown>)[] = []
  async function onBroken(fault: NodeJS.ErrnoException): Promise<void> {
    await Promise.allSettled(duties.map((duty) => duty()))
    leave(fault)
  }
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onBroken)
  const root = new Command('oore')
    .description('Runs pipelines on this machine, and talks to an Oore server.')
    .option('--server <url>', 'the server (OORE_SERVER, else http://localhost:8080)')
    .option('--token-file <file>', 'a file with the token, or - for standard input (OORE_TOKEN)')
    .option('--timeout <seconds>', 'how long to wait for the server', secondsOf, 30)
    .addOption(new Option('--token <token>').hideHelp())
    .version(version)
    .addHelpText('after', examples)
    .showSuggestionAfterError()
    .exitOverride()
  root.on('option:token', () => {
    throw new CommanderError(
      exitCodes.usage,
      'oore.token',
      'A token on the command line can be read by everyone on this machine. ' +
        'Set OORE_TOKEN, or use --token-file.',
    )
  })
  const program: Program = {
    command: root,
    connection: () => connectionOf(root.opts<Flags>()),
    beforeLeaving: (work) => void duties.push(work),
  }
  addRunCommand(program)
  addServerCommands(program)
  addRepoCommands(program)
  addGitlabCommands(program)
  addBuildCommands(program)
  addPipelineCommands(program)
  addWebhookCommands(program)
  addPeopleCommands(program)
  addGithubCommands(program)
  addSecretCommands(program)
  addGroupCommands(program)
  addSigningCommands(program)
  root
    .command('exit-codes')
    .description('what the exit codes mean')
    .action(() => void process.stdout.write(`${exitCodesText}\n`))
  try {
    await root.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    process.exitCode = error instanceof CommanderError ? codeOfUsage(error) : report(error)
  }
}

const examples = `
Examples:
  oore run
  oore pipeline validate
  oore pipeline explain --branch main
  oore repo list
  oore build trigger 01JD… --branch main --watch
  oore build logs 01JD… --follow
  oore build artifacts 01JD… --download --output out`

function secondsOf(text: string): number {
  const seconds = Number(text)
  if (seconds > 0 && seconds <= timeoutSecondsMax) return seconds
  throw new InvalidArgumentError(`Write seconds, up to ${timeoutSecondsMax}.`)
}

const timeoutSecondsMax = 86_400

/** Who reads by `| head` has seen enough, and that is no fault. */
const leave = (error: NodeJS.ErrnoException): void =>
  process.exit(error.code === 'EPIPE' ? exitCodes.ok : report(error))

function codeOfUsage(error: CommanderError): number {
  // Help and version end by an error too, in Commander's eyes.
  if (error.exitCode === 0) return exitCodes.ok
  if (error.code === 'oore.token') process.stderr.write(`oore: ${error.message}\n`)
  return exitCodes.usage
}
