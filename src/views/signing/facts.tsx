import type { Child } from '#jsx/jsx-runtime'
import type { Credential } from '../../core/credentials/credential.ts'
import { isoTime, type Millis } from '../../lib/clock.ts'
import type { Held, HeldCertificate, HeldProfile } from '../../signing/apple/fit.ts'
import { paths } from '../paths.ts'
import { Copy } from '../ui/copy.tsx'
import { Icon } from '../ui/icon.tsx'
import { Code, plain, Theirs } from '../ui/text.tsx'
import { certificateKindWords, colons, formatWords, profileKindWords } from './words.ts'

type FactsProps = {
  credential: Credential
  /** What is stored beside it: which of a profile's certificates, and which profiles of a certificate. */
  held: Held
}

/** All that a credential says of itself. */
export function Facts({ credential, held }: FactsProps) {
  switch (credential.kind) {
    case 'certificate': {
      const { described: c } = credential
      return (
        <>
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
          <ProfilesOf sha1={c.sha1} profiles={held.profiles} />
        </>
      )
    }
    case 'profile':
      return <ProfileFacts profile={credential.described} held={held.certificates} />
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

/** The stored profiles that a certificate may sign with. */
function ProfilesOf({ sha1, profiles }: { sha1: string; profiles: readonly HeldProfile[] }) {
  const own = profiles.filter(({ described }) =>
    described.certificates.some((each) => each.sha1 === sha1),
  )
  return (
    <section class="section" aria-labelledby="profiles-title">
      <h2 id="profiles-title">Profiles that contain it</h2>
      {own.length === 0 ? (
        <p class="muted">None that is stored: nothing is signed with it yet.</p>
      ) : (
        <ul class="plain-list">
          {own.map(({ id, name, described }) => (
            <li>
              <a href={paths.credential('profile', id)}>
                <Theirs>{name}</Theirs>
              </a>{' '}
              <span class="muted">
                <Theirs>{described.bundleId}</Theirs>, {profileKindWords[described.kind]}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
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
      {p.certificates.length === 0 && <p class="muted">None: nothing can be signed with it.</p>}
      <ul class="credential-certificates">
        {p.certificates.map(({ sha1, commonName }) => {
          const own = held.find(({ described }) => described.sha1 === sha1)
          return (
            <li>
              <p>
                <Theirs>{commonName}</Theirs>
              </p>
              {own === undefined ? (
                <p class="muted">Not stored here (SHA-1 {sha1.slice(0, 8)}…)</p>
              ) : (
                <p>
                  <span class="st success">
                    <Icon name="success" />
                    Stored
                  </span>{' '}
                  as{' '}
                  <a href={paths.credential('certificate', own.id)}>
                    <Theirs>{own.name}</Theirs>
                  </a>
                </p>
              )}
            </li>
          )
        })}
      </ul>
    </section>
    <div class="credential-parts">
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
    </div>
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
