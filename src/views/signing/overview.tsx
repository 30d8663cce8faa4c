import {
  type Credential,
  type CredentialKind,
  credentialKinds,
} from '../../core/credentials/credential.ts'
import type { Millis } from '../../lib/clock.ts'
import type { HeldCertificate } from '../../signing/apple/fit.ts'
import type { MatrixRow } from '../../signing/apple/matrix.ts'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Empty } from '../ui/empty.tsx'
import { ButtonLink } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Theirs } from '../ui/text.tsx'
import { kindTitles, SigningFrame } from './frame.tsx'
import { CredentialRows } from './list.tsx'
import { Matrix } from './matrix.tsx'

type SigningPageProps = {
  shell: Shell
  /** How many are stored of each kind. */
  counts: Readonly<Record<CredentialKind, number>>
  /** What ends soon, or has ended, the nearest first. */
  expiring: readonly Credential[]
  matrix: readonly MatrixRow[]
  /** Certificates that no profile contains. */
  idle: readonly HeldCertificate[]
  now: Millis
}

/** What there is to sign with at one glance: what ends soon, and what fits what. */
export const SigningPage = ({ shell, counts, expiring, matrix, idle, now }: SigningPageProps) => (
  <SigningFrame shell={shell} tab="overview" title="Signing">
    <ul class="held-counts" aria-label="What is stored">
      {credentialKinds.map((kind) => (
        <li>
          <a href={paths.credentials(kind)}>
            <strong>{counts[kind]}</strong> {kindTitles[kind]}
          </a>
        </li>
      ))}
    </ul>
    {expiring.length > 0 && (
      <section class="section" aria-labelledby="expiring-title">
        <div class="section-head">
          <h2 id="expiring-title">Ends soon</h2>
          <a href={paths.signingCalendar()}>Calendar</a>
        </div>
        <CredentialRows credentials={expiring} now={now} caption="What ends soon or has ended" />
      </section>
    )}
    <section class="section" aria-labelledby="matrix-title">
      <h2 id="matrix-title">What fits what</h2>
      {matrix.length === 0 ? (
        <Empty title="Nothing to sign Apple’s apps with yet.">
          <p>
            Store a certificate with its private key, and the profiles of your apps: here it says
            what can be signed with them, and what is missing.
          </p>
          {shell.may('signing.change') && (
            <div class="actions">
              <ButtonLink href={paths.credentials('certificate')} kind="primary">
                Store a certificate
              </ButtonLink>
              <ButtonLink href={paths.credentials('profile')}>Store a profile</ButtonLink>
              <ButtonLink href={paths.credentials('keystore')}>Store a keystore</ButtonLink>
            </div>
          )}
        </Empty>
      ) : (
        <Matrix rows={matrix} />
      )}
      {idle.length > 0 && matrix.length > 0 && (
        <NoticeBox kind="info">
          No stored profile contains{' '}
          {idle.map(({ id, name }, index) => (
            <>
              {index > 0 && ', '}
              <a href={paths.credential('certificate', id)}>
                <Theirs>{name}</Theirs>
              </a>
            </>
          ))}
          : nothing is signed with {idle.length === 1 ? 'it' : 'them'} yet. Make profiles with{' '}
          {idle.length === 1 ? 'it' : 'them'} in Apple’s developer account, and store those.
        </NoticeBox>
      )}
    </section>
  </SigningFrame>
)
