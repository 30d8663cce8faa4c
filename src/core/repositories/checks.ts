import { OoreError } from '../../lib/errors.ts'
import { Secret } from '../../lib/secret.ts'

/** At least seven hexadecimal characters of a commit's SHA, in lower case. */
export function checkCommit(text: string): string {
  const commit = text.trim().toLowerCase()
  if (/^[0-9a-f]{7,64}$/.test(commit)) return commit
  throw new OoreError('invalid', `"${commit.slice(0, 80)}" is not a commit.`, {
    fields: [{ field: 'commit', message: 'must be 7 to 40 hexadecimal characters of its SHA' }],
  })
}

/**
 * Name and password for cloning belong together; null where neither was given. Without a name it is
 * a token, which goes with the provider's own.
 */
export function checkCredential(
  { tokenUser }: { tokenUser: string },
  username: string | undefined,
  password: string | undefined,
): { username: string; password: Secret } | null {
  const name = username?.trim() ?? ''
  if (!password && name === '') return null
  if (!password) {
    throw new OoreError('invalid', 'A user name alone cannot clone.', {
      fields: [{ field: 'clone_password', message: 'is missing: a password or an access token' }],
    })
  }
  if (/[\p{Cc}]/u.test(name) || /[\p{Cc}]/u.test(password)) {
    throw new OoreError('invalid', 'The credential holds a line break or a control character.', {
      fields: [{ field: 'clone_password', message: 'must be one line' }],
    })
  }
  return { username: name || tokenUser, password: new Secret(password) }
}

const secretLengthMin = 16

/** A webhook secret a person chose, or null. Short ones can be guessed from one signed delivery. */
export function checkWebhookSecret(text: string | undefined): Secret | null {
  if (text === undefined || text === '') return null
  if (text.length >= secretLengthMin && text.length <= 200 && !/[\p{Cc}]/u.test(text)) {
    return new Secret(text)
  }
  throw new OoreError('invalid', 'The webhook secret cannot be used.', {
    fields: [
      {
        field: 'webhook_secret',
        message: `must be ${secretLengthMin} to 200 characters, one line`,
      },
    ],
  })
}
