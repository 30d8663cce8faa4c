import type { Child } from '#jsx/jsx-runtime'
import type { FieldError } from '../../lib/errors.ts'
import { fieldId } from './form.tsx'

type Common = {
  name: string
  label: string
  errors?: readonly FieldError[]
  hint?: Child
  optional?: boolean
}

type TextFieldProps = Common & {
  value: string
  type?: 'text' | 'password' | 'url' | 'number' | 'search' | 'date'
  placeholder?: string
  autocomplete?: string
  required?: boolean
  mono?: boolean
  list?: string
}

/** A line of text with its label, its hint and what is wrong with it. */
export const TextField = ({ value, type = 'text', ...field }: TextFieldProps) => (
  <FieldFrame {...field}>
    <input
      type={type}
      {...control(field)}
      value={value}
      class={field.mono === true ? 'input mono' : 'input'}
      placeholder={field.placeholder}
      autocomplete={field.autocomplete ?? 'off'}
      required={field.required ?? false}
      list={field.list}
      spellcheck="false"
      autocapitalize="none"
    />
  </FieldFrame>
)

type SelectFieldProps = Common & {
  value: string
  options: readonly { value: string; label: string }[]
}

/** One of a few. */
export const SelectField = ({ value, options, ...field }: SelectFieldProps) => (
  <FieldFrame {...field}>
    <select {...control(field)} class="input">
      {options.map((option) => (
        <option value={option.value} selected={option.value === value}>
          {option.label}
        </option>
      ))}
    </select>
  </FieldFrame>
)

type TextAreaProps = Common & { value: string; rows: number }

/** Many lines in the fixed-width type. */
export const TextArea = ({ value, rows, ...field }: TextAreaProps) => (
  <FieldFrame {...field}>
    <textarea
      {...control(field)}
      class="input mono"
      rows={String(rows)}
      spellcheck="false"
      wrap="off"
    >
      {`\n${value}`}
    </textarea>
  </FieldFrame>
)

type FileFieldProps = Common & { accept: string }

/** A file, chosen or, with the script, dropped onto it. */
export function FileField({ accept, hint, ...field }: FileFieldProps) {
  const hints = (
    <>
      {hint} <span class="js-only">It may be dropped anywhere on this form.</span>
    </>
  )
  return (
    <FieldFrame {...field} hint={hints}>
      <input
        type="file"
        {...control({ ...field, hint: hints })}
        class="input file"
        accept={accept}
        required
      />
    </FieldFrame>
  )
}

type CheckProps = { name: string; label: string; checked: boolean }

export const Check = ({ name, label, checked }: CheckProps) => (
  <label class="check">
    <input type="checkbox" name={name} value="true" checked={checked} /> {label}
  </label>
)

function FieldFrame({
  name,
  label,
  errors,
  hint,
  optional,
  children,
}: Common & { children: Child }) {
  const wrong = errorOf(name, errors)
  return (
    <div class={wrong === undefined ? 'field' : 'field field-wrong'}>
      <label for={fieldId(name)}>
        {label}
        {optional === true && <span class="optional"> optional</span>}
      </label>
      {children}
      {wrong !== undefined && (
        <p class="field-error" id={`${fieldId(name)}-error`}>
          {wrong}
        </p>
      )}
      {hint !== undefined && (
        <p class="hint" id={`${fieldId(name)}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

/** The attributes that tie a control to its label, hint and error. */
function control({ name, errors, hint }: Common) {
  const wrong = errorOf(name, errors) !== undefined
  const described = [
    ...(wrong ? [`${fieldId(name)}-error`] : []),
    ...(hint === undefined ? [] : [`${fieldId(name)}-hint`]),
  ]
  return {
    id: fieldId(name),
    name,
    'aria-invalid': wrong ? 'true' : undefined,
    'aria-describedby': described.length > 0 ? described.join(' ') : undefined,
  }
}

const errorOf = (name: string, errors: readonly FieldError[] = []): string | undefined =>
  errors.find((error) => error.field === name)?.message
