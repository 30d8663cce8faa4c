import type { Credential } from '../../core/credentials/credential.ts'
import type { CredentialDeed } from '../../core/credentials/download.ts'
import type { Millis } from '../../lib/clock.ts'
import type { FieldError } from '../../lib/errors.ts'
import type { Held } from '../../signing/apple/fit.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Check, TextField } from '../ui/field.tsx'
import { Button, ButtonLink, Form, FormProblems } from '../ui/form.tsx'
import { plain, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { Expiry } from './expiry.tsx'
import { Facts } from './facts.tsx'
import { kindTitles } from './frame.tsx'
import { KeyChoice, type Keys } from './key-choice.tsx'

type CredentialPageProps = {
  shell: Shell
  credential: Credential
  history: readonly CredentialDeed[]
  /** What is stored beside it: which of a profile's certificates, and which profiles of a certificate. */
  held: Held
  /** By which a profile can be renewed. */
  keys: Keys
  values: { name: string }
  errors: readonly FieldError[]
  renewErrors: readonly FieldError[]
  now: Millis
}

/** All that a credential says of itself, and what was done with it. */
export const CredentialPage = (props: CredentialPageProps) => {
  const { shell, credential, history, values, errors, now } = props
  const { kind, id, name } = credential
  return (
    <Page
      shell={shell}
      title={plain(name)}
      width="narrow"
      crumbs={[
        { name: 'Signing', href: paths.signing() },
        { name: kindTitles[kind], href: paths.credentials(kind) },
        { name },
      ]}
    >
      <h1>
        <Theirs>{name}</Theirs>
      </h1>
      <p class="sub">
        <Expiry at={credential.expiresAt} now={now} />
        {credential.lastUsed === null ? (
          <span>Not used yet</span>
        ) : (
          <span>
            Last used by <a href={paths.build(credential.lastUsed.buildId)}>a build</a>{' '}
            <Ago at={credential.lastUsed.at} now={now} />
          </span>
        )}
      </p>
      <Facts credential={credential} held={props.held} />
      {shell.may('signing.change') && (
        <AtApple credential={credential} keys={props.keys} errors={props.renewErrors} />
      )}
      {shell.may('signing.change') && (
        <section class="section" aria-labelledby="rename-title">
          <h2 id="rename-title">Name</h2>
          <FormProblems errors={errors} />
          <Form to={paths.credential(kind, id)} class="stack">
            <TextField
              name="name"
              label="What configurations call it"
              value={values.name}
              errors={errors}
              required
              hint="Configurations that use the old name no longer find it."
            />
            <div class="actions">
              <Button>Rename</Button>
            </div>
          </Form>
        </section>
      )}
      {shell.may('signing.download') && <Download credential={credential} />}
      <History history={history} now={now} />
      {shell.may('signing.change') && (
        <section class="section danger-zone" aria-labelledby="remove-title">
          <h2 id="remove-title">Remove</h2>
          <p>Builds that name it fail before they start. At Apple nothing changes.</p>
          <div class="actions">
            <ButtonLink href={paths.removeCredential(kind, id)} kind="danger">
              Remove…
            </ButtonLink>
          </div>
        </section>
      )}
    </Page>
  )
}

type AtAppleProps = { credential: Credential; keys: Keys; errors: readonly FieldError[] }

/** What an App Store Connect key can do for it. */
function AtApple({ credential, keys, errors }: AtAppleProps) {
  const { id } = credential
  if (credential.kind === 'app_store_key') {
    return (
      <div class="actions">
        <ButtonLink href={paths.apple(id)} kind="primary">
          Look at Apple
        </ButtonLink>
      </div>
    )
  }
  if (credential.kind !== 'profile' || keys.length === 0) return null
  const { described, isMadeHere, appleKey } = credential
  if (!described.platforms.includes('iOS')) return null
  return (
    <section class="section" aria-labelledby="renew-title">
      <h2 id="renew-title">Renew</h2>
      <p>
        Apple makes it anew, with the certificates of before and the devices that are registered
        now, and it takes the place of this one. The old one stays at Apple
        {isMadeHere && ' unless you say otherwise'}.
      </p>
      <FormProblems errors={errors} />
      <Form to={paths.renewProfile(id)} class="stack">
        {!keys.some((key) => key.id === appleKey) && <KeyChoice keys={keys} id="renew" />}
        {isMadeHere && (
          <Check name="deletes_old" label="Then delete the old one at Apple" checked={false} />
        )}
        <div class="actions">
          <Button>Renew it</Button>
        </div>
      </Form>
    </section>
  )
}

const Download = ({ credential: { kind, id } }: { credential: Credential }) => (
  <section class="section" aria-labelledby="download-title">
    <h2 id="download-title">Take it out</h2>
    <p>Only owners can, and it is written down below who did, and when.</p>
    <div class="actions">
      <form method="post" action={paths.downloadCredential(kind, id)} data-download="">
        <Button>Download the file</Button>
      </form>
      {(kind === 'certificate' || kind === 'keystore') && (
        <Form to={paths.credentialPasswords(kind, id)} class="inline-form">
          <Button>Show the passwords</Button>
        </Form>
      )}
    </div>
  </section>
)

const deedWords: Record<CredentialDeed['deed'], string> = {
  added: 'Stored',
  changed: 'Changed',
  downloaded: 'Taken out',
  expiring: 'Told that it expires',
}

const History = ({ history, now }: { history: readonly CredentialDeed[]; now: Millis }) =>
  history.length === 0 ? null : (
    <section class="section" aria-labelledby="history-title">
      <h2 id="history-title">What was done with it</h2>
      <ul class="plain-list">
        {history.map(({ deed, by, at }) => (
          <li>
            {deedWords[deed]}
            {deed !== 'expiring' && (
              <>
                {' '}
                by <Theirs>{by}</Theirs>
              </>
            )}{' '}
            <span class="muted">
              <Ago at={at} now={now} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
