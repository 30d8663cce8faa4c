import { OoreError } from '../../lib/errors.ts'

/** A field of a wish that cannot be met: `invalid('kind', 'is for no devices')`. */
export function invalid(field: string, message: string): OoreError {
  return new OoreError('invalid', `The ${field} ${message}.`, { fields: [{ field, message }] })
}

/** Throws OoreError `invalid` where a field is not what it must be. */
export function mustBe(field: string, what: string, isSo: boolean): void {
  if (!isSo) throw invalid(field, `must be ${what}`)
}
