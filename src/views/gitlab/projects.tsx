import type { GitlabInstance, ListedProject, ProjectList } from '../../core/gitlab/instance.ts'
import type { FieldError } from '../../lib/errors.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Empty } from '../ui/empty.tsx'
import { TextField } from '../ui/field.tsx'
import { Button, ButtonLink, FormProblems, PostButton } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { safeUrl } from '../ui/link.ts'
import { NoticeBox } from '../ui/notice.tsx'
import { Pager } from '../ui/pager.tsx'
import { Middle, Theirs } from '../ui/text.tsx'

type GitlabProjectsPageProps = {
  shell: Shell
  instance: GitlabInstance
  /** Null where GitLab did not tell. */
  list: ProjectList | null
  /** Why not, as a sentence. */
  trouble: string | null
  search: string | null
  errors: readonly FieldError[]
}

/** The projects of an instance, with what they are here. */
export const GitlabProjectsPage = (props: GitlabProjectsPageProps) => {
  const { instance, list, search } = props
  return (
    <Page
      shell={props.shell}
      title="Projects of GitLab"
      crumbs={[
        { name: 'Settings', href: paths.settings() },
        { name: 'GitLab', href: paths.gitlab() },
        { name: instance.name, href: paths.gitlab() },
        { name: 'Projects' },
      ]}
    >
      <header class="page-head">
        <div class="grow">
          <h1>Projects</h1>
          <p class="sub">
            <span>
              Those that{' '}
              <Theirs>
                {instance.username === null ? 'whoever authorized' : `@${instance.username}`}
              </Theirs>{' '}
              is a member of. Enabling one makes its webhook.
            </span>
          </p>
        </div>
      </header>
      <FormProblems errors={props.errors} />
      <search>
        <form class="filters" method="get" action={paths.gitlabProjects(instance.id)} data-tidy="">
          <div class="filters-main">
            <TextField
              name="q"
              label="Search"
              type="search"
              value={search ?? ''}
              placeholder="Group or name"
            />
            <Button>Search</Button>
            {search !== null && (
              <ButtonLink href={paths.gitlabProjects(instance.id)}>Clear</ButtonLink>
            )}
          </div>
        </form>
      </search>
      {list === null ? (
        <Untold instance={instance} trouble={props.trouble ?? ''} search={search} />
      ) : (
        <Listed list={list} search={search} />
      )}
    </Page>
  )
}

type UntoldProps = { instance: GitlabInstance; trouble: string; search: string | null }

const Untold = ({ instance, trouble, search }: UntoldProps) => (
  <>
    <NoticeBox kind="error">
      <Theirs>{trouble}</Theirs>
    </NoticeBox>
    <div class="actions">
      <ButtonLink href={paths.gitlabProjects(instance.id, { q: search })} kind="primary">
        Try again
      </ButtonLink>
      <ButtonLink href={paths.gitlab()}>The settings of GitLab</ButtonLink>
    </div>
  </>
)

const Listed = ({ list, search }: { list: ProjectList; search: string | null }) => {
  const { instance, projects, page, nextPage } = list
  const to = (number: number) => paths.gitlabProjects(instance.id, { q: search, page: number })
  if (projects.length === 0) {
    return search !== null || page > 1 ? (
      <Empty title="No project matches.">
        <ButtonLink href={paths.gitlabProjects(instance.id)}>Show all</ButtonLink>
      </Empty>
    ) : (
      <Empty title="There are no projects.">
        <p>Whoever authorized Oore is a member of none. Authorize as somebody who is.</p>
        <ButtonLink href={paths.gitlab()}>The settings of GitLab</ButtonLink>
      </Empty>
    )
  }
  return (
    <>
      <ProjectRows instance={instance} projects={projects} />
      <Pager
        older={nextPage === null ? null : to(nextPage)}
        newest={page > 1 ? to(page - 1) : null}
        words={{ older: 'Next', newest: 'Back' }}
      />
    </>
  )
}

type RowsProps = { instance: GitlabInstance; projects: readonly ListedProject[] }

const ProjectRows = ({ instance, projects }: RowsProps) => (
  <table class="rows projects">
    <caption class="sr-only">Projects</caption>
    <thead>
      <tr>
        <th>State</th>
        <th>Project</th>
        <th>Role</th>
        <th class="right">Change</th>
      </tr>
    </thead>
    <tbody>
      {projects.map((project) => (
        <tr>
          <td>
            <ProjectState project={project} />
          </td>
          <td class="what">
            <ProjectName project={project} />
            <p>
              Project {project.id}
              {project.isArchived && ' · archived'}
              {project.defaultBranch !== null && (
                <>
                  {' · '}
                  <Middle>{project.defaultBranch}</Middle>
                </>
              )}
            </p>
          </td>
          <td>{project.role ?? 'Not known'}</td>
          <td class="right">
            <Change instance={instance} project={project} />
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

const ProjectState = ({ project }: { project: ListedProject }) =>
  project.isEnabled ? (
    <span class="st success">
      <Icon name="success" />
      Enabled
    </span>
  ) : (
    <span class="st pending">
      <Icon name="pending" />
      {project.repositoryId === null ? 'Not enabled' : 'Paused'}
    </span>
  )

const ProjectName = ({ project }: { project: ListedProject }) => {
  const { repositoryId, fullName, webUrl } = project
  const href = repositoryId === null ? safeUrl(webUrl) : paths.repository(repositoryId)
  return href === null ? (
    <Theirs>{fullName}</Theirs>
  ) : (
    <a href={href} rel="noopener noreferrer">
      <Theirs>{fullName}</Theirs>
    </a>
  )
}

const Change = ({ instance, project }: { instance: GitlabInstance; project: ListedProject }) => {
  if (project.isEnabled) {
    return (
      <PostButton
        to={paths.disableProject(instance.id, project.id)}
        label={`Disable ${project.fullName}`}
      >
        Disable
      </PostButton>
    )
  }
  if (!project.mayEnable) return <span class="muted">Takes the role Maintainer</span>
  return project.isArchived ? (
    <ButtonLink href={paths.enableProject(instance.id, project.id)}>Enable…</ButtonLink>
  ) : (
    <PostButton
      to={paths.enableProject(instance.id, project.id)}
      label={`Enable ${project.fullName}`}
    >
      Enable
    </PostButton>
  )
}
