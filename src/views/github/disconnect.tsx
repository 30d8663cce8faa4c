import type { GithubConnection } from '../../core/github/app.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Confirm } from '../ui/confirm.tsx'
import { Theirs } from '../ui/text.tsx'
import { OutLink } from './out-link.tsx'

type DisconnectPageProps = { shell: Shell; github: GithubConnection }

/** Asks before GitHub is disconnected, and says what is lost. */
export const DisconnectGithubPage = ({
  shell,
  github: { app, installations },
}: DisconnectPageProps) => (
  <Page
    shell={shell}
    title="Disconnect GitHub"
    width="narrow"
    crumbs={[
      { name: 'Settings', href: paths.settings() },
      { name: 'GitHub', href: paths.github() },
      { name: 'Disconnect' },
    ]}
  >
    {app === null ? (
      <p>GitHub is not connected.</p>
    ) : (
      <Confirm
        title="Disconnect GitHub?"
        to={paths.disconnectGithub()}
        action="Disconnect GitHub"
        back={paths.github()}
        keep="Keep it"
      >
        <p>
          <strong>
            <Theirs>{app.name}</Theirs>
          </strong>
        </p>
        <ul class="loses">
          <li>{sentenceOf(installations.reduce((sum, one) => sum + one.repositoryCount, 0))}</li>
          <li>Their builds, logs and artifacts stay, and so do their settings.</li>
          <li>Who signs in with GitHub cannot do so any more.</li>
          <li>The keys of the App are gone from here for good.</li>
          <li>
            The App itself stays on GitHub. Delete it there:{' '}
            <OutLink href={`${app.settingsUrl}/advanced`}>the App’s settings</OutLink>.
          </li>
        </ul>
      </Confirm>
    )}
  </Page>
)

const sentenceOf = (count: number): string =>
  count === 1
    ? '1 repository is paused: nothing of it is built or answered.'
    : `${count} repositories are paused: nothing of them is built or answered.`
