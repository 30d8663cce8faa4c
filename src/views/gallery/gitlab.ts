import type { GitlabInstance, ListedProject } from '../../core/gitlab/instance.ts'
import { days, hours, minutes } from '../../lib/clock.ts'
import { DisconnectGitlabPage } from '../gitlab/disconnect.tsx'
import { EnableArchivedPage } from '../gitlab/enable-archived.tsx'
import { GitlabPage } from '../gitlab/page.tsx'
import { GitlabProjectsPage } from '../gitlab/projects.tsx'
import { ComeBackPage, SetOutPage } from '../gitlab/trip.tsx'
import type { Shell } from '../layout/shell.ts'
import { id, now } from './builds.ts'
import { type Entry, entry } from './entry.ts'

const instance = (changes: Partial<GitlabInstance> = {}): GitlabInstance => ({
  id: id(71),
  url: 'https://gitlab.lumen.example',
  name: 'gitlab.lumen.example',
  clientId: '4f1c0f0b6d7e8a9b',
  state: 'connected',
  username: 'ines.ferro',
  scopes: ['api', 'read_user', 'read_repository'],
  missingScopes: [],
  expiresAt: now + minutes(83),
  version: '18.5.0-ee',
  isTlsUnchecked: false,
  isPrivateConfirmed: false,
  trouble: null,
  checkedAt: now - hours(3),
  projectCount: 4,
  createdAt: now - days(30),
  ...changes,
})

export const gitlabInstances = [
  instance(),
  instance({
    id: id(72),
    url: 'https://staging.lumen.example/gitlab',
    name: 'staging.lumen.example/gitlab',
    isTlsUnchecked: true,
    scopes: ['read_user'],
    missingScopes: ['api', 'read_repository'],
    trouble:
      'staging.lumen.example/gitlab asks for fewer calls: rate limited until 2026-11-20T16:05:00Z.',
  }),
  instance({
    id: id(73),
    url: 'https://gitlab.com',
    name: 'gitlab.com',
    state: 'reauthorize',
    expiresAt: null,
    trouble: 'gitlab.com does not renew the access any more: it was revoked there.',
  }),
  instance({
    id: id(74),
    url: 'https://new.lumen.example',
    name: 'new.lumen.example',
    state: 'registered',
    username: null,
    scopes: null,
    expiresAt: null,
    version: null,
    checkedAt: null,
    projectCount: 0,
  }),
]

const project = (changes: Partial<ListedProject>): ListedProject => ({
  id: '4211',
  instance: 'gitlab.lumen.example',
  fullName: 'lumen/apps/wallet',
  webUrl: 'https://gitlab.lumen.example/lumen/apps/wallet',
  defaultBranch: 'main',
  isPrivate: true,
  isArchived: false,
  role: 'Maintainer',
  mayEnable: true,
  repositoryId: null,
  isEnabled: false,
  ...changes,
})

const projects = [
  project({ repositoryId: id(1), isEnabled: true }),
  project({ id: '4212', fullName: 'lumen/apps/purse', repositoryId: id(2) }),
  project({ id: '4213', fullName: 'lumen/old/coins', isArchived: true, defaultBranch: null }),
  project({ id: '4214', fullName: 'lumen/core/ledger', role: 'Developer', mayEnable: false }),
  project({ id: '4215', fullName: 'lumen/apps/bank', role: null }),
]

const noValues = {
  instance: '',
  client_id: '',
  allow_private_network: false,
  skip_tls_verification: false,
}

/** The pages of GitLab. */
export function gitlabEntries(given: Shell): Entry[] {
  const shell: Shell = { ...given, path: '/settings/gitlab' }
  const redirectUris = ['setup', 'login'].map(
    (part) => `https://ci.lumen.example/${part}/gitlab/callback`,
  )
  const settings = { shell, redirectUris, values: noValues, errors: [], now }
  const list = { instance: instance(), projects, page: 2, perPage: 20, total: 63, nextPage: 3 }
  const listing = { shell, instance: instance(), trouble: null, search: null, errors: [] }
  return [
    entry('gitlab', GitlabPage, {
      ...settings,
      shell: {
        ...shell,
        alerts: [
          {
            text: 'Oore has no access to gitlab.com any more.',
            href: '/settings/gitlab',
            action: 'Authorize again',
          },
        ],
      },
      instances: gitlabInstances,
    }),
    entry('gitlab-none', GitlabPage, { ...settings, instances: [] }),
    entry('gitlab-wrong', GitlabPage, {
      ...settings,
      instances: gitlabInstances.slice(0, 1),
      values: { ...noValues, instance: 'http://gitlab.lumen.example', client_id: 'x' },
      errors: [
        { field: 'instance', message: 'The instance begins with http://: write https://.' },
        { field: 'client_id', message: 'The client id must be as GitLab shows it.' },
      ],
    }),
    entry('gitlab-projects', GitlabProjectsPage, { ...listing, list }),
    entry('gitlab-projects-none', GitlabProjectsPage, {
      ...listing,
      list: { ...list, projects: [], page: 1, total: 0, nextPage: null },
    }),
    entry('gitlab-projects-none-match', GitlabProjectsPage, {
      ...listing,
      search: 'nothing',
      list: { ...list, projects: [], page: 1, total: 0, nextPage: null },
    }),
    entry('gitlab-projects-away', GitlabProjectsPage, {
      ...listing,
      list: null,
      trouble: 'gitlab.lumen.example cannot be asked now: it refuses connections.',
      errors: [{ field: '', message: 'Whoever authorized Oore is Developer of lumen/core.' }],
    }),
    entry('gitlab-disconnect', DisconnectGitlabPage, { shell, instance: instance() }),
    entry('gitlab-enable-archived', EnableArchivedPage, {
      shell,
      instance: instance(),
      projectId: '4213',
      errors: [{ field: '', message: 'lumen/old/coins is archived on GitLab.' }],
    }),
    entry('gitlab-set-out', SetOutPage, {
      shell: { ...shell, actor: null },
      instance: 'gitlab.lumen.example',
      address: 'https://gitlab.lumen.example/oauth/authorize?client_id=4f1c&state=x',
    }),
    entry('gitlab-connected', ComeBackPage, {
      shell: { ...shell, actor: null },
      instance: 'gitlab.lumen.example',
      end: { is: 'connected', username: 'ines.ferro' },
    }),
    entry('gitlab-denied', ComeBackPage, {
      shell: { ...shell, actor: null },
      instance: 'gitlab.lumen.example',
      end: { is: 'failed', text: 'Oore was not authorized: it was denied there.' },
    }),
  ]
}
