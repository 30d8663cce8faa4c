import { aboutProvider, providers } from '../../core/repositories/repository.ts'
import type { FieldError } from '../../lib/errors.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { SelectField, TextField } from '../ui/field.tsx'
import { Button, ButtonLink, Form, FormProblems } from '../ui/form.tsx'
import { CredentialFields } from './credential.tsx'

/** What was typed, by field name. Passwords are never sent back. */
export type NewRepositoryValues = {
  /** Empty: found out by the address. */
  provider: string
  clone_url: string
  default_branch: string
  clone_username: string
}

type NewRepositoryPageProps = {
  shell: Shell
  values: NewRepositoryValues
  errors: readonly FieldError[]
  /** May `file://` be read? The operator decides. */
  allowLocal: boolean
}

/** Adds a repository by its clone address. */
export const NewRepositoryPage = ({
  shell,
  values,
  errors,
  allowLocal,
}: NewRepositoryPageProps) => (
  <Page
    shell={shell}
    title="Add a repository"
    width="narrow"
    crumbs={[{ name: 'Repositories', href: paths.repositories() }, { name: 'Add' }]}
  >
    <h1>Add a repository</h1>
    <p class="lead">
      Oore clones it for each build. Afterwards you get an address and a secret, so that a push
      starts a build by itself.
    </p>
    <FormProblems errors={errors} />
    <Form to={paths.repositories()} class="stack">
      <TextField
        name="clone_url"
        label="Clone address"
        value={values.clone_url}
        errors={errors}
        placeholder="https://git.example.com/team/app.git"
        required
        mono
        hint={
          allowLocal
            ? 'https://, ssh://, git@host:path or file:// for a repository on this machine.'
            : 'https://, ssh:// or git@host:path. Leave user name and password out of it.'
        }
      />
      <SelectField
        name="provider"
        label="Where it is"
        value={values.provider}
        errors={errors}
        options={[
          { value: '', label: 'As the address says' },
          ...providers.map((value) => ({ value, label: aboutProvider(value).choice })),
        ]}
        hint="Choose for a server of your own, whose address does not say what it is."
      />
      <TextField
        name="default_branch"
        label="Default branch"
        value={values.default_branch}
        errors={errors}
        placeholder="main"
        optional
        mono
        hint="It is main when left empty."
      />
      <CredentialFields
        legend="Credential"
        hint="For a private repository over https: on a forge an access token that may read its code, and no user name. It is stored encrypted and never shown again."
        username={values.clone_username}
        errors={errors}
      />
      <div class="actions">
        <Button kind="primary">Add the repository</Button>
        <ButtonLink href={paths.repositories()}>Never mind</ButtonLink>
      </div>
    </Form>
  </Page>
)
