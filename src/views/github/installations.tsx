import type { GithubInstallation } from '../../core/github/app.ts'
import type { Millis } from '../../lib/clock.ts'
import { paths } from '../paths.ts'
import { Count } from '../ui/count.tsx'
import { Icon } from '../ui/icon.tsx'
import { Ago } from '../ui/time.tsx'
import { OutLink } from './out-link.tsx'

type InstallationRowsProps = { installations: GithubInstallation[]; now: Millis }

/** The accounts that have the App, one row each. */
export const InstallationRows = ({ installations, now }: InstallationRowsProps) => (
  <table class="rows installations">
    <caption class="sr-only">Accounts that have the GitHub App</caption>
    <thead>
      <tr>
        <th>State</th>
        <th>Account</th>
        <th class="right">Repositories</th>
        <th class="right">Synced</th>
      </tr>
    </thead>
    <tbody>
      {installations.map((installation) => (
        <tr>
          <td>
            <State installation={installation} />
          </td>
          <td class="what">
            <OutLink href={installation.htmlUrl}>{installation.account.login}</OutLink>
            <p>
              {installation.account.type === 'Organization' ? 'Organization' : 'Personal account'}
              {installation.selection === 'all' ? ', all repositories' : ', chosen repositories'}
            </p>
          </td>
          <td class="right">
            <a
              href={paths.repositories({ provider: 'github', q: `${installation.account.login}/` })}
            >
              <Count count={installation.repositoryCount} one="repository" many="repositories" />
            </a>
          </td>
          <td class="right">
            {installation.syncedAt === null ? (
              'not yet'
            ) : (
              <Ago at={installation.syncedAt} now={now} />
            )}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)

const State = ({ installation }: { installation: GithubInstallation }) =>
  installation.suspendedAt !== null ? (
    <span class="st cancelled">
      <Icon name="cancelled" />
      Suspended
    </span>
  ) : installation.syncTrouble !== null || installation.missingPermissions.length > 0 ? (
    <span class="st caution">
      <Icon name="warning" />
      Needs attention
    </span>
  ) : (
    <span class="st success">
      <Icon name="success" />
      Active
    </span>
  )
