import { OoreError } from '../lib/errors.ts'
import { bitbucket } from './bitbucket/provider.ts'
import type { Scm } from './contract.ts'
import { git } from './git/provider.ts'
import { gitea } from './gitea/provider.ts'
import { github } from './github/provider.ts'
import { gitlab } from './gitlab/provider.ts'
import { type Provider, providers } from './providers.ts'

/** What each provider of providers.ts can do. */
const byKey: Record<Provider, Scm> = { github, gitlab, gitea, bitbucket, git }

export const scms: readonly Scm[] = providers.map((key) => byKey[key])

/** The provider of this name. Throws OoreError `invalid` with the field `provider`. */
export function scmFor(provider: string): Scm {
  const found = scms.find(({ key }) => key === provider)
  if (found) return found
  const known = scms.map(({ key }) => key).join(', ')
  const message = `${JSON.stringify(provider)} is not a provider. Known are: ${known}.`
  throw new OoreError('invalid', message, { fields: [{ field: 'provider', message }] })
}

/** The provider that an address belongs to by its host; any git server where that says nothing. */
export const scmAt = (host: string | null): Scm =>
  scms.find(({ hosts }) => host !== null && hosts.includes(host)) ?? git
