import { OoreError } from '../../lib/errors.ts'
import type { Secret } from '../../lib/secret.ts'

export type Credential = { username: string; password: Secret }

/**
 * Git's `credential.<origin>.helper`: a line of shell that answers with two variables of its
 * environment, so that no file and no argument ever holds the credential.
 */
export const credentialHelper =
  '!f() { test "$1" = get && ' +
  `printf 'username=%s\\npassword=%s\\n' "$OORE_GIT_USERNAME" "$OORE_GIT_PASSWORD"; }; f`

/** The variables that credentialHelper answers with. Throws OoreError `invalid` with the field. */
export function asVariables({ username, password }: Credential): Record<string, string> {
  const variables = { OORE_GIT_USERNAME: username, OORE_GIT_PASSWORD: password.reveal() }
  for (const [index, text] of Object.values(variables).entries()) {
    // The helper answers git in lines, so a line end would let a password say more than itself.
    if (!/\p{Cc}/u.test(text)) continue
    const field = index === 0 ? 'clone_username' : 'clone_password'
    const message = `${field} holds a line end or another control character. Enter it again.`
    throw new OoreError('invalid', message, { fields: [{ field, message }] })
  }
  return variables
}

/** What git said without the credential: a server may send it back, plain or as it was sent. */
export function scrubbed(text: string, credential: Credential | null): string {
  if (credential === null) return text
  const password = credential.password.reveal()
  const basic = Buffer.from(`${credential.username}:${password}`).toString('base64')
  return [basic, encodeURIComponent(password), password]
    .filter((secret) => secret !== '')
    .reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text)
}
