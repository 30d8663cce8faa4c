import { aboutProvider } from '../../core/repositories/repository.ts'
import type { Identity } from '../../core/users/user.ts'
import type { Millis } from '../../lib/clock.ts'
import { Middle, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'

type IdentitiesProps = { identities: readonly Identity[]; now: Millis }

/** What somebody signs in with. */
export const Identities = ({ identities, now }: IdentitiesProps) =>
  identities.length === 0 ? (
    <p class="muted">None yet: the first sign-in with their verified e-mail address adds one.</p>
  ) : (
    <table class="rows">
      <caption class="sr-only">Accounts to sign in with</caption>
      <thead>
        <tr>
          <th>Where</th>
          <th>Account</th>
          <th class="right">Last used</th>
        </tr>
      </thead>
      <tbody>
        {identities.map(({ provider, instance, login, externalId, lastSignedInAt }) => (
          <tr>
            <td>
              {aboutProvider(provider).name}
              <p class="muted">
                <Middle>{instance}</Middle>
              </p>
            </td>
            <td class="what">
              <Theirs>{login}</Theirs>
              <p>
                Number <Theirs>{externalId}</Theirs>
              </p>
            </td>
            <td class="right">
              {lastSignedInAt === null ? (
                <span class="muted">Never</span>
              ) : (
                <Ago at={lastSignedInAt} now={now} />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
