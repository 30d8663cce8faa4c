import { clipped } from './findings.ts'
import { inputValueOf } from './language/inputs.ts'
import { nearest } from './nearest.ts'
import type { Input, InputValues } from './pipeline.ts'

/** What is wrong with the value of an input; `message` completes `inputs.<id> …`. */
export type InputTrouble = { id: string; message: string }

/**
 * The values of a workflow's inputs: those given, as the type that each has, and the defaults of
 * the rest. An input without a default must be given; a name that the workflow does not ask for is
 * trouble too. Where there is trouble the values are incomplete.
 */
export function fillInputs(
  inputs: readonly Input[],
  given: Readonly<Record<string, unknown>>,
): { values: InputValues; troubles: InputTrouble[] } {
  const values: InputValues = {}
  const troubles: InputTrouble[] = []
  for (const input of inputs) {
    const value = Object.hasOwn(given, input.id) ? given[input.id] : undefined
    if (value !== undefined) {
      const checked = inputValueOf(input, value)
      if (checked.is === 'sound') values[input.id] = checked.value
      else troubles.push({ id: input.id, message: `${checked.trouble}, found ${shown(value)}` })
    } else if (input.default !== null) values[input.id] = input.default
    else troubles.push({ id: input.id, message: `must be given: ${input.description}` })
  }
  const known = inputs.map(({ id }) => id)
  for (const id of Object.keys(given)) {
    if (!known.includes(id)) troubles.push({ id, message: unknownInput(id, known) })
  }
  return { values, troubles }
}

function unknownInput(id: string, known: string[]): string {
  if (known.length === 0) return 'is not asked for: the workflow has no inputs'
  const similar = nearest(id, known)
  return similar === null
    ? `is not asked for; known here: ${known.join(', ')}`
    : `is not asked for; did you mean ${similar}?`
}

const shown = (value: unknown): string => clipped(JSON.stringify(value) ?? 'nothing', 60)
