import { noFilters } from '../core/builds/filters.ts'
import type { Delivery } from '../core/deliveries/delivery.ts'
import { noTestFilters } from '../core/tests/test.ts'
import { CancelBuildPage } from './builds/cancel.tsx'
import { BuildsPage } from './builds/list.tsx'
import type { LogView } from './builds/log.tsx'
import { BuildPage } from './builds/page.tsx'
import { DashboardPage } from './dashboard/page.tsx'
import { ErrorPage } from './errors/page.tsx'
import { approvalEntries } from './gallery/approvals.ts'
import { githubEntries } from './gallery/github.ts'
import { build, builds, now } from './gallery/builds.ts'
import { details } from './gallery/details.ts'
import { deviceEntries } from './gallery/devices.ts'
import { type Entry, entry } from './gallery/entry.ts'
import { gitlabEntries } from './gallery/gitlab.ts'
import { installEntries } from './gallery/installs.ts'
import * as lists from './gallery/lists.ts'
import { logView, noLog } from './gallery/log.ts'
import { peopleEntries } from './gallery/people.ts'
import { repositoryEntries } from './gallery/repositories.ts'
import { settingsEntries } from './gallery/settings.ts'
import { appleEntries } from './gallery/apple.ts'
import { signingEntries } from './gallery/signing.ts'
import { variableEntries } from './gallery/variables.ts'
import { manyCounts, tests } from './gallery/tests.ts'
import type { Shell } from './layout/shell.ts'
import { TestsPage } from './tests/page.tsx'
import { WebhooksPage } from './webhooks/list.tsx'
import { WebhookPage } from './webhooks/page.tsx'

/** Every view in every state: what the sweep tests read and screenshots are made of. */
export function gallery(shell: Shell): Entry[] {
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

  return [
    ...peopleEntries(shell),

    entry('dashboard', DashboardPage, { shell: at('/'), overview: lists.overview, now }),
    entry('dashboard-fresh', DashboardPage, { shell: at('/'), overview: lists.freshOverview, now }),
    entry('dashboard-halfway', DashboardPage, {
      shell: { ...at('/'), notice: { kind: 'success', text: 'Signed in.' } },
      overview: {
        ...lists.freshOverview,
        checklist: {
          checkedAddress: false,
          connectedForge: false,
          addedRepository: true,
          builtOnce: false,
          receivedDelivery: false,
        },
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
    buildEntry('tests', '2'),
    buildEntry('running', '2', { stepLive: true, totalLines: null, streamFilter: 'stderr' }),
    buildEntry('stopping', '3', { stepLive: true, totalLines: null }),
    buildEntry('waiting', 'setup', noLog),
    buildEntry('timeout', '2', {
      firstHref: '/builds/1?step=2&from=1',
      earlierHref: '/builds/1?step=2&from=198001',
      laterHref: '/builds/1?step=2&from=200001',
      firstLine: 199_001,
      lastLine: 200_000,
      totalLines: 201_000,
    }),
    buildEntry('setup', 'setup'),
    buildEntry('config', '', noLog),
    buildEntry('interrupted', '2'),
    buildEntry('cancelled', '3'),
    buildEntry('skipped', '', noLog),
    buildEntry('held', 'setup', noLog),
    buildEntry('forked', '3'),
    buildEntry('default', '1'),
    buildEntry('long', '2'),
    ...testEntries(at('/builds/1/tests')),
    entry('build-cancel', CancelBuildPage, { shell, build: details.running.build }),

    ...approvalEntries(at('/builds/1/approval')),

    ...repositoryEntries(shell),
    ...installEntries(shell),
    ...settingsEntries(at),
    ...githubEntries(at),
    ...gitlabEntries(shell),
    ...signingEntries(at),
    ...appleEntries(at),
    ...variableEntries(at),
    ...deviceEntries(at),

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
      entry(`webhook-${galleryName(delivery)}`, WebhookPage, {
        shell: at('/webhooks/1'),
        delivery,
        now,
      }),
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

const galleryName = ({ event, status }: Delivery): string => (event === 'ping' ? event : status)

const noDeliveryFilters = { repository: null, provider: null, event: null, status: null }

const testEntries = (shell: Shell): Entry[] => [
  entry('tests', TestsPage, {
    shell,
    build: build({ tests: manyCounts }),
    steps: details.success.steps.slice(2, 4),
    page: { data: tests, nextCursor: 'next' },
    filters: noTestFilters,
    cursor: 'here',
  }),
  entry('tests-none-match', TestsPage, {
    shell,
    build: build({ tests: manyCounts }),
    steps: details.success.steps.slice(2, 3),
    page: { data: [], nextCursor: null },
    filters: { ...noTestFilters, q: 'nothing', status: 'failed' },
  }),
  entry('tests-none', TestsPage, {
    shell,
    build: build(),
    steps: [],
    page: { data: [], nextCursor: null },
    filters: noTestFilters,
  }),
]
