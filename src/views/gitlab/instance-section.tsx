import { type GitlabInstance, type GitlabState, warningOf } from '../../core/gitlab/instance.ts'
import type { Millis } from '../../lib/clock.ts'
import { paths } from '../paths.ts'
import { ButtonLink, PostButton } from '../ui/form.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Code, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'

type SectionProps = { instance: GitlabInstance; now: Millis }

/** One instance: who authorized, how long that lasts, what is wrong, and what can be done. */
export const InstanceSection = ({ instance, now }: SectionProps) => {
  const warning = warningOf(instance)
  const titleId = `instance-${instance.id}`
  return (
    <section class="section" aria-labelledby={titleId}>
      <div class="section-head">
        <h2 id={titleId}>
          <Theirs>{instance.name}</Theirs>
        </h2>
        <State state={instance.state} hasTrouble={instance.trouble !== null} />
      </div>
      {warning !== null && (
        <NoticeBox kind="warning">
          <Theirs>{warning}</Theirs>
        </NoticeBox>
      )}
      {instance.trouble !== null && (
        <NoticeBox kind="error">
          <Theirs>{instance.trouble}</Theirs>
        </NoticeBox>
      )}
      {instance.missingScopes.length > 0 && (
        <NoticeBox kind="warning">
          The token lacks the scopes {instance.missingScopes.join(', ')}. Tick them in the
          application at GitLab, and authorize again.
        </NoticeBox>
      )}
      <Pairs instance={instance} now={now} />
      <Actions instance={instance} />
    </section>
  )
}

const Pairs = ({ instance, now }: SectionProps) => (
  <dl class="pairs">
    <dt>Address</dt>
    <dd>
      <Code>{instance.url}</Code>
    </dd>
    <dt>Authorized by</dt>
    <dd>
      {instance.username === null ? (
        <span class="muted">{instance.state === 'connected' ? 'Not known' : 'Nobody yet'}</span>
      ) : (
        <Theirs>{`@${instance.username}`}</Theirs>
      )}
    </dd>
    <dt>Token</dt>
    <dd>
      <TokenState instance={instance} now={now} />
    </dd>
    {instance.scopes !== null && (
      <>
        <dt>Scopes</dt>
        <dd>
          <Theirs>{instance.scopes.join(', ')}</Theirs>
        </dd>
      </>
    )}
    <dt>Application</dt>
    <dd>
      <Code>{instance.clientId}</Code>
    </dd>
    <dt>Version</dt>
    <dd>
      {instance.version === null ? (
        <span class="muted">Not known yet</span>
      ) : (
        <Theirs>{instance.version}</Theirs>
      )}
    </dd>
    <dt>Last looked at</dt>
    <dd>
      {instance.checkedAt === null ? (
        <span class="muted">Never</span>
      ) : (
        <Ago at={instance.checkedAt} now={now} />
      )}
    </dd>
    <dt>Enabled projects</dt>
    <dd class="num">{instance.projectCount}</dd>
  </dl>
)

/** A token that ends soon is no trouble: it is refreshed before. */
const TokenState = ({ instance, now }: SectionProps) => {
  if (instance.state !== 'connected') return <span class="muted">None</span>
  if (instance.expiresAt === null) return <>Does not expire</>
  return instance.expiresAt > now ? (
    <>
      Good for {Math.ceil((instance.expiresAt - now) / 60_000)} more minutes, and refreshed before
      they are over
    </>
  ) : (
    <span class="st failure">
      <Icon name="failure" /> Expired <Ago at={instance.expiresAt} now={now} />
    </span>
  )
}

const Actions = ({ instance }: { instance: GitlabInstance }) => (
  <div class="actions">
    {instance.state === 'connected' && (
      <ButtonLink href={paths.gitlabProjects(instance.id)} kind="primary">
        Projects
      </ButtonLink>
    )}
    <PostButton
      to={paths.authorizeGitlab(instance.id)}
      kind={instance.state === 'connected' ? 'plain' : 'primary'}
    >
      {instance.state === 'registered' ? 'Authorize' : 'Authorize again'}
    </PostButton>
    {instance.state === 'connected' && (
      <PostButton to={paths.refreshGitlab(instance.id)}>Refresh the token</PostButton>
    )}
    <ButtonLink href={paths.disconnectGitlab(instance.id)} kind="danger">
      Disconnect…
    </ButtonLink>
  </div>
)

const looks: Record<GitlabState, { look: string; icon: IconName; word: string }> = {
  registered: { look: 'pending', icon: 'pending', word: 'Not authorized yet' },
  connected: { look: 'success', icon: 'success', word: 'Connected' },
  reauthorize: { look: 'failure', icon: 'failure', word: 'To be authorized again' },
}

const State = ({ state, hasTrouble }: { state: GitlabState; hasTrouble: boolean }) => {
  const { look, icon, word } =
    state === 'connected' && hasTrouble
      ? { look: 'caution', icon: 'warning' as const, word: 'Connected, with trouble' }
      : looks[state]
  return (
    <span class={`st ${look}`}>
      <Icon name={icon} />
      {word}
    </span>
  )
}
