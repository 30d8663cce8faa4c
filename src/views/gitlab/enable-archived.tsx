import type { GitlabInstance } from '../../core/gitlab/instance.ts'
import type { FieldError } from '../../lib/errors.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Button, Form, FormProblems } from '../ui/form.tsx'

type EnableArchivedPageProps = {
  shell: Shell
  instance: GitlabInstance
  /** GitLab's number of it. */
  projectId: string
  errors: readonly FieldError[]
}

/** Asks before an archived project is enabled, and tells why another could not be. */
export const EnableArchivedPage = (props: EnableArchivedPageProps) => {
  const { instance, projectId, errors } = props
  return (
    <Page
      shell={props.shell}
      title="Enable a project"
      width="narrow"
      crumbs={[
        { name: 'Settings', href: paths.settings() },
        { name: 'GitLab', href: paths.gitlab() },
        { name: instance.name, href: paths.gitlabProjects(instance.id) },
        { name: `Project ${projectId}` },
      ]}
    >
      <h1>Enable project {projectId}</h1>
      <FormProblems errors={errors} />
      <p>
        Of an archived project nothing is pushed, and GitLab cannot be told of its builds. They can
        be started by hand all the same.
      </p>
      <Form to={paths.enableProject(instance.id, projectId)}>
        <input type="hidden" name="confirm_archived" value="true" />
        <div class="actions">
          <Button kind="primary">Enable it, archived or not</Button>
          <a class="button button-plain" href={paths.gitlabProjects(instance.id)}>
            Back to the projects
          </a>
        </div>
      </Form>
    </Page>
  )
}
