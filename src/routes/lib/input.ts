import type { z } from 'zod'
import { OoreError, type FieldError } from '../../lib/errors.ts'
import { inWords } from '../../lib/wording.ts'
import { sentenceAbout } from './told.ts'

/**
 * Reads a query by its schema. Empty values count as absent, because a form sends every field. The
 * API refuses names it does not know; a page overlooks them. Throws `malformed` with the fields.
 */
export function readQuery<T>(
  schema: z.ZodType<T> | undefined,
  search: URLSearchParams,
  unknownNames: 'refused' | 'overlooked',
): T {
  const known = schema === undefined ? [] : fieldsOf(schema)
  const values: Record<string, string> = {}
  for (const [name, value] of search) {
    if (known.includes(name)) {
      if (value !== '') values[name] = value
    } else if (unknownNames === 'refused') {
      throw unknownParameter(name, known)
    }
  }
  if (schema === undefined) return undefined as T
  return parsed(schema, values, 'malformed')
}

/** Reads a body by its schema. Throws `invalid` with the fields. */
export const readBody = <T>(schema: z.ZodType<T>, value: unknown): T =>
  parsed(schema, value, 'invalid')

function parsed<T>(schema: z.ZodType<T>, value: unknown, trouble: 'malformed' | 'invalid'): T {
  const result = schema.safeParse(value, { error: inWords })
  if (result.success) return result.data
  const fields = result.error.issues.flatMap(fieldErrors)
  const sentences = fields.map(({ field, message }) =>
    sentenceAbout(field === '' ? 'The body' : field, message),
  )
  throw new OoreError(trouble, sentences.slice(0, sentencesMax).join(' '), { fields })
}

/** What is wrong beyond this is told by field only. */
const sentencesMax = 3

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const field = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: [...issue.path, key].join('.'),
      message: 'is not a field that is known here',
    }))
  }
  return [{ field, message: issue.message }]
}

function unknownParameter(name: string, known: readonly string[]): OoreError {
  const message =
    known.length === 0
      ? 'is not known: this address takes no query parameters'
      : `is not known: this address takes ${known.join(', ')}`
  const field = name.slice(0, nameLengthMax)
  return new OoreError('malformed', `The parameter ${field} ${message}.`, {
    fields: [{ field, message }],
  })
}

const nameLengthMax = 40

const shapes = new WeakMap<z.ZodType, string[]>()

/** The names an object schema knows; worked out once per schema. */
function fieldsOf(schema: z.ZodType): string[] {
  const found = shapes.get(schema)
  if (found !== undefined) return found
  const fields = 'shape' in schema ? Object.keys(schema.shape as object) : []
  shapes.set(schema, fields)
  return fields
}
