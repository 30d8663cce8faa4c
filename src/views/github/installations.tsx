import type { GithubInstallation } from '../../core/github/app.ts'
import type { Millis } from '../../lib/clock.ts'
import { paths } from '../paths.ts'
import { Count } from '../ui/count.tsx'
import { Icon } from '../ui/icon.tsx'
import { plain, Theirs } from '../ui/text.tsx'
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
        <th class="right">On GitHub</th>
      </tr>
    </thead>
    <tbody>
      {installations.map((installation) => (
        <tr>
          <td>
            <State installation={installation} />
          </td>
          <td class="what">
            <a
              href={paths.repositories({ provider: 'github', q: `${installation.account.login}/` })}
            >
              <Theirs>{installation.account.login}</Theirs>
            </a>
            <p>
              {installation.account.type === 'Organization' ? 'Organization' : 'Personal account'}
              {installation.selection === 'all' ? ', all repositories' : ', chosen repositories'}
            </p>
          </td>
          <td class="right">
            <Count count={installation.repositoryCount} one="repository" many="repositories" />
          </td>
          <td class="right">
            {installation.syncedAt === null ? (
              'not yet'
            ) : (
              <Ago at={installation.syncedAt} now={now} />
            )}
          </td>
          <td class="right">
            <OutLink
              href={installation.htmlUrl}
              class="above-row"
              label={`Change what ${plain(installation.account.login)} shares, on GitHub`}
            >
              Change
            </OutLink>
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
