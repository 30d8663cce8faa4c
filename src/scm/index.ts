import { OoreError } from '../lib/errors.ts'
import type { Scm } from './contract.ts'
import { git } from './git/provider.ts'

/** Every kind of place that code comes from: one line each. */
export const scms: readonly Scm[] = [git]

/** The provider of this name. Throws OoreError `invalid` with the field `provider`. */
export function scmFor(provider: string): Scm {
  const found = scms.find(({ key }) => key === provider)
  if (found) return found
  const known = scms.map(({ key }) => key).join(', ')
  const message = `${JSON.stringify(provider)} is not a provider. Known are: ${known}.`
  throw new OoreError('invalid', message, { fields: [{ field: 'provider', message }] })
}
