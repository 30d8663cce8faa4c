import type { GitlabInstance } from '../../core/gitlab/instance.ts'
import type { FieldError } from '../../lib/errors.ts'
import type { Millis } from '../../lib/clock.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Empty } from '../ui/empty.tsx'
import { InstanceSection } from './instance-section.tsx'
import { RegisterForm, type RegisterValues } from './register-form.tsx'

type GitlabPageProps = {
  shell: Shell
  instances: readonly GitlabInstance[]
  /** What the application at GitLab has to be entered with. */
  redirectUris: readonly string[]
  values: RegisterValues
  errors: readonly FieldError[]
  now: Millis
}

/** GitLab instances: how each stands, and the form that registers another. */
export const GitlabPage = (props: GitlabPageProps) => (
  <Page
    shell={props.shell}
    title="GitLab"
    crumbs={[{ name: 'Settings', href: paths.settings() }, { name: 'GitLab' }]}
  >
    <header class="page-head">
      <div class="grow">
        <h1>GitLab</h1>
        <p class="sub">
          gitlab.com and instances of your own: connected once, their projects are enabled here with
          their webhooks.
        </p>
      </div>
    </header>
    {props.instances.length === 0 && (
      <Empty title="No GitLab is connected yet.">
        <p>Make an application there, and register it below.</p>
      </Empty>
    )}
    {props.instances.map((instance) => (
      <InstanceSection instance={instance} now={props.now} />
    ))}
    <RegisterForm
      redirectUris={props.redirectUris}
      values={props.values}
      errors={props.errors}
      isFirst={props.instances.length === 0}
    />
  </Page>
)
