import type { Html } from '#jsx/jsx-runtime'
import { noFilters } from '../core/builds/filters.ts'
import { BuildsPage } from './builds/list.tsx'
import { CancelBuildPage } from './builds/cancel.tsx'
import type { LogView } from './builds/log.tsx'
import { BuildPage } from './builds/page.tsx'
import { DashboardPage } from './dashboard/page.tsx'
import { ErrorPage } from './errors/page.tsx'
import * as buildValues from './gallery/builds.ts'
import { details } from './gallery/details.ts'
import { logView, noLog } from './gallery/log.ts'
import * as lists from './gallery/lists.ts'
import * as pipelines from './gallery/pipelines.ts'
import type { Shell } from './layout/shell.ts'
import type { RepositoryFilters } from './paths.ts'
import { RepositoriesPage } from './repositories/list.tsx'
import { NewRepositoryPage } from './repositories/new.tsx'
import { RepositoryPage, type RepositoryTabContent } from './repositories/page.tsx'
import { RemoveRepositoryPage } from './repositories/remove.tsx'
import { TriggerPage } from './repositories/trigger.tsx'
import { LoginPage } from './session/login.tsx'
import { WebhooksPage } from './webhooks/list.tsx'
import { WebhookPage } from './webhooks/page.tsx'

/** A view in one of its states. `change` may alter the props first: the sweeps make them hostile. */
export type Entry = { name: string; render: (change?: <P>(props: P) => P) => Html }

/** Every view in every state: what the sweep tests read and screenshots are made of. */
export function gallery(shell: Shell): Entry[] {
  const { builds, now, repository } = buildValues
  const stranger: Shell = { ...shell, actor: null }
  const at = (path: string): Shell => ({ ...shell, path })
  const repositoryNames = lists.repositories.map(({ id, fullName }) => ({ id, fullName }))

  const buildEntry = (state: keyof typeof details, chosen: string, log: Partial<LogView> = {}) =>
    entry(`build-${state}`, BuildPage, {
      shell: at('/builds/1'),
      detail: details[state],
      chosen,
      log: { ...logView, ...log },
      now,
    })
  const tabEntry = (name: string, content: RepositoryTabContent, changes = {}) =>
    entry(`repository-${name}`, RepositoryPage, {
      shell: at('/repositories/1'),
      repository: repository(changes),
      content,
      now,
    })

  return [
    entry('login', LoginPage, { shell: stranger, error: null, next: '/builds' }),
    entry('login-wrong', LoginPage, {
      shell: stranger,
      error: 'That is not the admin token. It is the value of OORE_ADMIN_TOKEN on the server.',
      next: '/',
    }),

    entry('dashboard', DashboardPage, { shell: at('/'), overview: lists.overview, now }),
    entry('dashboard-fresh', DashboardPage, { shell: at('/'), overview: lists.freshOverview, now }),
    entry('dashboard-halfway', DashboardPage, {
      shell: { ...at('/'), notice: { kind: 'success', text: 'Signed in.' } },
      overview: {
        ...lists.freshOverview,
        checklist: { addedRepository: true, builtOnce: false, receivedDelivery: false },
      },
      now,
    }),

    entry('builds', BuildsPage, {
      shell: at('/builds'),
      page: { data: builds, nextCursor: 'next' },
      filters: noFilters,
      repositories: repositoryNames,
      now,
    }),
    entry('builds-filtered', BuildsPage, {
      shell: at('/builds?status=failure'),
      page: { data: builds.slice(2, 3), nextCursor: null },
      filters: { ...noFilters, status: 'failure', branch: 'main', q: 'flutter', since: now },
      cursor: 'here',
      repositories: repositoryNames,
      now,
    }),
    entry('builds-none-match', BuildsPage, {
      shell: at('/builds?q=nothing'),
      page: { data: [], nextCursor: null },
      filters: { ...noFilters, q: 'nothing' },
      repositories: repositoryNames,
      now,
    }),
    entry('builds-none', BuildsPage, {
      shell: at('/builds'),
      page: { data: [], nextCursor: null },
      filters: noFilters,
      repositories: [],
      now,
    }),

    buildEntry('success', '3'),
    buildEntry('failure', '2'),
    buildEntry('running', '2', { stepLive: true, totalLines: null, streamFilter: 'stderr' }),
    buildEntry('stopping', '3', { stepLive: true, totalLines: null }),
    buildEntry('waiting', 'setup', noLog),
    buildEntry('timeout', '2', {
      earlierHref: '/builds/1?step=2&line=1',
      firstLine: 9001,
      lastLine: 9012,
    }),
    buildEntry('setup', 'setup'),
    buildEntry('config', '', noLog),
    buildEntry('interrupted', '2'),
    buildEntry('cancelled', '3'),
    buildEntry('skipped', '', noLog),
    buildEntry('default', '1'),
    buildEntry('long', '2'),
    entry('build-cancel', CancelBuildPage, { shell, build: details.running.build }),

    entry('repositories', RepositoriesPage, {
      shell: at('/repositories'),
      page: { data: lists.repositories, nextCursor: 'next' },
      filters: noRepositoryFilters,
      now,
    }),
    entry('repositories-none', RepositoriesPage, {
      shell: at('/repositories'),
      page: { data: [], nextCursor: null },
      filters: noRepositoryFilters,
      now,
    }),
    entry('repositories-none-match', RepositoriesPage, {
      shell: at('/repositories'),
      page: { data: [], nextCursor: null },
      filters: { ...noRepositoryFilters, q: 'nothing' },
      now,
    }),
    entry('repository-new', NewRepositoryPage, {
      shell: at('/repositories/new'),
      values: { clone_url: '', default_branch: '', clone_username: '' },
      errors: [],
      allowLocal: true,
    }),
    entry('repository-new-wrong', NewRepositoryPage, {
      shell: at('/repositories/new'),
      values: { clone_url: 'ftp://example.com/app', default_branch: '-x', clone_username: '' },
      errors: [
        {
          field: 'clone_url',
          message: 'The clone address starts with ftp://. Write https:// or ssh://.',
        },
        { field: 'default_branch', message: 'A branch cannot begin with a dash.' },
      ],
      allowLocal: false,
    }),
    tabEntry('overview', {
      tab: 'overview',
      webhookUrl: 'https://ci.lumen.example/api/webhooks/git/01KAFZ00000000000000000001',
      newSecret: null,
      builds: builds.slice(0, 3),
      deliveries: lists.deliveries.slice(0, 3),
    }),
    tabEntry(
      'overview-fresh',
      {
        tab: 'overview',
        webhookUrl: 'https://ci.lumen.example/api/webhooks/git/01KAFZ00000000000000000001',
        newSecret: 'k3v7q2m5x4w6z8b9n1c3d5f7g9h2j4l6',
        builds: [],
        deliveries: [],
      },
      { nextBuildNumber: 1, hasWebhookSecret: false },
    ),
    tabEntry('builds', {
      tab: 'builds',
      page: { data: builds, nextCursor: 'next' },
      cursor: null,
    }),
    tabEntry('builds-none', { tab: 'builds', page: { data: [], nextCursor: null }, cursor: null }),
    tabEntry('pipeline', {
      tab: 'pipeline',
      inForce: pipelines.inForce,
      trouble: null,
      versions: [],
      draft: null,
    }),
    tabEntry('pipeline-stored', {
      tab: 'pipeline',
      inForce: { ...pipelines.inForce, source: 'database', version: 2, updatedAt: now - 1e7 },
      trouble: null,
      versions: pipelines.versions,
      draft: {
        format: 'yaml',
        content: pipelines.yaml,
        checked: {
          valid: true,
          problems: pipelines.problems.slice(1),
          workflows: [{ id: 'android-release', name: 'Android release' }],
        },
      },
    }),
    tabEntry('pipeline-wrong', {
      tab: 'pipeline',
      inForce: null,
      trouble:
        'git.lumen.example cannot be reached, so the repository’s own file is not known now.',
      versions: pipelines.versions,
      draft: {
        format: 'yaml',
        content: pipelines.brokenYaml,
        checked: { valid: false, problems: pipelines.problems, workflows: [] },
      },
    }),
    tabEntry('settings', {
      tab: 'settings',
      values: {
        default_branch: 'main',
        state: 'active',
        next_build_number: '215',
        clone_username: '',
      },
      errors: [],
    }),
    tabEntry(
      'settings-wrong',
      {
        tab: 'settings',
        values: {
          default_branch: 'main',
          state: 'inactive',
          next_build_number: '3',
          clone_username: 'ci',
        },
        errors: [
          {
            field: 'next_build_number',
            message: 'The next build number is 215 and may only go up.',
          },
          { field: '', message: 'Nothing was saved.' },
        ],
      },
      { state: 'inactive', hasCredential: false },
    ),
    entry('repository-remove', RemoveRepositoryPage, {
      shell,
      repository: repository(),
      activeCount: 2,
      errors: [],
    }),
    entry('trigger', TriggerPage, {
      shell,
      repository: repository(),
      workflows: [
        { id: 'android-release', name: 'Android release' },
        { id: 'ios', name: 'ios' },
      ],
      values: { branch: 'main', commit: '', workflow: '', labels: '' },
      errors: [],
      branches: ['main', 'develop'],
    }),
    entry('trigger-wrong', TriggerPage, {
      shell,
      repository: repository({ state: 'inactive' }),
      workflows: null,
      values: { branch: 'nowhere', commit: '', workflow: 'x', labels: 'qa' },
      errors: [{ field: 'branch', message: 'The repository has no branch “nowhere”.' }],
    }),

    entry('webhooks', WebhooksPage, {
      shell: at('/webhooks'),
      page: { data: lists.deliveries, nextCursor: 'next' },
      filters: noDeliveryFilters,
      repositories: repositoryNames,
      now,
    }),
    entry('webhooks-none', WebhooksPage, {
      shell: at('/webhooks'),
      page: { data: [], nextCursor: null },
      filters: noDeliveryFilters,
      repositories: repositoryNames,
      now,
    }),
    entry('webhooks-none-match', WebhooksPage, {
      shell: at('/webhooks'),
      page: { data: [], nextCursor: null },
      filters: { ...noDeliveryFilters, event: 'tag' },
      repositories: repositoryNames,
      now,
    }),
    ...lists.deliveries.map((delivery) =>
      entry(`webhook-${delivery.status}`, WebhookPage, { shell: at('/webhooks/1'), delivery, now }),
    ),

    entry('error-401', ErrorPage, {
      shell: { ...stranger, path: '/builds?status=failure' },
      status: 401,
      title: 'Please sign in',
      message: 'This page is for people who are signed in.',
      requestId: '01KAFZ00000000000000000001',
    }),
    entry('error-404', ErrorPage, {
      shell,
      status: 404,
      title: 'There is no such build',
      message: 'It may have been removed, or the address is not complete.',
      requestId: '01KAFZ00000000000000000001',
      near: [{ name: 'lumen/wallet #214', href: '/builds/214' }],
    }),
    entry('error-500', ErrorPage, {
      shell,
      status: 500,
      title: 'Oore broke',
      message: 'This is a mistake in Oore. The operator finds it in the log by the request below.',
      requestId: '01KAFZ00000000000000000001',
    }),
  ]
}

function entry<P>(name: string, View: (props: P) => Html, props: P): Entry {
  return { name, render: (change) => View(change === undefined ? props : change(props)) }
}

const noRepositoryFilters: RepositoryFilters = {
  provider: null,
  q: null,
  state: null,
  sort: 'name',
}
const noDeliveryFilters = { repository: null, provider: null, event: null, status: null }
