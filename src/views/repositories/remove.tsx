import type { Repository } from '../../core/repositories/repository.ts'
import type { FieldError } from '../../lib/errors.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Confirm } from '../ui/confirm.tsx'
import { Check } from '../ui/field.tsx'
import { FormProblems } from '../ui/form.tsx'
import { Theirs } from '../ui/text.tsx'

type RemoveRepositoryPageProps = {
  shell: Shell
  repository: Repository
  /** Builds that wait or run now. */
  activeCount: number
  errors: readonly FieldError[]
}

/** Asks before a repository is removed and says what is lost. Posts `force=true` when ticked. */
export const RemoveRepositoryPage = (props: RemoveRepositoryPageProps) => (
  <Page
    shell={props.shell}
    title="Remove a repository"
    width="narrow"
    crumbs={[
      { name: 'Repositories', href: paths.repositories() },
      { name: props.repository.fullName, href: paths.repository(props.repository.id, 'settings') },
      { name: 'Remove' },
    ]}
  >
    <FormProblems errors={props.errors} />
    <Confirm
      title="Remove this repository?"
      to={paths.removeRepository(props.repository.id)}
      action="Remove the repository"
      back={paths.repository(props.repository.id, 'settings')}
      keep="Keep it"
    >
      <p>
        <strong>
          <Theirs>{props.repository.fullName}</Theirs>
        </strong>
      </p>
      <ul class="loses">
        <li>Its webhook address stops answering, and nothing of it is built any more.</li>
        <li>
          {props.repository.nextBuildNumber === 1
            ? 'It has no builds.'
            : 'Its builds, logs and artifacts leave the lists.'}
        </li>
        <li>Its credential, webhook secret and stored configurations are gone.</li>
        <li>The repository itself, where your code is kept, is not touched.</li>
      </ul>
      {props.activeCount > 0 && (
        <Check
          name="force"
          label={`End the ${props.activeCount === 1 ? 'build' : `${props.activeCount} builds`} that it has now`}
          checked={false}
        />
      )}
    </Confirm>
  </Page>
)
