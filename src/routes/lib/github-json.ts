import type { GithubApp, GithubConnection, GithubInstallation } from '../../core/github/app.ts'
import type { SetupBegun } from '../../core/github/setup.ts'
import type { Synced } from '../../core/github/sync.ts'
import type { Handshake } from '../../core/handshakes/handshake.ts'
import { isoTime, isoTimeOrNull } from '../../lib/clock.ts'

/** The connection to GitHub as the API shows it. */
export const githubJson = ({ app, installations }: GithubConnection) => ({
  configured: app !== null,
  app: app === null ? null : appJson(app),
  installations: installations.map(installationJson),
})

const appJson = (app: GithubApp) => ({
  id: app.id,
  app_id: Number(app.appId),
  name: app.name,
  slug: app.slug,
  owner: app.owner.login,
  owner_type: app.owner.type,
  html_url: app.htmlUrl,
  settings_url: app.settingsUrl,
  install_url: app.installUrl,
  client_id: app.clientId,
  created_at: isoTime(app.createdAt),
  checked_at: isoTimeOrNull(app.checkedAt),
  trouble: app.trouble,
  webhook: {
    url: app.hook.url,
    trouble: app.hook.trouble,
    previous_secret_until: isoTimeOrNull(app.hook.previousSecretUntil),
    last_delivery:
      app.hook.lastDelivery === null
        ? null
        : {
            event_id: app.hook.lastDelivery.id,
            event: app.hook.lastDelivery.event,
            received_at: isoTime(app.hook.lastDelivery.at),
          },
  },
  missing_permissions: app.missingPermissions,
  missing_events: app.missingEvents,
})

export const installationJson = (installation: GithubInstallation) => ({
  id: installation.id,
  installation_id: Number(installation.externalId),
  account: installation.account.login,
  account_type: installation.account.type,
  repository_selection: installation.selection,
  repositories: installation.repositoryCount,
  permissions: installation.permissions,
  missing_permissions: installation.missingPermissions,
  html_url: installation.htmlUrl,
  permissions_url: installation.permissionsUrl,
  suspended_at: isoTimeOrNull(installation.suspendedAt),
  synced_at: isoTimeOrNull(installation.syncedAt),
  sync_trouble: installation.syncTrouble,
})

export const setupBegunJson = ({ id, url, endsAt }: SetupBegun) => ({
  id,
  url,
  expires_at: isoTime(endsAt),
})

/** A setup for who waits for its end. The App is told once it is there. */
export const setupJson = (setup: Handshake, app: GithubApp | null) => {
  const { outcome } = setup
  return {
    id: setup.id,
    status: outcome?.is ?? (setup.isExpired ? 'expired' : 'pending'),
    message: outcome?.text ?? null,
    app_name: outcome?.is === 'done' ? (app?.name ?? null) : null,
    install_url: outcome?.is === 'done' ? (app?.installUrl ?? null) : null,
    created_at: isoTime(setup.createdAt),
    expires_at: isoTime(setup.endsAt),
  }
}

export const syncedJson = (synced: Synced) => ({
  installations: synced.installations,
  repositories: synced.repositories,
  added: synced.added,
  paused: synced.paused,
  troubles: synced.troubles,
})
