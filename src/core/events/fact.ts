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
  | 'delivery.processed'
  | 'delivery.redelivered'
  | 'delivery.postponed'
  | 'build.queued'
  | 'build.started'
  | 'build.cancel_requested'
  | 'build.finished'
  | 'step.started'
  | 'step.finished'
  | 'artifact.stored'
  | 'runner.registered'
  | 'session.opened'
  | 'session.closed'
  | 'session.link_made'

/** What is now true, by whom, since when. Everything that follows, follows from these. */
export type Fact = {
  seq: number
  kind: FactKind
  /** The id of what it is about; for steps and artifacts, their build's. */
  subject: string
  actor: string
  data: Record<string, unknown>
  at: Millis
}

/** The bells that a fact rings once it is committed. */
export function topicsOf(kind: FactKind, subject: Id): string[] {
  const [noun] = kind.split('.')
  switch (noun) {
    case 'build':
      return kind === 'build.queued'
        ? [`build:${subject}`, 'builds', 'queue']
        : [`build:${subject}`, 'builds', ...(kind === 'build.cancel_requested' ? ['queue'] : [])]
    case 'step':
    case 'artifact':
      return [`build:${subject}`]
    case 'delivery':
      return ['deliveries']
    case 'repository':
      return ['repositories']
    default:
      return []
  }
}
