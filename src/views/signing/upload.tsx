import type { Child } from '#jsx/jsx-runtime'
import { type CredentialKind } from '../../core/credentials/credential.ts'
import type { FieldError } from '../../lib/errors.ts'
import { paths } from '../paths.ts'
import { Check, FileField, TextField } from '../ui/field.tsx'
import { Button, FileForm, FormProblems } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'

/** What was typed, by field name; a password never is among it. */
export type UploadValues = Record<string, string>

type UploadProps = {
  kind: CredentialKind
  values: UploadValues
  errors: readonly FieldError[]
}

const titles: Record<CredentialKind, string> = {
  certificate: 'Store a certificate',
  profile: 'Store a profile',
  keystore: 'Store a keystore',
  app_store_key: 'Store a key',
}

const accepted: Record<CredentialKind, string> = {
  certificate: '.p12,.pfx,application/x-pkcs12',
  profile: '.mobileprovision,.provisionprofile',
  keystore: '.jks,.keystore,.p12,.pfx',
  app_store_key: '.p8',
}

/** The form that a credential comes by. Nothing is kept unless all of it is right. */
export const Upload = ({ kind, values, errors }: UploadProps) => (
  <section class="section narrow-column" aria-labelledby="upload-title">
    <h2 id="upload-title">{titles[kind]}</h2>
    <FormProblems errors={errors} />
    {errors.length > 0 && (
      <NoticeBox kind="info">
        {kind === 'certificate' || kind === 'keystore'
          ? 'Nothing was stored. Choose the file again, and enter its password again: browsers and Oore keep neither.'
          : 'Nothing was stored. Choose the file again: browsers do not keep it.'}
      </NoticeBox>
    )}
    <FileForm to={paths.credentials(kind)} class="stack">
      <FileField
        name="file"
        label={fileLabels[kind]}
        accept={accepted[kind]}
        errors={errors}
        hint={fileHints[kind]}
      />
      <KindFields kind={kind} values={values} errors={errors} />
      <TextField
        name="name"
        label="Name"
        optional
        value={values['name'] ?? ''}
        errors={errors}
        hint={nameHints[kind]}
      />
      <Check
        name="replace"
        label="Put it in the place of the one with this name"
        checked={values['replace'] === 'true'}
      />
      <div class="actions">
        <Button kind="primary">Check and store</Button>
      </div>
    </FileForm>
  </section>
)

const fileLabels: Record<CredentialKind, string> = {
  certificate: 'Certificate with its private key (.p12)',
  profile: 'Provisioning profile',
  keystore: 'Keystore',
  app_store_key: 'Private key (.p8)',
}

const fileHints: Record<CredentialKind, Child> = {
  certificate:
    'In Keychain Access under “My Certificates”: choose the certificate that unfolds to a key, then Export.',
  profile: 'A .mobileprovision or .provisionprofile from Apple’s developer account.',
  keystore: 'A .jks, .keystore or .p12, as Android Studio or keytool has made it.',
  app_store_key:
    'AuthKey_….p8, which App Store Connect gives out once, under Users and Access → Integrations.',
}

const nameHints: Record<CredentialKind, Child> = {
  certificate: (
    <>
      What <code>ios_signing.certificates</code> calls it. Left empty, it is that of the
      certificate.
    </>
  ),
  profile: (
    <>
      What <code>ios_signing.provisioning_profiles</code> calls it. Left empty, it is its own.
    </>
  ),
  keystore: (
    <>
      What <code>android_signing</code> calls it. Left empty, it is the alias of the key.
    </>
  ),
  app_store_key: (
    <>
      What <code>integrations.app_store_connect</code> calls it.
    </>
  ),
}

function KindFields({ kind, values, errors }: UploadProps) {
  switch (kind) {
    case 'certificate':
      return (
        <Password
          name="password"
          label="Password of the file"
          errors={errors}
          hint="Left empty, an empty one is tried."
        />
      )
    case 'profile':
      return null
    case 'keystore':
      return (
        <>
          <Password name="store_password" label="Password of the keystore" errors={errors} />
          <TextField
            name="alias"
            label="Alias of the key"
            optional
            mono
            value={values['alias'] ?? ''}
            errors={errors}
            hint="Needed where the keystore has more than one."
          />
          <Password
            name="key_password"
            label="Password of the key"
            optional
            errors={errors}
            hint="Left empty, it is that of the keystore."
          />
        </>
      )
    case 'app_store_key':
      return (
        <>
          <TextField
            name="key_id"
            label="Key ID"
            optional
            mono
            value={values['key_id'] ?? ''}
            errors={errors}
            hint="Ten letters and digits. Left empty, it is read from the file’s name."
          />
          <TextField
            name="issuer_id"
            label="Issuer ID"
            mono
            value={values['issuer_id'] ?? ''}
            errors={errors}
            hint="A UUID, above the list of keys."
          />
        </>
      )
  }
}

type PasswordProps = {
  name: string
  label: string
  errors: readonly FieldError[]
  optional?: boolean
  hint?: Child
}

const Password = (field: PasswordProps) => (
  <TextField {...field} type="password" value="" autocomplete="new-password" />
)
