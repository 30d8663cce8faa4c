import { type Delivery, mayRedeliver } from '../../core/deliveries/delivery.ts'
import type { Millis } from '../../lib/clock.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Copy } from '../ui/copy.tsx'
import { PostButton } from '../ui/form.tsx'
import { Icon } from '../ui/icon.tsx'
import { Source } from '../ui/source.tsx'
import { DeliveryVerdict } from '../ui/status.tsx'
import { Middle, Theirs, plain } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { readReason } from './reason.ts'

type WebhookPageProps = { shell: Shell; delivery: Delivery; now: Millis }

/** One delivery: its verdict, what it led to, and its payload. */
export const WebhookPage = ({ shell, delivery, now }: WebhookPageProps) => (
  <Page
    shell={shell}
    title={`${plain(delivery.event)} delivery`}
    crumbs={[{ name: 'Webhooks', href: paths.webhooks() }, { name: delivery.event }]}
  >
    <header class="page-head">
      <div class="grow">
        <h1>
          <DeliveryVerdict status={delivery.status} event={delivery.event} />
        </h1>
        <Verdict reason={delivery.reason} />
      </div>
      {mayRedeliver(delivery.status) && (
        <PostButton to={paths.redeliver(delivery.id)}>Process it again</PostButton>
      )}
    </header>
    <dl class="pairs">
      <dt>Event</dt>
      <dd>
        <code>
          <Theirs>{delivery.event}</Theirs>
        </code>
      </dd>
      <dt>Repository</dt>
      <dd>
        {delivery.repositoryId === null ? (
          <span class="muted">None</span>
        ) : (
          <a href={paths.repository(delivery.repositoryId)}>
            <Middle>{delivery.repository ?? delivery.repositoryId}</Middle>
          </a>
        )}
      </dd>
      <dt>Builds</dt>
      <dd>
        <DeliveryBuilds buildIds={delivery.buildIds} />
      </dd>
      <dt>Received</dt>
      <dd>
        <Ago at={delivery.receivedAt} now={now} />
        {delivery.processedAt !== null && (
          <span class="muted">
            , read <Ago at={delivery.processedAt} now={now} />
          </span>
        )}
      </dd>
      <dt>From</dt>
      <dd>
        <code>{delivery.sourceIp}</code>
      </dd>
      <dt>Delivery id</dt>
      <dd>
        <code class="breakable">
          <Theirs>{delivery.deliveryId}</Theirs>
        </code>
        <Copy text={delivery.deliveryId} label="Copy the delivery id" />
      </dd>
    </dl>
    {Object.keys(delivery.headers).length > 0 && (
      <section class="section" aria-labelledby="headers-title">
        <h2 id="headers-title">Headers</h2>
        <dl class="pairs">
          {Object.entries(delivery.headers).map(([name, value]) => (
            <>
              <dt>
                <code>{name}</code>
              </dt>
              <dd>
                <code class="breakable">
                  <Theirs>{value}</Theirs>
                </code>
              </dd>
            </>
          ))}
        </dl>
        <p class="muted">Those that Oore reads, without what proves the delivery.</p>
      </section>
    )}
    <section class="section" aria-labelledby="payload-title">
      <h2 id="payload-title">Payload</h2>
      <Source text={readable(delivery.payload)} label="Body of the call" />
    </section>
  </Page>
)

function Verdict({ reason }: { reason: string }) {
  const read = readReason(reason)
  return read.is === 'text' ? (
    <p class="verdict lines">
      <Theirs>{read.text || 'It was stored and is read now.'}</Theirs>
    </p>
  ) : (
    <div class="verdict">
      <p>
        <Theirs>{read.by}</Theirs>
      </p>
      <ul class="verdicts">
        {read.verdicts.map(({ started, text }) => (
          <li class={started ? 'started' : undefined}>
            <span class={started ? 'st success' : 'st skipped'}>
              <Icon name={started ? 'check' : 'skipped'} />
            </span>
            <Theirs>{text}</Theirs>
          </li>
        ))}
      </ul>
    </div>
  )
}

const DeliveryBuilds = ({ buildIds }: { buildIds: string[] }) =>
  buildIds.length === 0 ? (
    <span class="muted">None</span>
  ) : (
    <ul class="inline-list">
      {buildIds.map((id) => (
        <li>
          <a href={paths.build(id)}>
            <code>{id}</code>
          </a>
        </li>
      ))}
    </ul>
  )

/** Beyond this a payload is shown as it came, and cut. Characters. */
const shownLength = 100_000

/** JSON with indentation where it is JSON. */
function readable(payload: string): string {
  if (payload.length > shownLength) {
    return `${payload.slice(0, shownLength)}\n… and ${payload.length - shownLength} characters more`
  }
  try {
    return JSON.stringify(JSON.parse(payload), null, 2)
  } catch {
    return payload
  }
}
