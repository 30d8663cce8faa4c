import { aboutProvider, type Repository } from '../../core/repositories/repository.ts'
import type { FieldError } from '../../lib/errors.ts'
import { paths } from '../paths.ts'
import { SelectField, TextField } from '../ui/field.tsx'
import { Button, ButtonLink, Form, FormProblems } from '../ui/form.tsx'
import { Code } from '../ui/text.tsx'
import { CredentialFields } from './credential.tsx'

/** What was typed, by field name. Passwords are never sent back. */
export type RepositorySettingsValues = {
  default_branch: string
  state: string
  next_build_number: string
  configuration_first: string
  fork_builds: string
  pull_request_comments: string
  clone_username: string
}

export type SettingsTabProps = {
  repository: Repository
  values: RepositorySettingsValues
  errors: readonly FieldError[]
}

/** What can be changed about a repository; removing it comes last, behind a page. */
export const SettingsTab = ({ repository, values, errors }: SettingsTabProps) => (
  <div class="narrow-column">
    <FormProblems errors={errors} />
    <Form to={paths.repository(repository.id, 'settings')} class="stack">
      <TextField
        name="default_branch"
        label="Default branch"
        value={values.default_branch}
        errors={errors}
        required
        mono
        hint="Built when nothing else is said, and watched on the dashboard."
      />
      <SelectField
        name="state"
        label="State"
        value={values.state}
        errors={errors}
        options={[
          { value: 'active', label: 'Active: pushes start builds' },
          { value: 'inactive', label: 'Paused: nothing starts' },
        ]}
      />
      <TextField
        name="next_build_number"
        label="Next build number"
        type="number"
        value={values.next_build_number}
        errors={errors}
        required
        hint="May only go up, so that app stores see growing numbers."
      />
      <SelectField
        name="configuration_first"
        label="Which configuration goes first"
        value={values.configuration_first}
        errors={errors}
        options={[
          { value: 'stored', label: 'The one stored in Oore' },
          { value: 'repository', label: 'The file in the repository' },
        ]}
        hint="Where both are there. The other one is used only while the first is missing."
      />
      <SelectField
        name="fork_builds"
        label="Pull requests from forks"
        value={values.fork_builds}
        errors={errors}
        options={[
          { value: 'ask', label: 'Wait until somebody approves the commit' },
          { value: 'never', label: 'Are never built' },
        ]}
        hint="Anybody may write them. They get no secrets and publish nothing, approved or not."
      />
      {aboutProvider(repository.provider).hasComments && (
        <SelectField
          name="pull_request_comments"
          label={`Comment on ${aboutProvider(repository.provider).pullRequest}s`}
          value={values.pull_request_comments}
          errors={errors}
          options={[
            { value: 'true', label: 'One comment, kept up to date' },
            { value: 'false', label: 'No comments' },
          ]}
          hint="Results, failed tests, artifacts and install links. Where a token reports, the comment is by whoever made it."
        />
      )}
      <CredentialFields
        legend="Credential for cloning"
        hint={
          repository.hasCredential
            ? 'One is stored. Fill both fields to replace it; leave the password empty to keep it.'
            : 'None is stored. It is needed where cloning over https asks for one.'
        }
        username={values.clone_username}
        errors={errors}
      />
      <div class="actions">
        <Button kind="primary">Save</Button>
      </div>
    </Form>
    <section class="section" aria-labelledby="numbers-title">
      <h2 id="numbers-title">Build numbers of workflows</h2>
      <p>
        <Code>BUILD_NUMBER</Code> counts the builds of each workflow. Whoever comes from another
        server sets where it goes on.
      </p>
      <ButtonLink href={paths.buildNumbers(repository.id)}>Build numbers…</ButtonLink>
    </section>
    <section class="section danger-zone" aria-labelledby="remove-title">
      <h2 id="remove-title">Remove this repository</h2>
      <p>
        Stops its builds from starting and takes it out of every list. The next page says what is
        lost.
      </p>
      <ButtonLink href={paths.removeRepository(repository.id)} kind="danger">
        Remove…
      </ButtonLink>
    </section>
  </div>
)
