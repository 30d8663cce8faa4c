import type { GithubApp, GithubConnection, GithubInstallation } from '../../core/github/app.ts'
import type { FieldError } from '../../lib/errors.ts'
import type { Millis } from '../../lib/clock.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Copy } from '../ui/copy.tsx'
import { Empty } from '../ui/empty.tsx'
import { ButtonLink, FormProblems, PostButton } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Live } from '../ui/live.tsx'
import { Code, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { ConnectForm } from './connect.tsx'
import { InstallationRows } from './installations.tsx'
import { OutLink } from './out-link.tsx'
import { Troubles } from './troubles.tsx'

type GithubPageProps = {
  shell: Shell
  github: GithubConnection
  /** What was typed where it was refused. */
  organization: string
  errors: readonly FieldError[]
  now: Millis
}

/** The GitHub App: whether it works, who has it, and what to do where something is missing. */
export const GithubPage = ({ shell, github, organization, errors, now }: GithubPageProps) => (
  <Page
    shell={shell}
    title="GitHub"
    crumbs={[{ name: 'Settings', href: paths.settings() }, { name: 'GitHub' }]}
  >
    {github.app === null ? (
      <NotConnected organization={organization} errors={errors} />
    ) : (
      <Connected app={github.app} installations={github.installations} errors={errors} now={now} />
    )}
  </Page>
)

const NotConnected = ({
  organization,
  errors,
}: Pick<GithubPageProps, 'organization' | 'errors'>) => (
  <>
    <header class="page-head">
      <h1>GitHub</h1>
    </header>
    <FormProblems errors={errors} />
    <Empty title="GitHub is not connected yet.">
      <p>
        Oore makes a GitHub App of your own. You agree to it on GitHub, choose the repositories, and
        every push and pull request is built and answered from then on.
      </p>
    </Empty>
    <section class="section" aria-labelledby="connect-title">
      <h2 id="connect-title">Connect</h2>
      <ConnectForm organization={organization} errors={errors} />
    </section>
  </>
)

type ConnectedProps = {
  app: GithubApp
  installations: GithubInstallation[]
  errors: readonly FieldError[]
  now: Millis
}

const Connected = ({ app, installations, errors, now }: ConnectedProps) => (
  <Live id="github-app" path={paths.github()} lively={installations.length === 0}>
    <header class="page-head">
      <div class="grow">
        <h1>GitHub</h1>
        <p class="sub">
          {app.trouble === null ? (
            <span class="st success">
              <Icon name="success" />
              Connected
            </span>
          ) : (
            <span class="st failure">
              <Icon name="failure" />
              Does not work
            </span>
          )}
          <OutLink href={app.htmlUrl}>{app.name}</OutLink>
          <span>
            of <Theirs>{app.owner.login}</Theirs>
          </span>
        </p>
      </div>
      <PostButton to={paths.syncGithub()}>Sync now</PostButton>
      <OutButton href={app.installUrl}>Choose repositories</OutButton>
    </header>
    <FormProblems errors={errors} />
    <Troubles app={app} installations={installations} />
    <section class="section" aria-labelledby="installations-title">
      <h2 id="installations-title">Installed on</h2>
      {installations.length === 0 ? (
        <Empty title="Not installed anywhere yet.">
          <p>
            Choose on GitHub which repositories Oore is to build. They appear here by themselves.
          </p>
          <OutButton href={app.installUrl}>Install it on GitHub</OutButton>
        </Empty>
      ) : (
        <InstallationRows installations={installations} now={now} />
      )}
    </section>
    <Webhook app={app} now={now} />
    <section class="section danger-zone" aria-labelledby="disconnect-title">
      <h2 id="disconnect-title">Disconnect</h2>
      <p>Oore forgets the App and its keys. The next page says what is lost.</p>
      <ButtonLink href={paths.disconnectGithub()} kind="danger">
        Disconnect…
      </ButtonLink>
    </section>
  </Live>
)

const OutButton = ({ href, children }: { href: string; children: string }) => (
  <OutLink href={href} class="button button-primary">
    {children}
  </OutLink>
)

const Webhook = ({ app, now }: { app: GithubApp; now: Millis }) => (
  <section class="section" aria-labelledby="webhook-title">
    <h2 id="webhook-title">Webhook</h2>
    <dl class="pairs">
      <dt>Address</dt>
      <dd>
        <code class="breakable">{app.hook.url}</code>
        <Copy text={app.hook.url} label="Copy the webhook address" />
      </dd>
      <dt>At GitHub</dt>
      <dd>
        {app.checkedAt === null ? (
          'Not looked at yet.'
        ) : (
          <>
            <span class="breakable">
              <Theirs>{app.hook.trouble ?? 'As it should be.'}</Theirs>
            </span>{' '}
            <span class="muted">
              Looked at <Ago at={app.checkedAt} now={now} />.
            </span>
          </>
        )}
      </dd>
      <dt>Last delivery</dt>
      <dd>
        {app.hook.lastDelivery === null ? (
          'None has come yet.'
        ) : (
          <>
            <a href={paths.webhook(app.hook.lastDelivery.id)}>
              <Code>{app.hook.lastDelivery.event}</Code>
            </a>{' '}
            <Ago at={app.hook.lastDelivery.at} now={now} />
          </>
        )}
      </dd>
      <dt>Secret</dt>
      <dd>
        {app.hook.previousSecretUntil === null
          ? 'Stored encrypted.'
          : 'Replaced: the one before is good for an hour.'}{' '}
        <PostButton to={paths.resetGithubWebhook()} kind="quiet">
          Set address and a new secret at GitHub
        </PostButton>
      </dd>
    </dl>
  </section>
)
