import type { z } from 'zod'
import { OoreError, type FieldError } from '../../lib/errors.ts'

/** Never credentials: whoever sends one in an address gets no further than without it. */
export const tokenParameters = ['token', 'access_token', 'admin_token', 'api_key']

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
    } else if (unknownNames === 'refused' && !tokenParameters.includes(name)) {
      throw unknownParameter(name, known)
    }
  }
  if (schema === undefined) return undefined as T
  return parsed(schema, values, 'malformed', 'The query could not be read')
}

/** Reads a body by its schema. Throws `invalid` with the fields. */
export const readBody = <T>(schema: z.ZodType<T>, value: unknown): T =>
  parsed(schema, value, 'invalid', 'The request could not be accepted')

function parsed<T>(
  schema: z.ZodType<T>,
  value: unknown,
  trouble: 'malformed' | 'invalid',
  opening: string,
): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const fields = result.error.issues.flatMap(fieldErrors)
  const first = fields[0]!
  const place = first.field === '' ? '' : ` ${first.field}:`
  throw new OoreError(trouble, `${opening}:${place} ${first.message}`, { fields })
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const field = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: [...issue.path, key].join('.'),
      message: 'There is no such field.',
    }))
  }
  return [{ field, message: sentence(issue.message) }]
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

function unknownParameter(name: string, known: readonly string[]): OoreError {
  const message =
    known.length === 0
      ? 'This address takes no query parameters.'
      : `There is no such parameter; known are ${known.join(', ')}.`
  return new OoreError('malformed', `${name}: ${message}`, { fields: [{ field: name, message }] })
}

const shapes = new WeakMap<z.ZodType, string[]>()

/** The names an object schema knows; worked out once per schema. */
function fieldsOf(schema: z.ZodType): string[] {
  const found = shapes.get(schema)
  if (found !== undefined) return found
  const fields = 'shape' in schema ? Object.keys(schema.shape as object) : []
  shapes.set(schema, fields)
  return fields
}
