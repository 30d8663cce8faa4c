import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'

/** What can become true. The part before the dot is the noun, whose id is the subject. */
export type FactKind =
  | 'repository.added'
  | 'repository.changed'
  | 'repository.removed'
  | 'pipeline.stored'
  | 'pipeline.dropped'
  | 'delivery.received'
  | 'delivery.rejected'
  | 'delivery.addressed'
  | 'delivery.processed'
  | 'delivery.redelivered'
  | 'delivery.postponed'
  | 'build.held'
  | 'build.approved'
  | 'build.denied'
  | 'build.queued'
  | 'build.started'
  | 'build.claimed_again'
  | 'build.cancel_requested'
  | 'build.finished'
  | 'approval.voided'
  | 'status.told'
  | 'status.postponed'
  | 'status.given_up'
  | 'status.resent'
  | 'comment.told'
  | 'comment.postponed'
  | 'comment.given_up'
  | 'comment.gone'
  | 'comment.resent'
  | 'step.started'
  | 'step.finished'
  | 'artifact.stored'
  | 'artifact.linked'
  | 'tests.taken'
  | 'runner.registered'
  | 'handshake.begun'
  | 'handshake.bound'
  | 'handshake.arrived'
  | 'handshake.ended'
  | 'user.invited'
  | 'user.joined'
  | 'user.signed_in'
  | 'user.shut_out'
  | 'user.changed'
  | 'user.removed'
  | 'entry_rule.added'
  | 'entry_rule.removed'
  | 'github.connected'
  | 'github.changed'
  | 'github.disconnected'
  | 'gitlab.registered'
  | 'gitlab.connected'
  | 'gitlab.refreshing'
  | 'gitlab.refreshed'
  | 'gitlab.lost'
  | 'gitlab.checked'
  | 'gitlab.removed'
  | 'variable_group.added'
  | 'variable_group.changed'
  | 'variable_group.removed'
  | 'variable.set'
  | 'variable.removed'
  | 'certificate.requested'
  | 'certificate.added'
  | 'certificate.changed'
  | 'certificate.removed'
  | 'certificate.downloaded'
  | 'certificate.expiring'
  | 'profile.added'
  | 'profile.changed'
  | 'profile.removed'
  | 'profile.downloaded'
  | 'profile.expiring'
  | 'keystore.added'
  | 'keystore.changed'
  | 'keystore.removed'
  | 'keystore.downloaded'
  | 'keystore.expiring'
  | 'app_store_key.added'
  | 'app_store_key.changed'
  | 'app_store_key.removed'
  | 'app_store_key.downloaded'
  | 'device.added'
  | 'device.changed'
  | 'device.removed'
  | 'device.registered'
  | 'device_link.made'
  | 'device_link.removed'
  | 'session.opened'
  | 'session.closed'
  | 'session.all_closed'
  | 'session.link_made'

/** What is now true, by whom, since when. Everything that follows, follows from these. */
export type Fact = {
  seq: number
  kind: FactKind
  /**
   * The id of what it is about; for steps, tests, artifacts and statuses, their build's; for comments,
   * the newest build's of their commit.
   */
  subject: string
  actor: string
  data: Record<string, unknown>
  at: Millis
}

/** The bells that a fact rings once it is committed: its own, and those of what it is about. */
export function topicsOf({ kind, subject }: { kind: string; subject: Id }): string[] {
  const own = `fact:${kind}`
  switch (kind.split('.')[0]) {
    case 'build':
      return isForRunners(kind)
        ? [own, `build:${subject}`, 'builds', 'queue']
        : [own, `build:${subject}`, 'builds']
    case 'status':
    case 'comment':
    case 'step':
    case 'artifact':
    case 'tests':
      return [own, `build:${subject}`]
    case 'delivery':
      return [own, 'deliveries']
    case 'handshake':
      return [own, `handshake:${subject}`]
    case 'github':
    case 'gitlab':
      return [own, 'connections']
    case 'repository':
      return [own, 'repositories']
    case 'variable_group':
    case 'variable':
      return [own, 'variables']
    case 'certificate':
    case 'profile':
    case 'keystore':
    case 'app_store_key':
    case 'device':
    case 'device_link':
      return [own, 'signing']
    case 'user':
    case 'entry_rule':
    case 'session':
      return [own, 'people']
    default:
      return [own]
  }
}

/** What a runner that polls wants to hear of. */
const isForRunners = (kind: string): boolean =>
  kind === 'build.queued' || kind === 'build.cancel_requested'
