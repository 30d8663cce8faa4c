import type { FieldError, OoreError } from '../../lib/errors.ts'
import { inputFieldName } from '../../views/repositories/trigger-inputs.tsx'
import { told } from './told.ts'

/** Characters of one value. */
export const inputLengthMax = 10_000

/**
 * The inputs in a form: a field says which workflow it is for, since two may ask for the same. Of a
 * number that was left empty nothing was given; an empty text is a text.
 */
export function inputsIn(
  fields: Readonly<Record<string, string>>,
  workflow: string,
): Record<string, string> {
  const inputs: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) {
    const [, of, id] = /^inputs\.(.*)\.([^.]+)$/s.exec(name) ?? []
    if (id === undefined || (workflow !== '' && of !== workflow)) continue
    inputs[id] = value
  }
  return inputs
}

const isOfInput = (name: string): boolean => name.startsWith('inputs.')

/** The fields of a form that hold no input. */
export const withoutInputs = (fields: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !isOfInput(name)))

/** The fields of a form that hold inputs, by their names. */
export const inputFieldsOf = (fields: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => isOfInput(name)))

/** The faults of a form that starts a build: those of inputs at their fields, else all. */
export function faultsOf(
  error: OoreError,
  sent: Readonly<Record<string, string>>,
  workflows: readonly Asking[],
): readonly FieldError[] {
  const ofInputs = error.fields.filter(({ field }) => isOfInput(field))
  if (ofInputs.length === 0) return told(error, sent)
  return faultsOfInputs(ofInputs, workflows, sent['workflow'] ?? '')
}

type Asking = { id: string; inputs: readonly { id: string }[] }

/** Faults of inputs, told at the field of the workflow that asks for it. */
function faultsOfInputs(
  faults: readonly FieldError[],
  workflows: readonly Asking[],
  chosen: string,
): FieldError[] {
  return faults.map((fault) => {
    const [, id] = /^inputs\.([^.]+)$/.exec(fault.field) ?? []
    const asking = workflows.find(
      (workflow) =>
        (chosen === '' || workflow.id === chosen) &&
        workflow.inputs.some((input) => input.id === id),
    )
    if (id === undefined || asking === undefined) return fault
    return { field: inputFieldName(asking.id, id), message: `${id} ${fault.message}.` }
  })
}
