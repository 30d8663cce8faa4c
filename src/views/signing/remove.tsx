import { type Credential, kindNames } from '../../core/credentials/credential.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Confirm } from '../ui/confirm.tsx'
import { Copy } from '../ui/copy.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Theirs } from '../ui/text.tsx'
import { kindTitles } from './frame.tsx'

type Props = { shell: Shell; credential: Credential }

/** Asks before a credential is forgotten, because its key may be nowhere else. */
export const RemoveCredentialPage = ({ shell, credential: { kind, id, name } }: Props) => (
  <Page
    shell={shell}
    title="Remove from signing"
    width="narrow"
    crumbs={[
      { name: 'Signing', href: paths.signing() },
      { name: kindTitles[kind], href: paths.credentials(kind) },
      { name: 'Remove' },
    ]}
  >
    <Confirm
      title={`Remove this ${kindNames[kind]}?`}
      to={paths.removeCredential(kind, id)}
      action="Remove it"
      back={paths.credential(kind, id)}
      keep="Keep it"
    >
      <p>
        <strong>
          <Theirs>{name}</Theirs>
        </strong>{' '}
        is forgotten with its file and its passwords. Builds that name it fail before they start.
        Nothing is revoked.
        {kind !== 'profile' &&
          ' Where the private key is nowhere else, it is lost: an owner can download it before.'}
      </p>
    </Confirm>
  </Page>
)

type PasswordsProps = Props & { passwords: Readonly<Record<string, string>> }

const labels: Record<string, string> = {
  password: 'Password of the file',
  store_password: 'Password of the keystore',
  key_password: 'Password of the key',
}

/** The passwords of a credential, once, for an owner who asked. */
export const PasswordsPage = ({ shell, credential, passwords }: PasswordsProps) => (
  <Page
    shell={shell}
    title="Passwords"
    width="narrow"
    crumbs={[
      { name: 'Signing', href: paths.signing() },
      { name: credential.name, href: paths.credential(credential.kind, credential.id) },
      { name: 'Passwords' },
    ]}
  >
    <h1>Passwords</h1>
    <NoticeBox kind="info">It was written down that you looked at them.</NoticeBox>
    <dl class="pairs">
      {Object.entries(passwords).map(([name, text]) => (
        <>
          <dt>{labels[name] ?? name}</dt>
          <dd>
            {text === '' ? (
              <span class="muted">Empty</span>
            ) : (
              <>
                <code class="breakable">{text}</code>
                <Copy text={text} label={`Copy: ${labels[name] ?? name}`} />
              </>
            )}
          </dd>
        </>
      ))}
    </dl>
    <p class="back">
      <a href={paths.credential(credential.kind, credential.id)}>Back</a>
    </p>
  </Page>
)
