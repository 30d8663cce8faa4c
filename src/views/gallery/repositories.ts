import type { Shell } from '../layout/shell.ts'
import type { RepositoryFilters } from '../paths.ts'
import { DropPipelinePage } from '../pipelines/drop.tsx'
import { RepositoriesPage } from '../repositories/list.tsx'
import { NewRepositoryPage } from '../repositories/new.tsx'
import { RepositoryPage, type RepositoryTabContent } from '../repositories/page.tsx'
import { RemoveRepositoryPage } from '../repositories/remove.tsx'
import { aboutProvider, providers } from '../../core/repositories/repository.ts'
import type { Input } from '../../pipeline/pipeline.ts'
import { BuildNumbersPage } from '../repositories/build-numbers.tsx'
import { TriggerPage } from '../repositories/trigger.tsx'
import { builds, now, repository } from './builds.ts'
import { type Entry, entry } from './entry.ts'
import * as lists from './lists.ts'
import * as pipelines from './pipelines.ts'

/** The pages of repositories. */
export function repositoryEntries(shell: Shell): Entry[] {
  const at = (path: string): Shell => ({ ...shell, path })
  const tabEntry = (name: string, content: RepositoryTabContent, changes = {}) =>
    entry(`repository-${name}`, RepositoryPage, {
      shell: at('/repositories/1'),
      repository: repository(changes),
      content,
      now,
    })

  return [
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
      values: { provider: '', clone_url: '', default_branch: '', clone_username: '' },
      errors: [],
      allowLocal: true,
    }),
    entry('repository-new-wrong', NewRepositoryPage, {
      shell: at('/repositories/new'),
      values: {
        provider: 'gitlab',
        clone_url: 'ftp://example.com/app',
        default_branch: '-x',
        clone_username: '',
      },
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
      'overview-connected',
      {
        tab: 'overview',
        webhookUrl: 'https://ci.lumen.example/api/webhooks/github/01KAFZ00000000000000000001',
        newSecret: null,
        builds: [],
        deliveries: [],
      },
      { provider: 'github', isConnected: true, hasWebhookSecret: false },
    ),
    tabEntry(
      'overview-paused',
      {
        tab: 'overview',
        webhookUrl: 'https://ci.lumen.example/api/webhooks/github/01KAFZ00000000000000000001',
        newSecret: null,
        builds: builds.slice(0, 3),
        deliveries: [],
      },
      {
        provider: 'github',
        isConnected: true,
        state: 'inactive',
        stateReason: 'The GitHub App was uninstalled.',
      },
    ),
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
    ...forges.map((provider) =>
      tabEntry(
        `overview-${provider}`,
        {
          tab: 'overview',
          webhookUrl: `https://ci.lumen.example/api/webhooks/${provider}/01KAFZ00000000000000000001`,
          newSecret: 'k3v7q2m5x4w6z8b9n1c3d5f7g9h2j4l6',
          builds: [],
          deliveries: [],
        },
        { provider },
      ),
    ),
    tabEntry('builds', {
      tab: 'builds',
      page: { data: builds, nextCursor: 'next' },
      cursor: null,
    }),
    tabEntry('builds-none', { tab: 'builds', page: { data: [], nextCursor: null }, cursor: null }),
    ...Object.entries(pipelines.views).map(([name, view]) =>
      tabEntry(`pipeline-${name}`, { tab: 'pipeline', view }),
    ),
    entry('pipeline-drop', DropPipelinePage, {
      shell,
      repository: repository(),
      ownFile: { is: 'there', fileName: 'codemagic.yaml' },
    }),
    tabEntry('settings', {
      tab: 'settings',
      values: {
        default_branch: 'main',
        state: 'active',
        next_build_number: '215',
        configuration_first: 'stored',
        fork_builds: 'ask',
        pull_request_comments: 'true',
        clone_username: '',
      },
      errors: [],
    }),
    tabEntry(
      'settings-github',
      {
        tab: 'settings',
        values: {
          default_branch: 'main',
          state: 'active',
          next_build_number: '215',
          configuration_first: 'stored',
          fork_builds: 'ask',
          pull_request_comments: 'false',
          clone_username: '',
        },
        errors: [],
      },
      { provider: 'github' },
    ),
    tabEntry(
      'settings-wrong',
      {
        tab: 'settings',
        values: {
          default_branch: 'main',
          state: 'inactive',
          next_build_number: '3',
          configuration_first: 'repository',
          fork_builds: 'never',
          pull_request_comments: 'true',
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
    entry('build-numbers', BuildNumbersPage, {
      shell,
      repository: repository(),
      numbers: [
        { workflow: 'android-release', next: 133 },
        { workflow: 'ios', next: 7 },
      ],
      values: { workflow: '', next: '' },
      errors: [],
    }),
    entry('build-numbers-none', BuildNumbersPage, {
      shell,
      repository: repository({ nextBuildNumber: 1 }),
      numbers: [],
      values: { workflow: 'ios', next: '0' },
      errors: [{ field: 'next', message: 'The next must be a whole number from 1.' }],
    }),
    entry('trigger', TriggerPage, {
      shell,
      repository: repository(),
      workflows: [
        { id: 'android-release', name: 'Android release', inputs: askedOfAndroid },
        { id: 'ios', name: 'ios', inputs: [] },
      ],
      values: { branch: 'main', commit: '', workflow: '', labels: '', inputs: {} },
      errors: [],
      branches: ['main', 'develop'],
    }),
    entry('trigger-wrong', TriggerPage, {
      shell,
      repository: repository({ state: 'inactive' }),
      workflows: null,
      values: { branch: 'nowhere', commit: '', workflow: 'x', labels: 'qa', inputs: {} },
      errors: [{ field: 'branch', message: 'The repository has no branch “nowhere”.' }],
    }),
  ]
}

const forges = providers.filter((key) => aboutProvider(key).isForge)

const askedOfAndroid: Input[] = [
  {
    id: 'flavour',
    description: 'Which flavour to build',
    type: 'choice',
    options: ['staging', 'production'],
    default: 'staging',
  },
  {
    id: 'release_notes',
    description: 'What testers read',
    type: 'string',
    options: [],
    default: '',
  },
]

const noRepositoryFilters: RepositoryFilters = {
  provider: null,
  q: null,
  state: null,
  sort: 'name',
}
