import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Actor } from './actor.ts'

/** Everything that can be asked for. A new verb of core gets a word here. */
export type Verb =
  | 'overview.read'
  | 'repository.read'
  | 'repository.add'
  | 'repository.change'
  | 'repository.remove'
  | 'pipeline.read'
  | 'pipeline.store'
  | 'build.read'
  | 'build.trigger'
  | 'build.cancel'
  | 'build.run'
  | 'build.report'
  | 'delivery.read'
  | 'delivery.receive'
  | 'delivery.process'
  | 'runner.use'
  | 'session.link'
  | 'system.maintain'

/** What is asked about, as far as it decides; nothing for lists and for things yet to be made. */
export type Thing = { repositoryId?: Id }

const reads: readonly Verb[] = [
  'overview.read',
  'repository.read',
  'pipeline.read',
  'build.read',
  'delivery.read',
]

/** The one table of who may do what. People and their roles join as further lines. */
const allowed: Record<Actor['is'], readonly Verb[]> = {
  stranger: [],
  admin: [
    ...reads,
    'repository.add',
    'repository.change',
    'repository.remove',
    'pipeline.store',
    'build.trigger',
    'build.cancel',
    'build.report',
    'delivery.process',
    'session.link',
  ],
  hook: ['delivery.receive'],
  runner: ['build.run', 'runner.use'],
  system: [
    ...reads,
    'build.trigger',
    'build.cancel',
    'build.run',
    'build.report',
    'delivery.process',
    'system.maintain',
  ],
}

export function may(actor: Actor, verb: Verb, thing: Thing = {}): boolean {
  if (actor.is === 'hook' && thing.repositoryId !== actor.repositoryId) return false
  return allowed[actor.is].includes(verb)
}

/** What a refusal looks like to this actor: strangers are asked who they are. */
export function refused(actor: Actor): OoreError {
  return actor.is === 'stranger'
    ? new OoreError('unauthenticated', 'Sign in, or send the admin token as a bearer token.')
    : new OoreError('forbidden', 'You may see this, but not do that.')
}
