import type { z } from 'zod'

/**
 * What is wrong with a value, as the rest of a sentence that begins with the field's name: `is
 * missing: write text`, `must be a whole number, not "ten"`. For zod, where a schema says nothing
 * of its own; its own words ("Invalid input: expected string, received undefined") help nobody.
 */
export function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  const { input } = issue
  switch (issue.code) {
    case 'invalid_type':
      return wanted(input, kindOf(issue.expected))
    case 'invalid_value':
      return wanted(input, oneOf(issue.values.map(String)))
    case 'too_big':
      return tooBig(issue.origin, Number(issue.maximum), input)
    case 'too_small':
      return tooSmall(issue.origin, Number(issue.minimum))
    case 'invalid_format':
      return wanted(input, formats[issue.format] ?? 'text of another form')
    case 'invalid_union':
      return wanted(input, 'one of the forms that the description of the API lists')
    default:
      return undefined
  }
}

/** For a field that must be there: what to write, where it is not. */
export const missing =
  (what: string) =>
  ({ input }: z.core.$ZodRawIssue): string | undefined =>
    input === undefined ? `is missing: ${what}` : undefined

const kinds: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

const formats: Record<string, string> = {
  date: 'a day like 2026-11-20',
  datetime: 'a time like 2026-11-20T16:04:05Z',
  url: 'an address like https://example.com',
}

const kindOf = (expected: string): string => kinds[expected] ?? expected

const oneOf = (values: readonly string[]): string =>
  values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`

const wanted = (input: unknown, what: string): string =>
  input === undefined ? `is missing: write ${what}` : `must be ${what}, not ${found(input)}`

function tooBig(origin: string, maximum: number, input: unknown): string {
  if (origin === 'string') {
    return `may have ${maximum} characters, and has ${String(input).length}`
  }
  if (origin === 'array') {
    const count = Array.isArray(input) ? input.length : 'more'
    return `may have ${maximum} entries, and has ${count}`
  }
  return `must be at most ${maximum}, not ${found(input)}`
}

function tooSmall(origin: string, minimum: number): string {
  if (origin === 'string') return minimum === 1 ? 'is empty' : `needs ${minimum} characters`
  if (origin === 'array') return minimum === 1 ? 'is empty' : `needs ${minimum} entries`
  return `must be at least ${minimum}`
}

const foundLengthMax = 40

/** What came instead, short enough for a sentence. */
function found(input: unknown): string {
  if (Array.isArray(input)) return 'a list'
  if (typeof input === 'object' && input !== null) return 'an object'
  if (typeof input !== 'string') return Number.isNaN(input) ? 'that' : String(input)
  const isLong = input.length > foundLengthMax
  return JSON.stringify(isLong ? `${input.slice(0, foundLengthMax)}…` : input)
}
