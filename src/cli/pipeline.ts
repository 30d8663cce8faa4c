import { problemText, type Problem } from '../pipeline/problem.ts'
import { readPipeline } from '../pipeline/read.ts'
import { call, type Connection } from './client.ts'
import { CallFailed, exitCodes } from './exit.ts'
import { readText } from './file.ts'
import type { Program } from './main.ts'
import { printLine } from './print.ts'

/** `oore pipeline …`. */
export function addPipelineCommands({ command, connection }: Program): void {
  const pipeline = command.command('pipeline').description('what a repository builds')

  pipeline
    .command('validate <file>')
    .description('say everything that is wrong with a file; asks no server')
    .action((file: string) => {
      const content = readText(file)
      const { pipeline: read, problems } = readPipeline(content, 'yaml')
      printProblems(problems, file)
      if (problems.some(({ severity }) => severity === 'error')) {
        throw new CallFailed(`${file} has errors.`, exitCodes.failure)
      }
      const names = (read?.workflows ?? []).map(({ id }) => id)
      printLine(`${file} is good: ${names.join(', ')}.`)
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
      const stored = await store(connection(), id, content).catch((error: unknown) => {
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
  content: string,
): Promise<{ version: number; problems: Problem[] }> =>
  call(connection, 'PUT', `/repositories/${id}/pipeline`, { body: { format: 'yaml', content } })

function printProblems(problems: readonly Problem[], file: string): void {
  for (const problem of problems) {
    process.stdout.write(`${problemText(problem, file)}\n\n`)
  }
}
