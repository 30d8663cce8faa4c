import type { Input, InputValues, Workflow } from '../../pipeline/pipeline.ts'
import { inputValueOf } from '../../pipeline/language/inputs.ts'
import { nearest } from '../../pipeline/nearest.ts'
import type { Problem } from '../../pipeline/problem.ts'
import { type Configuration, type Read, readWhole } from '../configuration.ts'
import { CallFailed, exitCodes } from '../exit.ts'
import { plain } from '../print.ts'
import { isError, printProblems } from '../problems.ts'

/**
 * The workflow that is to be run, with the values it asks for put in. Says what is wrong with it,
 * and every error of the others. Throws CallFailed where it has errors, where it is not clear
 * which one is meant, and where a value is missing or wrong.
 */
export function chooseWorkflow(
  configuration: Configuration,
  wanted: string | undefined,
  given: readonly string[],
): Workflow {
  const { name: file } = configuration
  const first = readWhole(configuration)
  const id = chooseId(file, first, wanted)
  const asked = workflowIn(file, first, id)
  const inputs = { [id]: valuesOf(asked, given) }
  const read = given.length === 0 ? first : readWhole(configuration, { inputs })
  const workflow = workflowIn(file, read, id)
  sayProblems(file, read.problems, id)
  return workflow
}

function workflowIn(file: string, { pipeline, problems }: Read, id: string): Workflow {
  const workflow = pipeline?.workflows.find((each) => each.id === id)
  if (workflow !== undefined) return workflow
  sayProblems(file, problems, id)
  throw new CallFailed(`The workflow ${id} has errors, so nothing was run.`, exitCodes.failure)
}

/** All errors, and the warnings that concern this workflow. */
function sayProblems(file: string, problems: readonly Problem[], id: string): void {
  const shown = problems.filter(
    (problem) =>
      isError(problem) ||
      // Here a file stands for the groups, and the run says so.
      ((problem.workflow ?? id) === id && !/\.environment\.groups\b/.test(problem.path)),
  )
  printProblems(shown, file, process.stderr)
}

function chooseId(file: string, { pipeline, problems }: Read, wanted: string | undefined): string {
  const sound = pipeline?.workflows ?? []
  const broken = new Set(problems.filter(isError).flatMap(({ workflow }) => workflow ?? []))
  const ids = [...sound.map(({ id }) => id), ...broken]
  if (ids.length === 0) {
    printProblems(problems, file, process.stderr)
    throw new CallFailed(`${file} has errors, so nothing was run.`, exitCodes.failure)
  }
  if (wanted === undefined && ids.length === 1) return ids[0] ?? ''
  if (wanted !== undefined && ids.includes(wanted)) return wanted
  const list = [
    ...sound.map(({ id, name }) => (name === id ? `  ${id}` : `  ${id}  ${name}`)),
    ...[...broken].map((id) => `  ${id}  has errors`),
  ]
  const similar = wanted === undefined ? null : nearest(wanted, ids)
  const what =
    wanted === undefined
      ? `${file} has ${ids.length} workflows. Say which: oore run ${ids[0] ?? ''}`
      : `${file} has no workflow ${JSON.stringify(wanted)}.` +
        (similar === null ? ' There are:' : ` Did you mean ${similar}?`)
  throw new CallFailed([what, ...list].join('\n'), exitCodes.usage)
}

/** What was given by `-i id=value`, each as its input has it. All that is wrong is told at once. */
function valuesOf({ id, inputs, inputValues }: Workflow, given: readonly string[]): InputValues {
  const values: InputValues = {}
  const troubles: string[] = []
  for (const pair of given) {
    const [, name = '', value = ''] = /^([^=]*)=([^]*)$/.exec(pair) ?? []
    const input = inputs.find((each) => each.id === name)
    const checked = input && inputValueOf(input, value)
    if (input === undefined) troubles.push(unknownInput(id, inputs, pair, name))
    else if (checked?.is === 'sound') values[name] = checked.value
    else {
      troubles.push(
        `The input ${name} ${checked?.trouble}, not ${JSON.stringify(value)}. ${checked?.remedy}`,
      )
    }
  }
  const missing = inputs.filter(
    (input) => !(input.id in values) && !(input.id in inputValues) && input.default === null,
  )
  if (missing.length > 0) {
    troubles.push(
      `The workflow ${id} asks for ${missing.length === 1 ? 'a value' : 'values'}:`,
      ...missing.map((input) => `  -i ${input.id}=…  ${describe(input)}`),
    )
  }
  if (troubles.length === 0) return values
  throw new CallFailed(troubles.map(plain).join('\n'), exitCodes.usage)
}

function unknownInput(id: string, inputs: readonly Input[], pair: string, name: string): string {
  if (name === '') return `-i ${pair} is not understood. Write -i id=value.`
  const known = inputs.map((each) => each.id)
  if (known.length === 0) return `The workflow ${id} has no inputs, so ${name} is not one of them.`
  const similar = nearest(name, known)
  const remedy = similar === null ? `It has ${known.join(', ')}.` : `Did you mean ${similar}?`
  return `The workflow ${id} has no input ${JSON.stringify(name)}. ${remedy}`
}

function describe({ description, type, options }: Input): string {
  const kinds = {
    string: 'text',
    boolean: 'true or false',
    number: 'a number',
    choice: `one of ${options.join(', ')}`,
  }
  return description === '' ? `(${kinds[type]})` : `${description} (${kinds[type]})`
}
