import type { Html } from '#jsx/jsx-runtime'
import { noFilters } from '../core/builds/filters.ts'
import { BuildsPage } from './builds/list.tsx'
import { CancelBuildPage } from './builds/cancel.tsx'
import type { LogView } from './builds/log.tsx'
import { BuildPage } from './builds/page.tsx'
import { DashboardPage } from './dashboard/page.tsx'
import { ErrorPage } from './errors/page.tsx'
import * as values from './gallery-values.ts'
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
  const { now, repository } = values
  const stranger: Shell = { ...shell, actor: null }
  const at = (path: string): Shell => ({ ...shell, path })
  const repositoryNames = values.repositories.map(({ id, fullName }) => ({ id, fullName }))

  const buildEntry = (state: keyof typeof values.details, chosen: string, log: Partial<LogView> = {}) =>
    entry(`build-${state}`, BuildPage, {
      shell: at('/builds/1'),
      detail: values.details[state],
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

    entry('dashboard', DashboardPage, { shell: at('/'), overview: values.overview, now }),
    entry('dashboard-fresh', DashboardPage, { shell: at('/'), overview: values.freshOverview, now }),
    entry('dashboard-halfway', DashboardPage, {
      shell: { ...at('/'), notice: { kind: 'success', text: 'Signed in.' } },
      overview: {
        ...values.freshOverview,
        checklist: { addedRepository: true, builtOnce: false, receivedDelivery: false },
      },
      now,
    }),

    entry('builds', BuildsPage, {
      shell: at('/builds'),
      page: { data: values.builds, nextCursor: 'next' },
      filters: noFilters,
      repositories: repositoryNames,
      now,
    }),
    entry('builds-filtered', BuildsPage, {
      shell: at('/builds?status=failure'),
      page: { data: values.builds.slice(2, 3), nextCursor: null },
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
    buildEntry('timeout', '2', { earlierHref: '/builds/1?step=2&line=1', firstLine: 9001, lastLine: 9012 }),
    buildEntry('setup', 'setup'),
    buildEntry('config', '', noLog),
    buildEntry('interrupted', '2'),
    buildEntry('cancelled', '3'),
    buildEntry('skipped', '', noLog),
    buildEntry('default', '1'),
    buildEntry('long', '2'),
    entry('build-cancel', CancelBuildPage, { shell, build: values.details.running.build }),

    entry('repositories', RepositoriesPage, {
      shell: at('/repositories'),
      page: { data: values.repositories, nextCursor: 'next' },
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
        { field: 'clone_url', message: 'The clone address starts with ftp://. Write https:// or ssh://.' },
        { field: 'default_branch', message: 'A branch cannot begin with a dash.' },
      ],
      allowLocal: false,
    }),
    tabEntry('overview', {
      tab: 'overview',
      webhookUrl: 'https://ci.lumen.example/api/webhooks/git/01KAFZ00000000000000000001',
      newSecret: null,
      builds: values.builds.slice(0, 3),
      deliveries: values.deliveries.slice(0, 3),
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
      page: { data: values.builds, nextCursor: 'next' },
      cursor: null,
    }),
    tabEntry('builds-none', { tab: 'builds', page: { data: [], nextCursor: null }, cursor: null }),
    tabEntry('pipeline', {
      tab: 'pipeline',
      inForce: values.inForce,
      trouble: null,
      versions: [],
      draft: null,
    }),
    tabEntry('pipeline-stored', {
      tab: 'pipeline',
      inForce: { ...values.inForce, source: 'database', version: 2, updatedAt: now - 1e7 },
      trouble: null,
      versions: values.versions,
      draft: {
        format: 'yaml',
        content: values.yaml,
        checked: {
          valid: true,
          problems: values.problems.slice(1),
          workflows: [{ id: 'android-release', name: 'Android release' }],
        },
      },
    }),
    tabEntry('pipeline-wrong', {
      tab: 'pipeline',
      inForce: null,
      trouble: 'git.lumen.example cannot be reached, so the repository’s own file is not known now.',
      versions: values.versions,
      draft: {
        format: 'yaml',
        content: values.brokenYaml,
        checked: { valid: false, problems: values.problems, workflows: [] },
      },
    }),
    tabEntry('settings', {
      tab: 'settings',
      values: { default_branch: 'main', state: 'active', next_build_number: '215', clone_username: '' },
      errors: [],
    }),
    tabEntry(
      'settings-wrong',
      {
        tab: 'settings',
        values: { default_branch: 'main', state: 'inactive', next_build_number: '3', clone_username: 'ci' },
        errors: [
          { field: 'next_build_number', message: 'The next build number is 215 and may only go up.' },
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
      page: { data: values.deliveries, nextCursor: 'next' },
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
    ...values.deliveries.map((delivery) =>
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

const noRepositoryFilters: RepositoryFilters = { provider: null, q: null, state: null, sort: 'name' }
const noDeliveryFilters = { repository: null, provider: null, event: null, status: null }

const logView: LogView = {
  html: logRows(),
  firstLine: 1,
  lastLine: 12,
  totalLines: 12,
  earlierHref: null,
  rawHref: '/builds/1/logs?step=2',
  streamFilter: 'all',
  stepLive: false,
  resumeId: '1024',
}

const noLog: Partial<LogView> = { html: '', firstLine: 0, lastLine: 0, totalLines: 0 }

/** Rows as views/log makes them. */
function logRows(): string {
  const lines: [stream: 'stdout' | 'stderr', text: Html | string][] = [
    ['stdout', '$ flutter test --machine > test-report.jsonl'],
    ['stdout', 'Resolving dependencies...'],
    ['stdout', <span class="ansi-green-fg">✓ 214 packages are up to date</span>],
    ['stdout', <span class="ansi-yellow-fg">Warning: 3 packages have newer versions.</span>],
    ['stderr', 'Note: Some input files use unchecked or unsafe operations.'],
    ['stdout', <span class="ansi-blue-fg">00:04 +118: wallet/receipt_test.dart: keeps the receipt</span>],
    ['stderr', <span class="ansi-red-fg ansi-bold">00:06 +121 -1: retries a payment once [E]</span>],
    ['stderr', '  Expected: <1>'],
    ['stderr', '    Actual: <2>'],
    ['stdout', `${'a very long line without an end '.repeat(9)}`],
    ['stdout', <span class="ansi-black-fg ansi-red-bg">FAIL</span>],
    ['stdout', values.hostile],
  ]
  return lines
    .map(([stream, text], index) =>
      String(
        <div class="log-line" id={`s2-L${index + 1}`} data-stream={stream}>
          <a class="log-number" href={`#s2-L${index + 1}`}>
            {index + 1}
          </a>
          <time class="log-time" datetime="2026-11-20T16:02:11.052Z">
            16:02:11.052
          </time>
          <span class="log-text">{text}</span>
        </div>,
      ),
    )
    .join('\n')
}
