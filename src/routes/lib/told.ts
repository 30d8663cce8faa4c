import type { FieldError, OoreError } from '../../lib/errors.ts'

/** What forms call their fields, where it is not the field's own name. */
const labels: Record<string, string> = {
  clone_url: 'clone address',
  clone_username: 'user name',
  clone_password: 'password',
}

/**
 * The problems of a form in whole sentences: by field, or without one where none of the fields that
 * were sent is at fault. They stand above the form too, where nothing else says which field is meant.
 */
export function told(
  error: OoreError,
  sent: Readonly<Record<string, string>>,
): readonly FieldError[] {
  if (error.fields.length === 0) return [{ field: '', message: error.message }]
  return error.fields.map(({ field, message }) => {
    // A form has one field for a whole list.
    const [name = ''] = field.split('.')
    const sentence = sentenceAbout(`The ${labelOf(name)}`, message)
    return { field: Object.hasOwn(sent, name) ? name : '', message: sentence }
  })
}

/** `must be 5` about `The number` → `The number must be 5.`; whole sentences stay as they are. */
export function sentenceAbout(subject: string, message: string): string {
  const text = /^[a-z]/.test(message) ? `${subject} ${message}` : message
  return /[.!?]$/.test(text) ? text : `${text}.`
}

const labelOf = (field: string): string => labels[field] ?? field.replaceAll('_', ' ')
