import { OoreError } from '../../lib/errors.ts'
import type { Ctx } from '../ctx.ts'
import type { SignInProviderKey } from '../users/user.ts'
import { signInProviderList } from './index.ts'
import type { Door } from './provider.ts'

/** Every way in there is now, besides the admin token. Anyone may see them: they are on `/login`. */
export async function listDoors(ctx: Ctx): Promise<Door[]> {
  return (await Promise.all(signInProviderList.map((each) => each.doors(ctx)))).flat()
}

/** One way in. Throws OoreError `not_found` where that instance is not connected, or not any more. */
export async function findDoor(
  ctx: Ctx,
  provider: SignInProviderKey,
  instance: string,
): Promise<Door> {
  const found = (await listDoors(ctx)).find(
    (door) => door.provider === provider && door.instance === instance,
  )
  if (found) return found
  throw new OoreError('not_found', 'Nobody can sign in there: it is not connected to this server.')
}

/**
 * The way in that is meant, where its instance may be left out because there is one. Throws OoreError
 * `invalid` with the field, naming those that there are.
 */
export async function chooseDoor(
  ctx: Ctx,
  provider: SignInProviderKey | undefined,
  instance: string | undefined,
): Promise<Door> {
  const doors = await listDoors(ctx)
  const meant = doors.filter(
    (door) =>
      (provider === undefined || door.provider === provider) &&
      (instance === undefined || door.instance === instance),
  )
  const [door, another] = meant
  if (door && !another) return door
  const field = door && provider !== undefined ? 'instance' : 'provider'
  const known = doors.map((each) => `${each.provider} (${each.instance})`)
  const message =
    known.length === 0
      ? 'cannot be looked up: neither GitHub nor GitLab is connected to this server yet'
      : `must name one of what is connected: ${known.join(', ')}`
  throw new OoreError('invalid', `The ${field} ${message}.`, { fields: [{ field, message }] })
}
