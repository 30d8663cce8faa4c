import type { GitlabInstance } from '../../core/gitlab/instance.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Confirm } from '../ui/confirm.tsx'
import { Theirs } from '../ui/text.tsx'

type DisconnectGitlabPageProps = { shell: Shell; instance: GitlabInstance }

/** Asks before an instance is disconnected and says what is lost. */
export const DisconnectGitlabPage = ({ shell, instance }: DisconnectGitlabPageProps) => (
  <Page
    shell={shell}
    title="Disconnect a GitLab"
    width="narrow"
    crumbs={[
      { name: 'Settings', href: paths.settings() },
      { name: 'GitLab', href: paths.gitlab() },
      { name: instance.name, href: paths.gitlab() },
      { name: 'Disconnect' },
    ]}
  >
    <Confirm
      title="Disconnect this GitLab?"
      to={paths.disconnectGitlab(instance.id)}
      action="Disconnect"
      back={paths.gitlab()}
      keep="Keep it"
    >
      <p>
        <strong>
          <Theirs>{instance.name}</Theirs>
        </strong>
      </p>
      <ul class="loses">
        <li>
          {instance.projectCount === 0
            ? 'No project of it is enabled.'
            : `Its ${instance.projectCount === 1 ? 'enabled project is' : `${instance.projectCount} enabled projects are`} paused: nothing of them is built any more.`}
        </li>
        <li>Their webhooks are removed from GitLab, as far as it can be reached.</li>
        <li>The token is given back, and the application’s ID and secret are forgotten.</li>
        <li>Repositories stay here with their builds, logs and artifacts.</li>
      </ul>
    </Confirm>
  </Page>
)
