import { OoreError } from './errors.ts'

/** Packs the last row's sort values into the opaque text that asks for the next page. */
export const encodeCursor = (values: readonly (string | number | null)[]): string =>
  Buffer.from(JSON.stringify(values)).toString('base64url')

/** Unpacks a cursor of `count` values. Throws OoreError `malformed` for anything else. */
export function decodeCursor(cursor: string, count: number): (string | number | null)[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    const isSound =
      Array.isArray(values) &&
      values.length === count &&
      values.every((v) => v === null || typeof v === 'string' || typeof v === 'number')
    if (isSound) return values as (string | number | null)[]
  } catch {
    // Falls through to the one answer for every cursor that was not ours.
  }
  throw new OoreError('malformed', 'This cursor does not fit. Start again without ?cursor=.', {
    fields: [{ field: 'cursor', message: 'is not one that this list gave out' }],
  })
}
