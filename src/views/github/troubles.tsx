import type { GithubApp, GithubInstallation } from '../../core/github/app.ts'
import { paths } from '../paths.ts'
import { PostButton } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Code, Theirs } from '../ui/text.tsx'
import { OutLink } from './out-link.tsx'

type TroublesProps = { app: GithubApp; installations: GithubInstallation[] }

/** All that somebody has to do something about, each with the place to do it. */
export const Troubles = ({ app, installations }: TroublesProps) => (
  <>
    {app.trouble !== null && (
      <NoticeBox kind="error">
        <p>
          <Theirs>{app.trouble}</Theirs>
        </p>
      </NoticeBox>
    )}
    {app.hook.trouble !== null && (
      <NoticeBox kind="warning">
        <p>
          The webhook is not as it should be. <Theirs>{app.hook.trouble}</Theirs>
        </p>
        <PostButton to={paths.resetGithubWebhook()}>Set it right</PostButton>
      </NoticeBox>
    )}
    {(app.missingPermissions.length > 0 || app.missingEvents.length > 0) && (
      <NoticeBox kind="warning">
        <p>
          The App does not ask for all that Oore needs:{' '}
          <Names names={[...app.missingPermissions, ...app.missingEvents]} />. Tick it in the App’s
          “Permissions & events” on GitHub; whoever installed it agrees afterwards.
        </p>
        <p>
          <OutLink href={`${app.settingsUrl}/permissions`}>Permissions of the App</OutLink>
        </p>
      </NoticeBox>
    )}
    {installations.map((installation) => (
      <InstallationTrouble installation={installation} />
    ))}
  </>
)

const InstallationTrouble = ({ installation }: { installation: GithubInstallation }) => (
  <>
    {installation.suspendedAt !== null && (
      <NoticeBox kind="warning">
        <p>
          <Theirs>{installation.account.login}</Theirs> has suspended the App, so its repositories
          are paused. <OutLink href={installation.htmlUrl}>End that on GitHub</OutLink>
        </p>
      </NoticeBox>
    )}
    {installation.syncTrouble !== null && (
      <NoticeBox kind="warning">
        <p>
          <Theirs>{installation.account.login}</Theirs>: <Theirs>{installation.syncTrouble}</Theirs>{' '}
          It is tried again by itself.
        </p>
      </NoticeBox>
    )}
    {installation.missingPermissions.length > 0 && (
      <NoticeBox kind="warning">
        <p>
          <Theirs>{installation.account.login}</Theirs> has not agreed to{' '}
          <Names names={installation.missingPermissions} />.{' '}
          <OutLink href={installation.permissionsUrl}>Its owner agrees here</OutLink>
        </p>
      </NoticeBox>
    )}
  </>
)

const Names = ({ names }: { names: readonly string[] }) => (
  <>
    {names.map((name, index) => (
      <>
        {index > 0 && ', '}
        <Code>{name}</Code>
      </>
    ))}
  </>
)
