import type { Command } from 'commander'
import { formatNamed, readConfiguration, readWhole } from './configuration.ts'
import { CallFailed, exitCodes } from './exit.ts'
import { printJson, printLine } from './print.ts'
import { isError, printProblems } from './problems.ts'

/** `oore pipeline validate`. */
export function addValidateCommand(pipeline: Command): void {
  pipeline
    .command('validate [file]')
    .description('say everything that is wrong with a configuration; asks no server')
    .option('--format <format>', 'how to read it, else its name decides')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nWithout a file it is the one in the root of this repository.')
    .action((file: string | undefined, { format, json }: { format?: string; json?: boolean }) => {
      validate(file, format, json ?? false)
    })
}

function validate(file: string | undefined, written: string | undefined, json: boolean): void {
  const configuration = readConfiguration(file, formatNamed(written))
  const { name } = configuration
  const { pipeline, problems } = readWhole(configuration)
  const workflows = (pipeline?.workflows ?? []).map((each) => ({ id: each.id, name: each.name }))
  const valid = !problems.some(isError)
  if (json) printJson({ valid, problems, workflows })
  else printProblems(problems, name)
  if (!valid) throw new CallFailed(`${name} has errors.`, exitCodes.failure)
  if (!json) printLine(`${name} is good: ${workflows.map(({ id }) => id).join(', ')}.`)
}
