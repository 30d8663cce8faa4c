import type { Child } from '#jsx/jsx-runtime'
import { type GithubConnection, needsAttention } from '../../core/github/app.ts'
import { type GitlabInstance, instanceNeedsAttention } from '../../core/gitlab/instance.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Icon } from '../ui/icon.tsx'
import { Theirs } from '../ui/text.tsx'

export type Connections = { github: GithubConnection; gitlab: readonly GitlabInstance[] }

/** Connections are null for who may not see them. */
type SettingsPageProps = { shell: Shell; connections: Connections | null }

/** What is set up once, each part with how it stands. */
export const SettingsPage = ({ shell, connections }: SettingsPageProps) => (
  <Page shell={shell} title="Settings">
    <header class="page-head">
      <h1>Settings</h1>
    </header>
    <ul class="settings-list">
      {connections !== null && (
        <>
          <Part
            name="GitHub"
            href={paths.github()}
            text="One GitHub App for all repositories: pushes and pull requests are built and answered."
          >
            <GithubState github={connections.github} />
          </Part>
          <Part
            name="GitLab"
            href={paths.gitlab()}
            text="gitlab.com and instances of your own: their projects are enabled one by one."
          >
            <GitlabState instances={connections.gitlab} />
          </Part>
        </>
      )}
      {shell.may('variable.read') && (
        <Part
          name="Variables"
          href={paths.variables(null)}
          text="Secrets and other variables of builds, in groups or for every build."
        />
      )}
      {shell.may('signing.read') && (
        <Part
          name="Signing"
          href={paths.signing()}
          text="Certificates, profiles, keystores and keys of App Store Connect, and what fits what."
        />
      )}
      {shell.may('person.read') && (
        <Part
          name="People"
          href={paths.people()}
          text="Who may enter, by invitation or as a member of a group, and with which role."
        />
      )}
      {connections !== null && (
        <Part
          name="Address"
          href={paths.address()}
          text="Where forges deliver webhooks to, and whether they can reach it."
        />
      )}
    </ul>
  </Page>
)

type PartProps = { name: string; href: string; text: string; children?: Child }

const Part = ({ name, href, text, children }: PartProps) => (
  <li>
    <div class="grow">
      <h2>
        <a href={href}>{name}</a>
      </h2>
      <p class="muted">{text}</p>
    </div>
    {children}
  </li>
)

const GithubState = ({ github }: { github: GithubConnection }) =>
  github.app === null ? (
    <span class="st pending">
      <Icon name="plug" />
      Not connected
    </span>
  ) : needsAttention(github) ? (
    <span class="st caution">
      <Icon name="warning" />
      Needs attention
    </span>
  ) : (
    <span class="st success">
      <Icon name="success" />
      <span>
        Connected: <Theirs>{github.app.name}</Theirs>
      </span>
    </span>
  )

const GitlabState = ({ instances }: { instances: readonly GitlabInstance[] }) => {
  if (instances.length === 0) {
    return (
      <span class="st pending">
        <Icon name="plug" />
        Not connected
      </span>
    )
  }
  return instances.some(instanceNeedsAttention) ? (
    <span class="st caution">
      <Icon name="warning" />
      Needs attention
    </span>
  ) : (
    <span class="st success">
      <Icon name="success" />
      <span>
        Connected: <Theirs>{instances.map(({ name }) => name).join(', ')}</Theirs>
      </span>
    </span>
  )
}
