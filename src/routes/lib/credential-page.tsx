import type { Credential, CredentialKind } from '../../core/credentials/credential.ts'
import { credentialHistory } from '../../core/credentials/download.ts'
import { allKeys, showCredential, showHeld } from '../../core/credentials/find.ts'
import type { FieldError } from '../../lib/errors.ts'
import type { Held } from '../../signing/apple/fit.ts'
import { CredentialPage } from '../../views/signing/page.tsx'
import { type Answer, showPage } from './answer.ts'
import type { Call } from './route.ts'

type Refused = {
  /** The name that was not taken, and why. */
  name?: string
  errors?: readonly FieldError[]
  /** Why it was not renewed. */
  renewErrors?: readonly FieldError[]
}

/** The page of a credential, and what was refused there. Throws `not_found`. */
export async function showCredentialPage(
  { ctx, id, shell, now }: Pick<Call, 'ctx' | 'id' | 'shell' | 'now'>,
  kind: CredentialKind,
  { name, errors = [], renewErrors = [] }: Refused = {},
): Promise<Answer> {
  const credential: Credential = await showCredential(ctx, kind, id())
  const history = await credentialHistory(ctx, kind, credential.id)
  const fits = kind === 'profile' || kind === 'certificate'
  const held: Held = fits ? await showHeld(ctx) : { certificates: [], profiles: [] }
  const keys = kind === 'profile' ? await allKeys(ctx) : []
  return showPage(
    <CredentialPage
      {...{ shell: shell(), credential, history, held, keys, errors, renewErrors, now }}
      values={{ name: name ?? credential.name }}
    />,
  )
}
