import type { FieldError } from '../../lib/errors.ts'
import type { Input } from '../../pipeline/pipeline.ts'
import { SelectField, TextField } from '../ui/field.tsx'
import { Theirs } from '../ui/text.tsx'

/** The name of a form's field: which workflow asks, and for what. */
export const inputFieldName = (workflow: string, id: string): string => `inputs.${workflow}.${id}`

type InputFieldsProps = {
  workflows: readonly { id: string; name: string; inputs: readonly Input[] }[]
  /** What was typed, by the name of the field. */
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

/** What the workflows ask of whoever starts them. */
export const InputFields = ({ workflows, values, errors }: InputFieldsProps) => {
  const asking = workflows.filter(({ inputs }) => inputs.length > 0)
  return (
    <>
      {asking.map((workflow) => (
        <fieldset class="stack">
          <legend>
            {workflows.length === 1 ? (
              'Inputs'
            ) : (
              <>
                Inputs of <Theirs>{workflow.name}</Theirs>
              </>
            )}
          </legend>
          {workflow.inputs.map((input) => {
            const name = inputFieldName(workflow.id, input.id)
            return <InputField input={input} name={name} value={values[name]} errors={errors} />
          })}
        </fieldset>
      ))}
    </>
  )
}

type InputFieldProps = {
  input: Input
  name: string
  value: string | undefined
  errors: readonly FieldError[]
}

function InputField({ input, name, value, errors }: InputFieldProps) {
  const common = {
    name,
    errors,
    label: input.id,
    hint: <Theirs>{input.description}</Theirs>,
    value: value ?? (input.default === null ? '' : String(input.default)),
  }
  switch (input.type) {
    case 'boolean':
      return <SelectField {...common} options={choices(input, ['true', 'false'])} />
    case 'choice':
      return <SelectField {...common} options={choices(input, input.options)} />
    case 'number':
      // Not type="number": browsers differ in what they take for one, and drop what they do not.
      return <TextField {...common} mono />
    case 'string':
      return <TextField {...common} />
    default:
      return input.type satisfies never
  }
}

/** Where nothing is preset, nothing is chosen by itself. */
const choices = (input: Input, words: readonly string[]) => [
  ...(input.default === null ? [{ value: '', label: 'Choose …' }] : []),
  ...words.map((word) => ({ value: word, label: word })),
]
