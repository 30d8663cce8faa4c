import type { GithubApp, GithubConnection, GithubInstallation } from '../../core/github/app.ts'
import { hours, minutes } from '../../lib/clock.ts'
import { DisconnectGithubPage } from '../github/disconnect.tsx'
import { GithubPage } from '../github/page.tsx'
import { GithubInstalledPage, GithubSetupFailedPage, NewGithubAppPage } from '../github/setup.tsx'
import type { Shell } from '../layout/shell.ts'
import { gitlabInstances } from './gitlab.ts'
import { SettingsPage } from '../settings/page.tsx'
import { id, now } from './builds.ts'
import { type Entry, entry } from './entry.ts'

const app = (changes: Partial<GithubApp> = {}): GithubApp => ({
  id: id(1),
  appId: '31337',
  slug: 'oore-ci-lumen-example-4f2a',
  name: 'Oore ci.lumen.example 4f2a',
  owner: { login: 'lumen-apps', type: 'Organization' },
  htmlUrl: 'https://github.com/apps/oore-ci-lumen-example-4f2a',
  settingsUrl: 'https://github.com/organizations/lumen-apps/settings/apps/oore-ci',
  installUrl: 'https://github.com/apps/oore-ci-lumen-example-4f2a/installations/new',
  clientId: 'Iv23liC0ffee',
  createdAt: now - hours(300),
  checkedAt: now - minutes(12),
  trouble: null,
  hook: {
    url: 'https://ci.lumen.example/api/webhooks/github',
    trouble: null,
    previousSecretUntil: null,
    lastDelivery: { id: id(7), event: 'push', at: now - minutes(3) },
  },
  missingPermissions: [],
  missingEvents: [],
  ...changes,
})

const installation = (changes: Partial<GithubInstallation> = {}): GithubInstallation => ({
  id: id(2),
  externalId: '40112233',
  account: { login: 'lumen-apps', type: 'Organization' },
  selection: 'selected',
  permissions: { contents: 'read', metadata: 'read' },
  missingPermissions: [],
  htmlUrl: 'https://github.com/organizations/lumen-apps/settings/installations/40112233',
  permissionsUrl:
    'https://github.com/organizations/lumen-apps/settings/installations/40112233/permissions/update',
  suspendedAt: null,
  syncedAt: now - minutes(12),
  syncTrouble: null,
  repositoryCount: 14,
  ...changes,
})

const none: GithubConnection = { app: null, installations: [] }
const sound: GithubConnection = {
  app: app(),
  installations: [
    installation(),
    installation({
      id: id(3),
      account: { login: 'ines-ferro', type: 'User' },
      selection: 'all',
      repositoryCount: 1,
    }),
  ],
}
const troubled: GithubConnection = {
  app: app({
    missingPermissions: ['checks: write'],
    missingEvents: ['check_run'],
    hook: {
      url: 'https://ci.lumen.example/api/webhooks/github',
      trouble:
        'GitHub sends events to https://old.lumen.example/api/webhooks/github, and not to https://ci.lumen.example/api/webhooks/github.',
      previousSecretUntil: now + minutes(20),
      lastDelivery: null,
    },
  }),
  installations: [
    installation({ missingPermissions: ['checks: write', 'members: read'] }),
    installation({
      id: id(3),
      account: { login: 'ines-ferro', type: 'User' },
      suspendedAt: now - hours(3),
      repositoryCount: 0,
    }),
    installation({
      id: id(4),
      account: { login: 'lumen-labs', type: 'Organization' },
      syncedAt: null,
      syncTrouble: 'GitHub has rate limited Oore: rate limited until 2026-11-20T16:30:00Z.',
    }),
  ],
}

/** The GitHub App in its states, and the way of a browser to GitHub and back. */
export function githubEntries(at: (path: string) => Shell): Entry[] {
  const shell = at('/settings/github')
  const stranger: Shell = { ...at('/setup/github/new'), actor: null, may: () => false }
  const page = (name: string, github: GithubConnection, more = {}) =>
    entry(name, GithubPage, { shell, github, organization: '', errors: [], now, ...more })
  return [
    entry('settings', SettingsPage, {
      shell: at('/settings'),
      connections: { github: sound, gitlab: [] },
    }),
    entry('settings-fresh', SettingsPage, {
      shell: at('/settings'),
      connections: { github: none, gitlab: [] },
    }),
    entry('settings-troubled', SettingsPage, {
      shell: at('/settings'),
      connections: { github: troubled, gitlab: gitlabInstances },
    }),
    page('github-none', none),
    page('github-wrong', none, {
      organization: '../x',
      errors: [
        {
          field: 'organization',
          message: 'The organization must be the name as it stands in its address on GitHub.',
        },
      ],
    }),
    page('github', sound),
    page('github-not-installed', { ...sound, installations: [] }),
    page('github-troubled', troubled),
    page('github-refused', {
      app: app({
        checkedAt: now - minutes(1),
        trouble:
          'Oore cannot speak for the GitHub App: GitHub does not accept the key of the App, or the clock of this machine is wrong.',
      }),
      installations: [],
    }),
    entry('github-disconnect', DisconnectGithubPage, { shell, github: sound, gitlab: [] }),
    entry('github-new', NewGithubAppPage, {
      shell: stranger,
      action: 'https://github.com/organizations/lumen-apps/settings/apps/new?state=4f2a',
      manifest: '{"name":"Oore ci.lumen.example 4f2a"}',
      name: 'Oore ci.lumen.example 4f2a',
      permissions: { contents: 'read', metadata: 'read', checks: 'write', pull_requests: 'write' },
      organization: 'lumen-apps',
      warning: null,
      minutesLeft: 9,
    }),
    entry('github-new-here-only', NewGithubAppPage, {
      shell: stranger,
      action: 'https://github.com/settings/apps/new?state=4f2a',
      manifest: '{"name":"Oore localhost 4f2a"}',
      name: 'Oore localhost 4f2a',
      permissions: { contents: 'read' },
      organization: null,
      warning:
        'GitHub cannot reach http://localhost:8080: that is this machine’s own name for itself, and GitHub refuses it. Set OORE_BASE_URL to the address that this server has on the network, and begin again.',
      minutesLeft: 1,
    }),
    entry('github-installed', GithubInstalledPage, {
      shell: at('/setup/github/installed'),
      title: 'GitHub is connected',
      text: '14 repositories are here from lumen-apps. Push to one of them, and it is built.',
      kind: 'success',
    }),
    entry('github-setup-failed', GithubSetupFailedPage, {
      shell: stranger,
      message:
        'It took longer than ten minutes. Begin again, in the browser that you will end it in.',
    }),
  ]
}
