import type { Build } from '../../core/builds/build.ts'
import type { Delivery } from '../../core/deliveries/delivery.ts'
import {
  aboutProvider,
  type HookHealth,
  type Provider,
  type Repository,
} from '../../core/repositories/repository.ts'
import type { Millis } from '../../lib/clock.ts'
import { BuildRows } from '../builds/rows.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Copy } from '../ui/copy.tsx'
import { Empty } from '../ui/empty.tsx'
import { ButtonLink, PostButton } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { DeliveryRows } from '../webhooks/rows.tsx'
import { WebhookGuide } from './webhook-guide.tsx'

export type OverviewTabProps = {
  repository: Repository
  /** Where deliveries go. */
  webhookUrl: string
  /** The secret, in the one answer after it was made; null ever after. */
  newSecret: string | null
  /** The newest builds, a handful. */
  builds: Build[]
  /** The newest deliveries, a handful; null where this reader may not see them. */
  deliveries: Delivery[] | null
  may: Shell['may']
  now: Millis
}

/** How pushes reach Oore, what came lately, and what became of it. */
export const OverviewTab = (props: OverviewTabProps) => (
  <>
    {props.newSecret !== null && <NewSecret secret={props.newSecret} />}
    <section class="section" aria-labelledby="latest-title">
      <div class="section-head">
        <h2 id="latest-title">Latest builds</h2>
        {props.builds.length > 0 && (
          <a href={paths.repository(props.repository.id, 'builds')}>All builds</a>
        )}
      </div>
      {props.builds.length > 0 ? (
        <BuildRows
          builds={props.builds}
          now={props.now}
          caption="Latest builds"
          withRepository={false}
        />
      ) : (
        <Empty title="Not built yet.">
          <p>
            {props.repository.isConnected
              ? 'Push, or start the first build by hand.'
              : 'Set up the webhook below and push, or start the first build by hand.'}
          </p>
          {props.may('build.trigger') && (
            <ButtonLink href={paths.trigger(props.repository.id)}>Start a build</ButtonLink>
          )}
        </Empty>
      )}
    </section>
    {props.repository.isConnected && (
      <Connected provider={props.repository.provider} may={props.may} />
    )}
    <Webhook
      repository={props.repository}
      url={props.webhookUrl}
      secret={props.newSecret}
      may={props.may}
      now={props.now}
    />
    {props.deliveries !== null && (
      <LastDeliveries repository={props.repository} deliveries={props.deliveries} now={props.now} />
    )}
  </>
)

type LastDeliveriesProps = { repository: Repository; deliveries: Delivery[]; now: Millis }

const LastDeliveries = ({ repository, deliveries, now }: LastDeliveriesProps) => (
  <section class="section" aria-labelledby="deliveries-title">
    <div class="section-head">
      <h2 id="deliveries-title">Last deliveries</h2>
      {deliveries.length > 0 && (
        <a href={paths.webhooks({ repository: repository.id })}>All deliveries</a>
      )}
    </div>
    {deliveries.length > 0 ? (
      <DeliveryRows deliveries={deliveries} now={now} withRepository={false} />
    ) : (
      <Empty title="Nothing has arrived yet.">
        <p>Each call to the webhook is listed here with what became of it, also the refused.</p>
      </Empty>
    )}
  </section>
)

const NewSecret = ({ secret }: { secret: string }) => (
  <NoticeBox kind="success">
    <p>
      <strong>This is the webhook secret. Copy it now: it is not shown again.</strong>
    </p>
    <p class="secret">
      <code class="breakable">{secret}</code>
      <Copy text={secret} label="Copy the webhook secret" />
    </p>
  </NoticeBox>
)

const isOverlapping = ({ previousSecretUntil }: HookHealth, now: Millis): boolean =>
  previousSecretUntil !== null && previousSecretUntil > now

/** Does the hook work? What went wrong is said until a delivery proves itself again. */
const HookState = ({ hook, now }: { hook: HookHealth; now: Millis }) => (
  <>
    {hook.failedAt !== null && (
      <p>
        <span class="st failure">
          <Icon name="failure" /> Refused
        </span>{' '}
        <Ago at={hook.failedAt} now={now} />. <Theirs>{hook.failure ?? ''}</Theirs>
      </p>
    )}
    {hook.verifiedAt === null ? (
      <span class="muted">Nothing has arrived yet that proves the secret.</span>
    ) : (
      <p>
        <span class={hook.failedAt === null ? 'st success' : 'st cancelled'}>
          <Icon name={hook.failedAt === null ? 'success' : 'cancelled'} /> Verified
        </span>{' '}
        <Ago at={hook.verifiedAt} now={now} />
      </p>
    )}
  </>
)

/** A connection tells of pushes, so that a hook of the repository's own is not needed. */
const Connected = ({ provider, may }: { provider: Provider; may: Shell['may'] }) => (
  <section class="section" aria-labelledby="connected-title">
    <h2 id="connected-title">How pushes are told</h2>
    <p>
      <span class="st success">
        <Icon name="success" />{' '}
        {provider === 'github'
          ? 'By the GitHub App'
          : `By the connection to ${aboutProvider(provider).name}`}
      </span>
    </p>
    <p class="muted">
      It tells of pushes and requests to merge, and gives the tokens for cloning. Nothing needs to
      be set up here.{' '}
      {provider === 'github' && may('connection.read') && (
        <a href={paths.github()}>How the GitHub App stands</a>
      )}
    </p>
  </section>
)

type WebhookProps = {
  repository: Repository
  url: string
  secret: string | null
  may: Shell['may']
  now: Millis
}

const Webhook = ({ repository, url, secret, may, now }: WebhookProps) => (
  <section class="section" aria-labelledby="webhook-title">
    <h2 id="webhook-title">{repository.isConnected ? 'Webhook of its own' : 'Webhook'}</h2>
    <dl class="pairs">
      <dt>Address</dt>
      <dd>
        <code class="breakable">{url}</code>
        <Copy text={url} label="Copy the webhook address" />
      </dd>
      <dt>Secret</dt>
      <dd>
        {repository.hasWebhookSecret
          ? 'Set. It is not shown again.'
          : repository.isConnected
            ? 'None, and none is needed.'
            : 'None yet, so every call is refused.'}{' '}
        {may('repository.change') && (
          <PostButton to={paths.rotateSecret(repository.id)} kind="quiet">
            {repository.hasWebhookSecret ? 'Replace it' : 'Make one'}
          </PostButton>
        )}
        {isOverlapping(repository.hook, now) && (
          <div class="muted">
            The one before is good for an hour after it was replaced.{' '}
            {may('repository.change') && (
              <PostButton to={paths.voidPreviousSecret(repository.id)} kind="quiet">
                Refuse it now
              </PostButton>
            )}
          </div>
        )}
      </dd>
      <dt>Health</dt>
      <dd>
        <HookState hook={repository.hook} now={now} />
      </dd>
    </dl>
    {!repository.isConnected && (
      <WebhookGuide provider={repository.provider} url={url} secret={secret} />
    )}
  </section>
)
