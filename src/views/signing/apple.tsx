import type { AppleAccount } from '../../core/apple/show.ts'
import type { FieldError } from '../../lib/errors.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { SelectField, TextField } from '../ui/field.tsx'
import { Button, Form, FormProblems } from '../ui/form.tsx'
import { Code, plain, Theirs } from '../ui/text.tsx'
import { kindTitles } from './frame.tsx'
import { profileKindWords } from './words.ts'

export type AppleForm = 'device' | 'certificate' | 'profile'
type Refused = {
  form: AppleForm
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

type ApplePageProps = { shell: Shell; account: AppleAccount; refused: Refused | null }

/** What a team has at Apple, asked there and then, and the forms that have more made. */
export const ApplePage = ({ shell, account, refused }: ApplePageProps) => {
  const { key } = account
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
            Asked just now by the key <Theirs>{key.name}</Theirs>. Oore revokes nothing there, and
            deletes nothing unless it is told to.
          </p>
        </div>
      </header>
      <section class="section" aria-labelledby="apple-profiles">
        <h2 id="apple-profiles">Profiles</h2>
        <Profiles profiles={account.profiles} />
        <ProfileForm id={key.id} {...of('profile')} />
      </section>
      <section class="section" aria-labelledby="apple-certificates">
        <h2 id="apple-certificates">Certificates</h2>
        <Certificates certificates={account.certificates} />
        <CertificateForm id={key.id} {...of('certificate')} />
      </section>
      <section class="section" aria-labelledby="apple-devices">
        <h2 id="apple-devices">Devices</h2>
        <Devices devices={account.devices} />
        <Waiting id={key.id} devices={account.waiting} />
        <DeviceForm id={key.id} {...of('device')} />
      </section>
    </Page>
  )
}

const Stored = ({ as }: { as: string | null }) =>
  as === null ? (
    <span class="muted">Not stored here</span>
  ) : (
    <span>
      Stored as <Theirs>{as}</Theirs>
    </span>
  )

const dayOf = (date: string | null | undefined): string => date?.slice(0, 10) ?? '—'

const Profiles = ({ profiles }: Pick<AppleAccount, 'profiles'>) =>
  profiles.length === 0 ? (
    <p class="muted">None yet.</p>
  ) : (
    <table class="rows">
      <caption class="sr-only">Profiles at Apple</caption>
      <thead>
        <tr>
          <th>Name</th>
          <th>State</th>
          <th class="right">Until</th>
        </tr>
      </thead>
      <tbody>
        {profiles.map((each) => (
          <tr>
            <td class="what">
              <strong>
                <Theirs>{each.name}</Theirs>
              </strong>
              <p>
                <Theirs>{each.profileType}</Theirs> · <Stored as={each.heldAs} />
              </p>
            </td>
            <td>
              <Theirs>{each.profileState}</Theirs>
            </td>
            <td class="right">{dayOf(each.expirationDate)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )

const Certificates = ({ certificates }: Pick<AppleAccount, 'certificates'>) =>
  certificates.length === 0 ? (
    <p class="muted">None yet.</p>
  ) : (
    <table class="rows">
      <caption class="sr-only">Certificates at Apple</caption>
      <thead>
        <tr>
          <th>Name</th>
          <th>Serial number</th>
          <th class="right">Until</th>
        </tr>
      </thead>
      <tbody>
        {certificates.map((each) => (
          <tr>
            <td class="what">
              <strong>
                <Theirs>{each.name}</Theirs>
              </strong>
              <p>
                <Theirs>{each.certificateType}</Theirs> · <Stored as={each.heldAs} />
              </p>
            </td>
            <td>
              <Code>{each.serialNumber}</Code>
            </td>
            <td class="right">{dayOf(each.expirationDate)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )

const Devices = ({ devices }: Pick<AppleAccount, 'devices'>) =>
  devices.length === 0 ? (
    <p class="muted">None yet.</p>
  ) : (
    <table class="rows">
      <caption class="sr-only">Devices at Apple</caption>
      <thead>
        <tr>
          <th>Name</th>
          <th>UDID</th>
          <th class="right">State</th>
        </tr>
      </thead>
      <tbody>
        {devices.map((each) => (
          <tr>
            <td class="what">
              <strong>
                <Theirs>{each.name}</Theirs>
              </strong>
              <p>
                <Theirs>{each.model ?? each.deviceClass ?? each.platform}</Theirs>
              </p>
            </td>
            <td>
              <Code>{each.udid}</Code>
            </td>
            <td class="right">
              <Theirs>{each.status}</Theirs>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )

type WaitingProps = { id: string; devices: AppleAccount['waiting'] }

/** Devices that are known here, each with the button that registers it. */
const Waiting = ({ id, devices }: WaitingProps) =>
  devices.length === 0 ? null : (
    <>
      <h3>Known here, not registered at Apple</h3>
      <ul class="plain-list">
        {devices.map(({ name, udid }) => (
          <li>
            <Form to={paths.appleDevices(id)} class="inline-form">
              <input type="hidden" name="device_name" value={name.slice(0, 50)} />
              <input type="hidden" name="udid" value={udid} />
              <Button label={`Register ${plain(name)}`}>Register</Button>
            </Form>{' '}
            <Theirs>{name}</Theirs> <Code>{udid}</Code>
          </li>
        ))}
      </ul>
    </>
  )

type FormProps = { id: string } & Pick<Refused, 'values' | 'errors'>

const profileOptions = (['app_store', 'ad_hoc', 'development', 'enterprise'] as const).map(
  (value) => ({ value, label: profileKindWords[value] }),
)

const ProfileForm = ({ id, values, errors }: FormProps) => (
  <details class="disclosure" open={errors.length > 0}>
    <summary>Have a profile made</summary>
    <FormProblems errors={errors} />
    <Form to={paths.appleProfiles(id)} class="stack narrow-column">
      <TextField
        name="bundle_id"
        label="Bundle identifier"
        value={values['bundle_id'] ?? ''}
        errors={errors}
        required
        mono
        placeholder="com.example.app"
      />
      <SelectField
        name="kind"
        label="For"
        value={values['kind'] ?? 'app_store'}
        options={profileOptions}
        errors={errors}
        hint="Ad hoc and development take every device that is enabled at Apple."
      />
      <TextField
        name="name"
        label="Name"
        optional
        value={values['name'] ?? ''}
        errors={errors}
        hint="What configurations call it. Left empty, it is the one that Apple is told."
      />
      <div class="actions">
        <Button kind="primary">Make and store it</Button>
      </div>
    </Form>
  </details>
)

const CertificateForm = ({ id, values, errors }: FormProps) => (
  <details class="disclosure" open={errors.length > 0}>
    <summary>Have a certificate issued</summary>
    <FormProblems errors={errors} />
    <p>
      The private key is made here and never leaves but to builds and to owners who download it.
      Apple issues two or three of a kind to a team; none is revoked to make room.
    </p>
    <Form to={paths.appleCertificates(id)} class="stack narrow-column">
      <SelectField
        name="certificate_kind"
        label="For"
        value={values['certificate_kind'] ?? 'distribution'}
        options={[
          { value: 'distribution', label: 'Distribution' },
          { value: 'development', label: 'Development' },
        ]}
        errors={errors}
      />
      <TextField
        name="certificate_name"
        label="Name"
        optional
        value={values['certificate_name'] ?? ''}
        errors={errors}
        hint="What configurations call it."
      />
      <div class="actions">
        <Button kind="primary">Issue and store it</Button>
      </div>
    </Form>
  </details>
)

const DeviceForm = ({ id, values, errors }: FormProps) => (
  <details class="disclosure" open={errors.length > 0}>
    <summary>Register a device</summary>
    <FormProblems errors={errors} />
    <Form to={paths.appleDevices(id)} class="stack narrow-column">
      <TextField
        name="device_name"
        label="Name"
        value={values['device_name'] ?? ''}
        errors={errors}
        required
        placeholder="Ada’s iPhone"
      />
      <TextField
        name="udid"
        label="UDID"
        value={values['udid'] ?? ''}
        errors={errors}
        required
        mono
        hint="Finder shows it on a Mac that the device is plugged into."
      />
      <div class="actions">
        <Button kind="primary">Register</Button>
      </div>
    </Form>
  </details>
)
