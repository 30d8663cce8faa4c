import type { Child } from '#jsx/jsx-runtime'
import type { Credential } from '../../core/credentials/credential.ts'
import type { CredentialDeed } from '../../core/credentials/download.ts'
import { isoTime, type Millis } from '../../lib/clock.ts'
import type { FieldError } from '../../lib/errors.ts'
import type { HeldCertificate } from '../../signing/apple/fit.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Copy } from '../ui/copy.tsx'
import { TextField } from '../ui/field.tsx'
import { Button, ButtonLink, Form, FormProblems } from '../ui/form.tsx'
import { Code, plain, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { Expiry } from './expiry.tsx'
import { kindTitles } from './frame.tsx'
import { certificateKindWords, colons, formatWords, profileKindWords } from './words.ts'

type CredentialPageProps = {
  shell: Shell
  credential: Credential
  history: readonly CredentialDeed[]
  /** The certificates that are stored: which of a profile's are there. */
  held: readonly HeldCertificate[]
  values: { name: string }
  errors: readonly FieldError[]
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

function Facts({ credential, held }: Pick<CredentialPageProps, 'credential' | 'held'>) {
  switch (credential.kind) {
    case 'certificate': {
      const { described: c } = credential
      return (
        <dl class="pairs">
          <Pair name="Common name">
            <Theirs>{c.commonName}</Theirs>
          </Pair>
          <Pair name="Type">{certificateKindWords[c.kind]}</Pair>
          <Pair name="Team">
            <Code>{c.teamId ?? 'unknown'}</Code>
          </Pair>
          <Pair name="Subject">
            <Theirs>{c.subject}</Theirs>
          </Pair>
          <Pair name="Issued by">
            <Theirs>{c.issuer}</Theirs>
          </Pair>
          <Pair name="Serial number">
            <Code>{c.serial}</Code>
          </Pair>
          <Fingerprint name="SHA-1" hex={c.sha1} />
          <Fingerprint name="SHA-256" hex={c.sha256} />
          <Pair name="Valid">
            {dayOf(c.notBefore)} to {dayOf(c.notAfter)}
          </Pair>
        </dl>
      )
    }
    case 'profile':
      return <ProfileFacts profile={credential.described} held={held} />
    case 'keystore':
      return <KeystoreFacts keystore={credential.described} />
    case 'app_store_key':
      return (
        <dl class="pairs">
          <Pair name="Key ID">
            <Code>{credential.described.keyId}</Code>
          </Pair>
          <Pair name="Issuer ID">
            <Code>{credential.described.issuerId}</Code>
          </Pair>
        </dl>
      )
  }
}

type ProfileProps = {
  profile: Credential<'profile'>['described']
  held: readonly HeldCertificate[]
}

const ProfileFacts = ({ profile: p, held }: ProfileProps) => (
  <>
    <dl class="pairs">
      <Pair name="Profile">
        <Theirs>{p.name}</Theirs>
      </Pair>
      <Pair name="Type">{profileKindWords[p.kind]}</Pair>
      <Pair name="Bundle identifier">
        <Code>{p.bundleId}</Code>
      </Pair>
      <Pair name="Team">
        <Code>{p.teamId}</Code>
        {p.teamName !== null && (
          <>
            {' '}
            <Theirs>{p.teamName}</Theirs>
          </>
        )}
      </Pair>
      <Pair name="UUID">
        <Code>{p.uuid}</Code>
        <Copy text={p.uuid} label="Copy the UUID" />
      </Pair>
      {p.platforms.length > 0 && (
        <Pair name="Platforms">
          <Theirs>{p.platforms.join(', ')}</Theirs>
        </Pair>
      )}
      <Pair name="Valid">
        {dayOf(p.createdAt)} to {dayOf(p.expiresAt)}
      </Pair>
      {p.isXcodeManaged && <Pair name="Managed by">Xcode: manual signing refuses it</Pair>}
    </dl>
    <section class="section" aria-labelledby="certificates-title">
      <h2 id="certificates-title">Certificates in it</h2>
      <ul class="plain-list">
        {p.certificates.map(({ sha1, commonName }) => {
          const own = held.find(({ described }) => described.sha1 === sha1)
          return (
            <li>
              <Theirs>{commonName}</Theirs>{' '}
              {own === undefined ? (
                <span class="muted">not stored here (SHA-1 {sha1.slice(0, 8)}…)</span>
              ) : (
                <span>
                  stored as{' '}
                  <a href={paths.credential('certificate', own.id)}>
                    <Theirs>{own.name}</Theirs>
                  </a>
                </span>
              )}
            </li>
          )
        })}
      </ul>
    </section>
    {p.devices.length > 0 && (
      <details class="disclosure">
        <summary>{p.devices.length === 1 ? 'One device' : `${p.devices.length} devices`}</summary>
        <ul class="plain-list">
          {p.devices.map((udid) => (
            <li>
              <Code>{udid}</Code>
            </li>
          ))}
        </ul>
      </details>
    )}
    <details class="disclosure">
      <summary>Entitlements</summary>
      <pre class="told" tabindex={0} role="region" aria-label="Entitlements">
        <Theirs>{JSON.stringify(p.entitlements, null, 2)}</Theirs>
      </pre>
    </details>
  </>
)

const KeystoreFacts = ({ keystore }: { keystore: Credential<'keystore'>['described'] }) => (
  <>
    <dl class="pairs">
      <Pair name="Format">{formatWords[keystore.format]}</Pair>
      <Pair name="Signs with">
        <Code>{keystore.alias}</Code>
      </Pair>
    </dl>
    {keystore.aliases.map((each) => (
      <section class="section" aria-label={plain(each.alias)}>
        <h2>
          <Theirs>{each.alias}</Theirs>
        </h2>
        <dl class="pairs">
          <Pair name="Subject">
            <Theirs>{each.subject}</Theirs>
          </Pair>
          <Pair name="Key">
            <Theirs>{each.keyAlgorithm}</Theirs>
          </Pair>
          <Pair name="Valid">
            {dayOf(each.notBefore)} to {dayOf(each.notAfter)}
          </Pair>
          <Fingerprint name="SHA-1" hex={each.sha1} />
          <Fingerprint name="SHA-256" hex={each.sha256} />
        </dl>
      </section>
    ))}
    <p class="muted">Play and Firebase ask for these fingerprints.</p>
  </>
)

const Pair = ({ name, children }: { name: string; children: Child }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
)

const Fingerprint = ({ name, hex }: { name: string; hex: string }) => (
  <Pair name={name}>
    <code class="breakable">{colons(hex)}</code>
    <Copy text={colons(hex)} label={`Copy the ${name} fingerprint`} />
  </Pair>
)

const dayOf = (at: Millis): string => isoTime(at).slice(0, 10)
