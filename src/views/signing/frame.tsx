import type { Child } from '#jsx/jsx-runtime'
import { type CredentialKind, credentialKinds } from '../../core/credentials/credential.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Tabs } from '../ui/tabs.tsx'

export type SigningTab = 'overview' | 'calendar' | 'devices' | CredentialKind

/** The kinds as headings name them. */
export const kindTitles: Record<CredentialKind, string> = {
  certificate: 'Certificates',
  profile: 'Profiles',
  keystore: 'Keystores',
  app_store_key: 'App Store Connect keys',
}

type SigningFrameProps = { shell: Shell; tab: SigningTab; title: string; children: Child }

/** Every page about signing stands under the same heading and tabs. */
export const SigningFrame = ({ shell, tab, title, children }: SigningFrameProps) => (
  <Page
    shell={shell}
    title={title}
    crumbs={[{ name: 'Settings', href: paths.settings() }, { name: 'Signing' }]}
  >
    <header class="page-head">
      <div class="grow">
        <h1>Signing</h1>
        <p class="sub">
          Certificates, profiles and keystores: checked when they arrive, sealed while they lie
          here, handed to builds that name them.
        </p>
      </div>
    </header>
    <Tabs
      label="Signing"
      tabs={[
        { name: 'Overview', href: paths.signing(), current: tab === 'overview' },
        ...credentialKinds.map((kind) => ({
          name: kindTitles[kind],
          href: paths.credentials(kind),
          current: tab === kind,
        })),
        { name: 'Devices', href: paths.devices(), current: tab === 'devices' },
        { name: 'Calendar', href: paths.signingCalendar(), current: tab === 'calendar' },
      ]}
    />
    {children}
  </Page>
)
