import { Option } from 'commander'
import { convertPipeline } from '../pipeline/convert.ts'
import { formatOf } from '../pipeline/default.ts'
import type { Problem } from '../pipeline/problem.ts'
import type { PipelineFormat } from '../pipeline/read.ts'
import { call, type Connection } from './client.ts'
import { CallFailed, exitCodes } from './exit.ts'
import { addExplainCommand } from './explain.ts'
import { readText, writeText } from './file.ts'
import type { Program } from './main.ts'
import { printLine } from './print.ts'
import { printProblems } from './problems.ts'
import { addValidateCommand } from './validate.ts'

/** `oore pipeline …`. */
export function addPipelineCommands({ command, connection }: Program): void {
  const pipeline = command.command('pipeline').description('what a repository builds')

  addValidateCommand(pipeline)
  addExplainCommand(pipeline)

  pipeline
    .command('convert <file>')
    .description('write a file in the other format; asks no server')
    .addOption(
      new Option('--to <format>', 'the format to write; the other one unless said').choices([
        'yaml',
        'huml',
      ]),
    )
    .option('--output <file>', 'write it there; to standard output unless said')
    .action((file: string, { to, output }: { to?: PipelineFormat; output?: string }) => {
      const content = readText(file)
      const from = formatOf(file)
      const converted = convertPipeline(content, from, to ?? (from === 'yaml' ? 'huml' : 'yaml'))
      if ('problems' in converted) {
        printProblems(converted.problems, file)
        throw new CallFailed(`${file} cannot be converted.`, exitCodes.failure)
      }
      if (output === undefined) process.stdout.write(converted.content)
      else writeText(output, converted.content)
    })

  pipeline
    .command('show <repository-id>')
    .description('the configuration in force')
    .action(async (id: string) => {
      const path = `/repositories/${id}/pipeline`
      const found = await call<{ source: string; content: string }>(connection(), 'GET', path)
      process.stderr.write(`From: ${found.source}\n`)
      process.stdout.write(found.content)
    })

  pipeline
    .command('set <repository-id>')
    .description('store a configuration that goes before the file in the repository')
    .requiredOption('--file <file>')
    .action(async (id: string, { file }: { file: string }) => {
      const content = readText(file)
      const body = { format: formatOf(file), content }
      const stored = await store(connection(), id, body).catch((error: unknown) => {
        if (!(error instanceof CallFailed) || error.problems.length === 0) throw error
        printProblems(error.problems, file)
        throw new CallFailed(`${file} has errors and was not stored.`, exitCodes.failure)
      })
      printProblems(stored.problems, file)
      printLine(`Stored as version ${stored.version}.`)
    })

  pipeline
    .command('delete <repository-id>')
    .description('go back to the file in the repository')
    .action(async (id: string) => {
      await call(connection(), 'DELETE', `/repositories/${id}/pipeline`)
      printLine('The file in the repository is in force again.')
    })
}

const store = (
  connection: Connection,
  id: string,
  body: { format: PipelineFormat; content: string },
): Promise<{ version: number; problems: Problem[] }> =>
  call(connection, 'PUT', `/repositories/${id}/pipeline`, { body })
