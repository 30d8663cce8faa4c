import type { Build } from '../../core/builds/build.ts'
import type { Delivery } from '../../core/deliveries/delivery.ts'
import type { Overview } from '../../core/overview/overview.ts'
import type { Repository } from '../../core/repositories/repository.ts'
import { hours, minutes, seconds } from '../../lib/clock.ts'
import { expiringCredentials } from './signing.ts'
import { build, builds, failed, held, hostile, id, now, repository, sha } from './builds.ts'

export const deliveries: Delivery[] = [
  delivery(1, {}),
  delivery(2, {
    status: 'ignored',
    reason:
      'By oore.yaml:\nNightly was not started: it wants a tag.\n' +
      'Android release was not started: the branch “docs/typo” fits none of its patterns.',
    buildIds: [],
  }),
  delivery(3, {
    status: 'rejected',
    reason: 'The signature does not match the body. Check that the hook has the current secret.',
    buildIds: [],
    repository: null,
    repositoryId: null,
  }),
  delivery(6, { event: 'ping', reason: 'Ping: the webhook works.', buildIds: [] }),
  delivery(4, { status: 'received', reason: '', buildIds: [], processedAt: null }),
  delivery(5, {
    status: 'failed',
    reason:
      'The configuration at 7d1c0ffe could not be read: oore.yaml:9:7 scripts[0] has no script.',
    buildIds: [],
    payload: hostile,
  }),
]

function delivery(n: number, changes: Partial<Delivery>): Delivery {
  return {
    id: id(500 + n),
    provider: 'git',
    event: 'push',
    deliveryId: `b2f7c1e0-${n}`,
    repositoryId: id(1),
    repository: 'lumen/wallet',
    status: 'processed',
    reason:
      'By oore.yaml:\nNightly was not started: it wants a tag.\n' +
      'Android release was started: push to main, which its pattern “main” fits.',
    buildIds: [id(214)],
    sourceIp: '192.0.2.17',
    headers: { 'x-oore-delivery': `b2f7c1e0-${n}` },
    receivedAt: now - minutes(7 * n),
    processedAt: now - minutes(7 * n) + 80,
    payload: JSON.stringify({
      ref: 'refs/heads/main',
      before: sha(213),
      after: sha(214),
      pusher: 'ines </script><img src=x>',
    }),
    ...changes,
  }
}

const history = (failures: number[]): Build[] =>
  Array.from({ length: 20 }, (_, n) =>
    build({
      id: id(300 + n),
      number: 214 - n,
      queuedAt: now - hours(n * 5) - minutes(12),
      startedAt: now - hours(n * 5) - minutes(12),
      finishedAt: now - hours(n * 5) - minutes(12) + seconds(200 + ((n * 67) % 190)),
      ...(failures.includes(n) ? { status: 'failure' as const } : {}),
    }),
  )

const backoffice = repository({
  id: id(2),
  name: 'backoffice',
  fullName: 'lumen/backoffice',
  state: 'inactive',
})

export const repositories: Repository[] = [
  repository(),
  backoffice,
  repository({
    id: id(3),
    fullName: 'an-organisation-with-quite-a-name/and-a-repository-that-does-not-want-to-end',
    cloneUrl:
      'ssh://git@code.organisation.example:2222/an-organisation/and-a-repository-that-does-not-want-to-end.git',
    defaultBranch: 'release/next-generation-of-everything',
    state: 'error',
  }),
  repository({ id: id(4), fullName: 'kōan/日本語', state: 'pending_setup', nextBuildNumber: 1 }),
]

export const overview: Overview = {
  active: builds.slice(0, 2),
  recent: builds.slice(3),
  approvals: [
    { build: build({ ...held, id: id(219), number: 219 }), count: 3 },
    {
      build: build({ ...held, id: id(220), number: 62, repository: 'lumen/backoffice' }),
      count: 1,
    },
  ],
  expiring: expiringCredentials,
  failing: [{ repository: backoffice, build: build({ ...failed, id: id(60), number: 60 }) }],
  repositories: [
    { repository: repository(), builds: history([3, 4, 11]) },
    { repository: backoffice, builds: [build({ ...failed }), ...history([6]).slice(0, 8)] },
    { repository: repositories[3]!, builds: [] },
  ],
  statistics: { finished: 1284, successRate: 0.934, medianDurationMs: 372_000 },
  checklist: {
    checkedAddress: true,
    connectedForge: true,
    addedRepository: true,
    builtOnce: true,
    receivedDelivery: true,
  },
}

export const freshOverview: Overview = {
  active: [],
  recent: [],
  approvals: [],
  expiring: [],
  failing: [],
  repositories: [],
  statistics: { finished: 0, successRate: null, medianDurationMs: null },
  checklist: {
    checkedAddress: false,
    connectedForge: false,
    addedRepository: false,
    builtOnce: false,
    receivedDelivery: false,
  },
}
