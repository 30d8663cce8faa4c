import type { GithubConnection } from '../../core/github/app.ts'
import { needsAttention } from '../../core/github/app.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Icon } from '../ui/icon.tsx'
import { Theirs } from '../ui/text.tsx'

type SettingsPageProps = { shell: Shell; github: GithubConnection }

/** What an administrator sets up once, each with how it stands. */
export const SettingsPage = ({ shell, github }: SettingsPageProps) => (
  <Page shell={shell} title="Settings">
    <header class="page-head">
      <h1>Settings</h1>
    </header>
    <ul class="settings-list">
      <li>
        <div class="grow">
          <h2>
            <a href={paths.github()}>GitHub</a>
          </h2>
          <p class="muted">
            One GitHub App for all repositories: pushes and pull requests are built and answered.
          </p>
        </div>
        <GithubState github={github} />
      </li>
    </ul>
  </Page>
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
