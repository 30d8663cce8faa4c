import type { FieldError } from '../../lib/errors.ts'
import { paths } from '../paths.ts'
import { SelectField, TextArea, TextField } from '../ui/field.tsx'
import { Button, Form, FormProblems } from '../ui/form.tsx'
import { profileKindWords } from './words.ts'

type FormProps = {
  id: string
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

const profileOptions = (['app_store', 'ad_hoc', 'development', 'enterprise'] as const).map(
  (value) => ({ value, label: profileKindWords[value] }),
)

/** Has a profile made. */
export const ProfileForm = ({ id, values, errors }: FormProps) => (
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
      />
      <TextArea
        name="devices"
        label="Devices"
        optional
        rows={3}
        value={values['devices'] ?? ''}
        errors={errors}
        hint="For ad hoc and development: UDIDs, one a line. Left empty, it is every iPhone, iPad and Apple Watch that is enabled at Apple."
      />
      <TextField
        name="certificate"
        label="Certificate"
        optional
        value={values['certificate'] ?? ''}
        errors={errors}
        hint="The name of a stored one. Left empty, it is the one that is good for longest."
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

/** Has a certificate issued. */
export const CertificateForm = ({ id, values, errors }: FormProps) => (
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

/** Registers what profiles can be made for. */
export const AppIdForm = ({ id, values, errors }: FormProps) => (
  <details class="disclosure" open={errors.length > 0}>
    <summary>Register an app id</summary>
    <FormProblems errors={errors} />
    <Form to={paths.appleAppIds(id)} class="stack narrow-column">
      <TextField
        name="app_bundle_id"
        label="Bundle identifier"
        value={values['app_bundle_id'] ?? ''}
        errors={errors}
        required
        mono
        placeholder="com.example.app"
        hint="Apps are told apart by it for ever: it cannot be changed."
      />
      <TextField
        name="app_name"
        label="Name at Apple"
        optional
        value={values['app_name'] ?? ''}
        errors={errors}
        hint="Letters, digits and blanks."
      />
      <div class="actions">
        <Button kind="primary">Register it</Button>
      </div>
    </Form>
  </details>
)

/** Registers a device by its UDID. */
export const DeviceForm = ({ id, values, errors }: FormProps) => (
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
