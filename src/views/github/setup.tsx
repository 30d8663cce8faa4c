import type { Millis } from '../../lib/clock.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { ButtonLink } from '../ui/form.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Code, Theirs } from '../ui/text.tsx'

type NewGithubAppPageProps = {
  shell: Shell
  /** Where the form goes: to GitHub. */
  action: string
  /** The App that is asked for, as JSON. */
  manifest: string
  name: string
  permissions: Readonly<Record<string, string>>
  organization: string | null
  warning: string | null
  minutesLeft: number
}

/** From here a browser goes to GitHub, with what the App is to be in its hands. */
export const NewGithubAppPage = (props: NewGithubAppPageProps) => (
  <Page shell={props.shell} title="Connect GitHub" width="narrow">
    <h1>Create the GitHub App</h1>
    {props.warning !== null && (
      <NoticeBox kind="warning">
        <p>
          <Theirs>{props.warning}</Theirs>
        </p>
      </NoticeBox>
    )}
    <p class="lead">
      GitHub shows you the App “<Theirs>{props.name}</Theirs>” and asks you to create it
      {props.organization === null ? (
        ' in your own account'
      ) : (
        <>
          {' '}
          in <Theirs>{props.organization}</Theirs>
        </>
      )}
      . Then you choose the repositories that Oore is to build.
    </p>
    <p>It asks for no more than this:</p>
    <ul class="loses">
      {Object.entries(props.permissions).map(([name, level]) => (
        <li>
          <Code>{`${name}: ${level}`}</Code> {purposes[name] ?? ''}
        </li>
      ))}
    </ul>
    <section class="section" aria-label="Go on">
      <form method="post" action={props.action} class="stack">
        <input type="hidden" name="manifest" value={props.manifest} />
        <div class="actions">
          <button type="submit" class="button button-primary">
            Go on to GitHub
          </button>
        </div>
      </form>
    </section>
    <p class="muted">
      {props.minutesLeft === 1
        ? 'This page is good for a minute, in this browser.'
        : `This page is good for ${props.minutesLeft} minutes, in this browser.`}
    </p>
  </Page>
)

const purposes: Record<string, string> = {
  contents: 'to clone what is built',
  metadata: 'to know the repositories by name',
  checks: 'to answer on commits, with a button to build again',
  statuses: 'to answer where checks are not possible',
  pull_requests: 'to write one comment on each pull request',
  members: 'to let members of an organization sign in',
  emails: 'to know who signs in',
}

type GithubInstalledPageProps = {
  shell: Shell
  title: string
  text: string
  kind: 'success' | 'info' | 'warning'
}

/** Where a browser ends that comes from installing the App. It may be nobody's that is signed in here. */
export const GithubInstalledPage = ({ shell, title, text, kind }: GithubInstalledPageProps) => (
  <Page shell={shell} title={title} width="narrow">
    <h1>{title}</h1>
    <NoticeBox kind={kind}>
      <p>
        <Theirs>{text}</Theirs>
      </p>
    </NoticeBox>
    <div class="actions">
      {shell.may('connection.read') ? (
        <ButtonLink href={paths.github()} kind="primary">
          To the settings of GitHub
        </ButtonLink>
      ) : (
        <p class="muted">You may close this window.</p>
      )}
    </div>
  </Page>
)

type GithubSetupFailedPageProps = { shell: Shell; message: string }

/** A trip to GitHub that did not end well: why, and how to begin again. */
export const GithubSetupFailedPage = ({ shell, message }: GithubSetupFailedPageProps) => (
  <Page shell={shell} title="GitHub was not connected" width="narrow">
    <h1>GitHub was not connected</h1>
    <NoticeBox kind="error">
      <p>
        <Theirs>{message}</Theirs>
      </p>
    </NoticeBox>
    <div class="actions">
      <ButtonLink href={paths.github()} kind="primary">
        Begin again
      </ButtonLink>
    </div>
    <p class="muted">
      Where it was begun in a terminal, run <Code>oore github setup</Code> again.
    </p>
  </Page>
)

/** Whole minutes that are left, one at least. */
export const minutesUntil = (endsAt: Millis, now: Millis): number =>
  Math.max(1, Math.floor((endsAt - now) / 60_000))
