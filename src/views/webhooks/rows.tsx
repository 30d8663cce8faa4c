import type { Delivery } from '../../core/deliveries/delivery.ts'
import type { Millis } from '../../lib/clock.ts'
import { paths } from '../paths.ts'
import { Count } from '../ui/count.tsx'
import { DeliveryVerdict } from '../ui/status.tsx'
import { Middle, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { decisiveLine } from './reason.ts'

type DeliveryRowsProps = { deliveries: Delivery[]; now: Millis; withRepository?: boolean }

/** Deliveries, one row each, with the verdict in words. */
export const DeliveryRows = ({ deliveries, now, withRepository = true }: DeliveryRowsProps) => (
  <table class="rows deliveries">
    <caption class="sr-only">Deliveries</caption>
    <thead>
      <tr>
        <th>Verdict</th>
        <th>Event and reason</th>
        <th class="right">Builds</th>
        <th class="right">Received</th>
      </tr>
    </thead>
    <tbody>
      {deliveries.map((delivery) => (
        <tr>
          <td>
            <DeliveryVerdict status={delivery.status} event={delivery.event} />
          </td>
          <td class="what">
            <a href={paths.webhook(delivery.id)}>
              <Theirs>{delivery.event}</Theirs>
              {withRepository && (
                <>
                  {' '}
                  <span class="light">
                    <Middle>{delivery.repository ?? 'no repository'}</Middle>
                  </span>
                </>
              )}
            </a>
            <p>
              <Theirs>{decisiveLine(delivery.reason) || 'Stored; it is read now.'}</Theirs>
            </p>
          </td>
          <td class="right">
            <Count count={delivery.buildIds.length} one="build" many="builds" />
          </td>
          <td class="right">
            <Ago at={delivery.receivedAt} now={now} />
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)
