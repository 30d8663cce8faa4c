import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Role } from '../access/actor.ts'
import type { SignInProviderKey } from '../users/user.ts'

/** Members of this organization or group may enter, with this role. */
export type EntryRule = {
  id: Id
  provider: SignInProviderKey
  instance: string
  externalId: string
  /** As it was called when the rule was made. */
  name: string
  role: Role
  createdAt: Millis
}
