import type { OAuthApp } from '../../auth/oauth.ts'
import type { Secret } from '../../lib/secret.ts'
import type { Ctx } from '../ctx.ts'
import type { SignInProviderKey } from '../users/user.ts'

/**
 * A kind of forge that people sign in with. One file each, one line in index.ts: a later one is a
 * value of this shape, and nothing else asks which it is.
 */
export type SignInProvider = {
  key: SignInProviderKey
  /** As people call it. */
  name: string
  /** What its people are members of, as it calls that itself. */
  groupWord: 'organization' | 'group'
  /** The instances that people can sign in at now; none where nothing is connected. */
  doors(ctx: Ctx): Promise<Door[]>
}

/** One way in: an instance of a forge, with the application that people authorize there. */
export type Door = {
  provider: SignInProviderKey
  /** The forge's host, as repositories have it. */
  instance: string
  /** For sentences: `GitHub`, `GitLab at git.example.com`. */
  name: string
  groupWord: SignInProvider['groupWord']
  app: OAuthApp
  scopes: readonly string[]
  forge: ForgePeople
}

/** What is asked of a forge about people. All throw OoreError `unavailable` where it is away. */
export type ForgePeople = {
  /** Whose token this is. Throws OoreError `forbidden` where the forge takes it for nobody's. */
  person(token: Secret): Promise<ForgePerson>
  /** Is this person, whose token it is, a member now? Whatever is unclear is a no. */
  isMember(group: ForgeGroup, who: { person: ForgePerson; token: Secret }): Promise<boolean>
  /** A person's account by its name there; null where that is none. */
  findAccount(login: string): Promise<ForgeAccount | null>
  /** An organization or group by its name there; null where that is none. */
  findGroup(name: string): Promise<ForgeGroup | null>
}

/** `externalId` is the forge's number, which stays when the name moves on to somebody else. */
export type ForgeAccount = { externalId: string; login: string }
export type ForgeGroup = { externalId: string; name: string }

export type ForgePerson = ForgeAccount & {
  /** What they call themselves; empty where they do not say. */
  name: string
  /** Their primary address, where the forge has verified it; else null. */
  verifiedEmail: string | null
}
