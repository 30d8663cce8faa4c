import type { Html } from '#jsx/jsx-runtime'
import { type BuildStatus, buildStatuses } from '../../core/builds/build.ts'
import type { Delivery, DeliveryStatus } from '../../core/deliveries/delivery.ts'
import type { RepositoryState } from '../../core/repositories/repository.ts'
import { fixedEach } from '../layout/markup.ts'
import { Icon, type IconName } from './icon.tsx'

/** What a status is called. Steps and builds share these words. */
export const statusWords: Record<BuildStatus, string> = {
  waiting_approval: 'Needs approval',
  pending: 'Waiting',
  running: 'Running',
  success: 'Succeeded',
  failure: 'Failed',
  cancelled: 'Cancelled',
  skipped: 'Skipped',
}

/** A status is an icon, a word and a colour; never the colour alone. */
export const Status = ({ status }: { status: BuildStatus }): Html => statusDrawings[status]

const statusDrawings = fixedEach(buildStatuses, (status) => (
  <span class={`st ${status}`}>
    <Icon name={status} />
    {statusWords[status]}
  </span>
))

/** The icon alone, where the word stands nearby. */
export const StatusIcon = ({ status }: { status: BuildStatus }) => (
  <span class={`st ${status}`}>
    <Icon name={status} />
    <span class="sr-only">{statusWords[status]}: </span>
  </span>
)

/** The icon of a step that failed, which its author allowed. */
export const AllowedFailureIcon = () => (
  <span class="st caution">
    <Icon name="warning" />
    <span class="sr-only">Failed: </span>
  </span>
)

type Look = { look: BuildStatus | 'caution'; icon: IconName; word: string }

const deliveryLooks: Record<DeliveryStatus, Look> = {
  received: { look: 'running', icon: 'running', word: 'Being read' },
  processed: { look: 'success', icon: 'success', word: 'Built' },
  ignored: { look: 'skipped', icon: 'skipped', word: 'Ignored' },
  rejected: { look: 'failure', icon: 'failure', word: 'Rejected' },
  failed: { look: 'failure', icon: 'failure', word: 'Failed' },
}

export const deliveryWord = (status: DeliveryStatus): string => deliveryLooks[status].word

/** A ping builds nothing: it came so that somebody would see that the webhook works. */
const pingLook: Look = { look: 'success', icon: 'success', word: 'Webhook works' }

/** What the GitHub App reaches has changed, and so it is here. */
const reachLook: Look = { look: 'success', icon: 'success', word: 'Done' }
const reachEvents: readonly string[] = ['installation', 'installation_repositories', 'repository']

export const DeliveryVerdict = ({ status, event }: Pick<Delivery, 'status' | 'event'>) =>
  look(
    status !== 'processed'
      ? deliveryLooks[status]
      : event === 'ping'
        ? pingLook
        : reachEvents.includes(event)
          ? reachLook
          : deliveryLooks.processed,
  )

const repositoryLooks: Record<RepositoryState, Look> = {
  active: { look: 'success', icon: 'success', word: 'Active' },
  inactive: { look: 'cancelled', icon: 'cancelled', word: 'Paused' },
  error: { look: 'failure', icon: 'failure', word: 'Needs attention' },
  pending_setup: { look: 'caution', icon: 'warning', word: 'Being set up' },
}

export const repositoryWord = (state: RepositoryState): string => repositoryLooks[state].word

export const RepositoryStatus = ({ state }: { state: RepositoryState }) =>
  look(repositoryLooks[state])

const look = ({ look, icon, word }: Look) => (
  <span class={`st ${look}`}>
    <Icon name={icon} />
    {word}
  </span>
)
