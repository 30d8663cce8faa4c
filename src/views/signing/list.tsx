import type { Credential, CredentialKind } from '../../core/credentials/credential.ts'
import type { Millis } from '../../lib/clock.ts'
import type { FieldError } from '../../lib/errors.ts'
import type { Page as PageOf } from '../../lib/page.ts'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Empty } from '../ui/empty.tsx'
import { Pager } from '../ui/pager.tsx'
import { Middle, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { Expiry } from './expiry.tsx'
import { kindTitles, SigningFrame } from './frame.tsx'
import { Upload, type UploadValues } from './upload.tsx'
import { summaryOf } from './words.ts'

type CredentialsPageProps = {
  shell: Shell
  kind: CredentialKind
  page: PageOf<Credential>
  cursor: string | null
  values: UploadValues
  errors: readonly FieldError[]
  now: Millis
}

/** Those of a kind, and the form that more come by. */
export const CredentialsPage = (props: CredentialsPageProps) => {
  const { shell, kind, page, cursor, values, errors, now } = props
  return (
    <SigningFrame shell={shell} tab={kind} title={kindTitles[kind]}>
      <section class="section" aria-label={kindTitles[kind]}>
        {page.data.length > 0 ? (
          <CredentialRows credentials={page.data} now={now} caption={kindTitles[kind]} />
        ) : (
          <Empty title={emptyTitles[kind]}>
            <p>{emptyHints[kind]}</p>
          </Empty>
        )}
        <Pager
          older={page.nextCursor === null ? null : paths.credentials(kind, page.nextCursor)}
          newest={cursor === null ? null : paths.credentials(kind)}
          words={{ older: 'More', newest: 'First page' }}
        />
      </section>
      {shell.may('signing.change') ? (
        <Upload kind={kind} values={values} errors={errors} />
      ) : (
        <p class="muted">An administrator stores and removes them.</p>
      )}
    </SigningFrame>
  )
}

const emptyTitles: Record<CredentialKind, string> = {
  certificate: 'No certificate is stored yet.',
  profile: 'No profile is stored yet.',
  keystore: 'No keystore is stored yet.',
  app_store_key: 'No key of App Store Connect is stored yet.',
}

const emptyHints: Record<CredentialKind, string> = {
  certificate: 'Apps for Apple’s devices are signed with one; its private key has to come along.',
  profile: 'It says which certificate may sign which app, and for which devices.',
  keystore: 'Apps for Android are signed with a key in one.',
  app_store_key: 'With one, builds reach App Store Connect, and Oore renews profiles on request.',
}

type CredentialRowsProps = { credentials: readonly Credential[]; now: Millis; caption: string }

/** Credentials with what they are and when they end. */
export const CredentialRows = ({ credentials, now, caption }: CredentialRowsProps) => (
  <table class="rows credentials">
    <caption class="sr-only">{caption}</caption>
    <thead>
      <tr>
        <th>Name</th>
        <th>Expires</th>
        <th class="right">Last used</th>
      </tr>
    </thead>
    <tbody>
      {credentials.map((credential) => {
        const { what, whose } = summaryOf(credential)
        return (
          <tr>
            <td class="what">
              <a href={paths.credential(credential.kind, credential.id)}>
                <Theirs>{credential.name}</Theirs>
              </a>
              <p>
                <Middle>{what}</Middle>
              </p>
              <p>
                <Theirs>{whose}</Theirs>
              </p>
            </td>
            <td>
              <Expiry at={credential.expiresAt} now={now} />
            </td>
            <td class="right">
              {credential.lastUsed === null ? (
                <span class="muted">Never</span>
              ) : (
                <a href={paths.build(credential.lastUsed.buildId)}>
                  <Ago at={credential.lastUsed.at} now={now} />
                </a>
              )}
            </td>
          </tr>
        )
      })}
    </tbody>
  </table>
)
