import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { configFileNames, formatOf, isMisplaced, misplacedText } from '../pipeline/default.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { Problem } from '../pipeline/problem.ts'
import { type PipelineFormat, readPipeline, type ReadOptions } from '../pipeline/read.ts'
import { findRoot } from '../runner/local/root.ts'
import { CallFailed, exitCodes } from './exit.ts'
import { readText } from './file.ts'

/** A configuration, and what to call it in problems. */
export type Configuration = { name: string; content: string; format: PipelineFormat }

/**
 * The configuration in the file that was named (`-` is standard input), else the one in the root of
 * the repository that the current directory is in. Throws CallFailed where there is none, and names
 * files that look as if they were meant.
 */
export function readConfiguration(file?: string, format?: PipelineFormat): Configuration {
  const path = file ?? findInRoot()
  return { name: path, content: readText(path), format: format ?? formatOf(path) }
}

/** What a configuration says, and all that is wrong with it. */
export type Read = { pipeline: Pipeline | null; problems: Problem[] }

export const readWhole = ({ content, format }: Configuration, options?: ReadOptions): Read =>
  readPipeline(content, format, options)

function findInRoot(): string {
  const { path: root, isRepository } = findRoot('.')
  const name = configFileNames.find((each) => existsSync(join(root, each)))
  if (name !== undefined) return relative('.', join(root, name))
  throw noConfiguration(isRepository ? root : 'this directory', filesNear(root))
}

/** What to say where no configuration is among these files. */
export function noConfiguration(where: string, files: readonly string[]): CallFailed {
  const names = configFileNames
  const known = `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`
  const misplaced = files.filter(isMisplaced).slice(0, misplacedMax)
  return new CallFailed(
    [`There is no ${known} in ${where}.`, ...misplaced.map(misplacedText)].join('\n'),
    exitCodes.failure,
  )
}

const misplacedMax = 5
const entriesMax = 5_000
/** Where only tools put files. */
const machineDirectories = /^(\..*|node_modules|build|Pods)$/

/** The files of a directory and of those directly in it: enough for `android/codemagic.yaml`. */
function filesNear(root: string): string[] {
  const top = entriesOf(root)
  const below = top
    .filter((entry) => entry.isDirectory() && !machineDirectories.test(entry.name))
    .flatMap(({ name }) => entriesOf(join(root, name)).map((entry) => ({ entry, in: name })))
  return [
    ...top.filter((entry) => entry.isFile()).map(({ name }) => name),
    ...below.filter(({ entry }) => entry.isFile()).map((each) => `${each.in}/${each.entry.name}`),
  ]
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true }).slice(0, entriesMax)
  } catch {
    return []
  }
}

/** The formats that `--format` takes, with what they are called. */
export function formatNamed(written: string | undefined): PipelineFormat | undefined {
  if (written === undefined || written === 'yaml' || written === 'huml') return written
  throw new CallFailed(
    `--format is "${written}"; write yaml or huml. Without it the name of the file decides.`,
    exitCodes.usage,
  )
}
