import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'

/** The GitHub App of this server, as people see it: nothing secret is in it. */
export type GithubApp = {
  id: Id
  /** GitHub's number of it. */
  appId: string
  slug: string
  name: string
  owner: { login: string; type: 'User' | 'Organization' }
  /** Its page on GitHub. */
  htmlUrl: string
  /** Where its owner changes it on GitHub. */
  settingsUrl: string
  /** Where it is installed on accounts and repositories. */
  installUrl: string
  clientId: string
  createdAt: Millis
  /** When GitHub was last asked about it; null while it never was. */
  checkedAt: Millis | null
  /** Why Oore cannot speak for it, as a sentence; null where it can. */
  trouble: string | null
  hook: {
    /** Where GitHub is to send events. */
    url: string
    /** What is wrong with it at GitHub, as a sentence; null where nothing is. */
    trouble: string | null
    /** Until when the secret before this one is good too; null where it is not. */
    previousSecretUntil: Millis | null
    lastDelivery: { id: Id; event: string; at: Millis } | null
  }
  /** What Oore needs and the App does not ask for, such as `checks: write`. */
  missingPermissions: string[]
  /** Events that Oore lives on and the App does not listen to. */
  missingEvents: string[]
}

/** An account that installed the App. */
export type GithubInstallation = {
  id: Id
  /** GitHub's number of it. */
  externalId: string
  account: { login: string; type: 'User' | 'Organization' }
  selection: 'all' | 'selected'
  permissions: Record<string, 'read' | 'write' | 'admin'>
  missingPermissions: string[]
  /** Where its owner chooses repositories. */
  htmlUrl: string
  /** Where its owner agrees to what is missing. */
  permissionsUrl: string
  suspendedAt: Millis | null
  syncedAt: Millis | null
  /** Why its repositories could not be fetched, as a sentence; null where they could. */
  syncTrouble: string | null
  /** How many of its repositories are here. */
  repositoryCount: number
}

/** All there is about GitHub; `app` is null where none is connected. */
export type GithubConnection = { app: GithubApp | null; installations: GithubInstallation[] }

/** Does somebody have to do something about it? */
export const needsAttention = ({ app, installations }: GithubConnection): boolean =>
  app !== null &&
  (app.trouble !== null ||
    app.hook.trouble !== null ||
    app.missingPermissions.length > 0 ||
    app.missingEvents.length > 0 ||
    installations.some(
      (each) =>
        each.suspendedAt !== null ||
        each.syncTrouble !== null ||
        each.missingPermissions.length > 0,
    ))
