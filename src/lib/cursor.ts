import { OoreError } from './errors.ts'

/** Packs the last row's sort values into the opaque text that asks for the next page. */
export const encodeCursor = (values: readonly (string | number | null)[]): string =>
  Buffer.from(JSON.stringify(values)).toString('base64url')

/** What a value of a cursor may be. */
type Kinds = { text: string; number: number; 'number or null': number | null }
type Values<K extends readonly (keyof Kinds)[]> = { -readonly [I in keyof K]: Kinds[K[I]] }

/** Unpacks a cursor of these values. Throws OoreError `malformed` for anything else. */
export function decodeCursor<const K extends readonly (keyof Kinds)[]>(
  cursor: string,
  kinds: K,
): Values<K> {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    const isSound =
      Array.isArray(values) &&
      values.length === kinds.length &&
      kinds.every((kind, index) => fits(kind, values[index]))
    if (isSound) return values as Values<K>
  } catch {
    // Falls through to the one answer for every cursor that was not ours.
  }
  throw new OoreError('malformed', 'This cursor does not fit. Start again without ?cursor=.', {
    fields: [{ field: 'cursor', message: 'is not one that this list gave out' }],
  })
}

function fits(kind: keyof Kinds, value: unknown): boolean {
  if (kind === 'text') return typeof value === 'string'
  return Number.isFinite(value) || (kind === 'number or null' && value === null)
}
