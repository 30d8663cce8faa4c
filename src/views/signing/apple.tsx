import type { AppleAccount } from '../../core/apple/show.ts'
import type { FieldError } from '../../lib/errors.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { NoticeBox } from '../ui/notice.tsx'
import { Theirs } from '../ui/text.tsx'
import { AppIdForm, CertificateForm, DeviceForm, ProfileForm } from './apple-forms.tsx'
import { AppIds, Certificates, Devices, Profiles, Waiting } from './apple-lists.tsx'
import { kindTitles } from './frame.tsx'

export type AppleForm = 'device' | 'app' | 'certificate' | 'profile'
type Refused = {
  form: AppleForm
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

type ApplePageProps = {
  shell: Shell
  /** The key alone where Apple could not be asked. */
  account: AppleAccount | Pick<AppleAccount, 'key'>
  refused: Refused | null
}

/** What a team has at Apple, asked there and then, and the forms that have more made. */
export const ApplePage = ({ shell, account, refused }: ApplePageProps) => {
  const { key } = account
  const there = 'profiles' in account ? account : null
  const of = (form: AppleForm) =>
    refused?.form === form ? refused : { values: {} as Refused['values'], errors: [] }
  return (
    <Page
      shell={shell}
      title="At Apple"
      crumbs={[
        { name: 'Signing', href: paths.signing() },
        { name: kindTitles.app_store_key, href: paths.credentials('app_store_key') },
        { name: key.name, href: paths.credential('app_store_key', key.id) },
        { name: 'At Apple' },
      ]}
    >
      <header class="page-head">
        <div class="grow">
          <h1>At Apple</h1>
          <p class="sub">
            <span>
              {there === null ? 'Not asked just now' : 'Asked just now'} by the key{' '}
              <Theirs>{key.name}</Theirs>. Oore revokes nothing there, and deletes nothing unless it
              is told to.
            </span>
          </p>
        </div>
      </header>
      {there === null && (
        <NoticeBox kind="warning">
          Apple could not be asked again, so what is there is not shown.
        </NoticeBox>
      )}
      <section class="section" aria-labelledby="apple-profiles">
        <h2 id="apple-profiles">Profiles</h2>
        {there && <Profiles id={key.id} profiles={there.profiles} />}
        <ProfileForm id={key.id} {...of('profile')} />
      </section>
      <section class="section" aria-labelledby="apple-certificates">
        <h2 id="apple-certificates">Certificates</h2>
        {there && <Certificates certificates={there.certificates} />}
        <CertificateForm id={key.id} {...of('certificate')} />
      </section>
      <section class="section" aria-labelledby="apple-apps">
        <h2 id="apple-apps">App ids</h2>
        {there && <AppIds apps={there.bundleIds} />}
        <AppIdForm id={key.id} {...of('app')} />
      </section>
      <section class="section" aria-labelledby="apple-devices">
        <h2 id="apple-devices">Devices</h2>
        {there && <Devices devices={there.devices} />}
        {there && <Waiting id={key.id} devices={there.waiting} />}
        <DeviceForm id={key.id} {...of('device')} />
      </section>
    </Page>
  )
}
