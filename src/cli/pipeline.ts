import { readFileSync } from 'node:fs'
import { problemText, readPipeline } from '../pipeline/read.ts'
import { call } from './client.ts'
import { CallFailed, exitCodes } from './exit.ts'
import type { Program } from './main.ts'
import { printLine } from './print.ts'

/** `oore pipeline …`. */
export function addPipelineCommands({ command, connection }: Program): void {
  const pipeline = command.command('pipeline').description('what a repository builds')

  pipeline
    .command('validate <file>')
    .description('say everything that is wrong with a file; asks no server')
    .action((file: string) => {
      const content = readFileSync(file, 'utf8')
      const { pipeline: read, problems } = readPipeline(content, 'yaml')
      for (const problem of problems)
        process.stdout.write(`${problemText(problem, file, content)}\n\n`)
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
      const body = { format: 'yaml', content: readFileSync(file, 'utf8') }
      const path = `/repositories/${id}/pipeline`
      const { version } = await call<{ version: number }>(connection(), 'PUT', path, { body })
      printLine(`Stored as version ${version}.`)
    })

  pipeline
    .command('delete <repository-id>')
    .description('go back to the file in the repository')
    .action(async (id: string) => {
      await call(connection(), 'DELETE', `/repositories/${id}/pipeline`)
      printLine('The file in the repository is in force again.')
    })
}
