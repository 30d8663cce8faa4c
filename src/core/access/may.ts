import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import { type Actor, type Role, roleOf, roles } from './actor.ts'

/*
 * The one table of who may do what. A route names the verb it asks for, the frame asks here before
 * the verb runs, and the verb asks again with the thing at hand.
 */

/** What people may do, by the least powerful role that may. */
const byRole = {
  viewer: [
    'overview.read',
    'repository.read',
    'pipeline.read',
    'build.read',
    /** What a person may do for themselves: see their own account, sign out everywhere. */
    'self.use',
  ],
  developer: [
    'delivery.read',
    'delivery.process',
    'pipeline.store',
    'build.trigger',
    'build.cancel',
    /** Lets a commit of a stranger run on this machine. */
    'build.approve',
    'build.report',
    'artifact.share',
    /** Names, and the values of those that are no secret. */
    'variable.read',
    /** What credentials for signing say of themselves; not the files. */
    'signing.read',
  ],
  admin: [
    'repository.add',
    'repository.change',
    'repository.remove',
    /** Connections to forges: the GitHub App, GitLab instances. */
    'connection.read',
    'connection.change',
    'variable.change',
    'signing.change',
    'person.read',
    'person.change',
    'session.link',
  ],
  owner: [
    /** Makes and unmakes owners. */
    'owner.change',
    /** Takes certificates, keystores and keys out again. */
    'signing.download',
  ],
} as const satisfies Record<Role, readonly string[]>

/** What only parts of Oore do. */
type MachineVerb =
  'build.run' | 'delivery.receive' | 'runner.use' | 'system.maintain' | 'connection.sync'

/** What a person may ever be asked to be allowed. */
export type PersonVerb = (typeof byRole)[Role][number]
/** Everything that can be asked for. A new verb of core gets a word here. */
export type Verb = PersonVerb | MachineVerb

/** What is asked about, as far as it decides; nothing for lists and for things yet to be made. */
export type Thing = { repositoryId?: Id; connectionId?: Id }

const allowedTo: Record<Role, ReadonlySet<Verb>> = {
  viewer: verbsOf('viewer'),
  developer: verbsOf('developer'),
  admin: verbsOf('admin'),
  owner: verbsOf('owner'),
}

/** What a role may do is what it names, and all that the less powerful may. */
function verbsOf(role: Role): ReadonlySet<Verb> {
  return new Set(roles.slice(roles.indexOf(role)).flatMap((each): readonly Verb[] => byRole[each]))
}

const allowedToMachines: Record<'hook' | 'connection' | 'runner', readonly Verb[]> = {
  hook: ['delivery.receive'],
  connection: ['delivery.receive'],
  runner: ['build.run', 'runner.use'],
}

/** Nobody asks it to change people, or to make a way in. */
const refusedToSystem: readonly Verb[] = [
  'delivery.receive',
  'runner.use',
  'person.change',
  'owner.change',
  'session.link',
  'build.approve',
  'variable.change',
  'signing.change',
  'signing.download',
]

/** May this actor do this to this thing? */
export function may(actor: Actor, verb: Verb, thing: Thing = {}): boolean {
  const role = roleOf(actor)
  if (role !== null) return allowedTo[role].has(verb)
  switch (actor.is) {
    case 'hook':
      return thing.repositoryId === actor.repositoryId && allowedToMachines.hook.includes(verb)
    case 'connection':
      return (
        thing.connectionId === actor.connectionId && allowedToMachines.connection.includes(verb)
      )
    case 'runner':
      return allowedToMachines.runner.includes(verb)
    case 'system':
      return !refusedToSystem.includes(verb)
    default:
      return false
  }
}

/** The least powerful role that may do this; null where no person may. */
export const leastRole = (verb: Verb): Role | null =>
  roles.toReversed().find((role) => allowedTo[role].has(verb)) ?? null

/** What a refusal looks like to this actor: strangers are asked who they are. */
export function refused(actor: Actor, verb?: Verb): OoreError {
  if (actor.is === 'stranger') {
    return new OoreError('unauthenticated', 'Sign in, or send a token as a bearer token.')
  }
  const role = roleOf(actor)
  const least = verb && leastRole(verb)
  return new OoreError(
    'forbidden',
    role !== null && least
      ? `Your role here is ${role}; this takes the role ${least}. An administrator can change it.`
      : 'You may see this, but not do that.',
  )
}
