import type { Repository } from '../../core/repositories/repository.ts'
import type { FieldError } from '../../lib/errors.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Empty } from '../ui/empty.tsx'
import { TextField } from '../ui/field.tsx'
import { Button, ButtonLink, Form, FormProblems } from '../ui/form.tsx'
import { Code, Theirs } from '../ui/text.tsx'

type BuildNumbersPageProps = {
  shell: Shell
  repository: Repository
  numbers: readonly { workflow: string; next: number }[]
  /** What was typed, by field name. */
  values: { workflow: string; next: string }
  errors: readonly FieldError[]
}

/** Where the counters of workflows stand, and a form that sets one. */
export const BuildNumbersPage = ({
  shell,
  repository,
  numbers,
  values,
  errors,
}: BuildNumbersPageProps) => (
  <Page
    shell={shell}
    title="Build numbers"
    width="narrow"
    crumbs={[
      { name: 'Repositories', href: paths.repositories() },
      { name: repository.fullName, href: paths.repository(repository.id) },
      { name: 'Build numbers' },
    ]}
  >
    <h1>Build numbers</h1>
    <p class="lead">
      of <Theirs>{repository.fullName}</Theirs>
    </p>
    <p>
      <Code>PROJECT_BUILD_NUMBER</Code> counts the builds of the repository: the next is{' '}
      <strong>{repository.nextBuildNumber}</strong>, which the settings change.{' '}
      <Code>BUILD_NUMBER</Code> counts those of each workflow. Whoever moves here sets it once, so
      that app stores see growing numbers.
    </p>
    <FormProblems errors={errors} />
    {numbers.length === 0 ? (
      <Empty title="No workflow has been built yet: each begins with 1." />
    ) : (
      <table class="rows">
        <caption class="sr-only">The next BUILD_NUMBER of each workflow</caption>
        <thead>
          <tr>
            <th scope="col">Workflow</th>
            <th scope="col">Next number</th>
          </tr>
        </thead>
        <tbody>
          {numbers.map(({ workflow, next }) => (
            <tr>
              <th scope="row">
                <Theirs>{workflow}</Theirs>
              </th>
              <td>{next}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
    {shell.may('repository.change') && (
      <section class="section" aria-labelledby="set-title">
        <h2 id="set-title">Set one</h2>
        <Form to={paths.buildNumbers(repository.id)} class="stack">
          <TextField
            name="workflow"
            label="Workflow"
            value={values.workflow}
            errors={errors}
            mono
            required
            list="workflows"
            hint="Its id, as the configuration writes it."
          />
          <datalist id="workflows">
            {numbers.map(({ workflow }) => (
              <option value={workflow}></option>
            ))}
          </datalist>
          <TextField
            name="next"
            label="Next number"
            value={values.next}
            errors={errors}
            type="number"
            required
            hint="What BUILD_NUMBER will be in its next build."
          />
          <div class="actions">
            <Button kind="primary">Set it</Button>
            <ButtonLink href={paths.repository(repository.id, 'settings')}>Back</ButtonLink>
          </div>
        </Form>
      </section>
    )}
  </Page>
)
