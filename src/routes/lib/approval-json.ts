import type { ApprovalRequest } from '../../core/approvals/approval.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Hunk } from '../../lib/line-diff.ts'
import { approvalJson, buildJson } from './json.ts'

/** What somebody is asked about a fork's commit, as the API shows it. */
export function approvalRequestJson(
  { build, waiting, approval, configuration, changes }: ApprovalRequest,
  when: { now: Millis; baseUrl: URL },
) {
  return {
    build: buildJson(build, when),
    commit_sha: build.commitSha,
    fork: {
      name: build.fork?.name ?? null,
      url: build.fork?.url ?? null,
      opened_by: build.fork?.author ?? null,
    },
    pull_request: {
      number: build.pullRequestNumber,
      target: build.pullRequestTarget,
      url: build.fork?.pullRequestUrl ?? null,
    },
    configuration: {
      source: configuration.source,
      file_name: configuration.fileName,
      commit_sha: build.fork?.configCommit ?? null,
    },
    builds: waiting.map(({ id, number, workflow }) => ({ id, number, workflow })),
    approval: approval && approvalJson(approval),
    changes:
      changes.is === 'unknown'
        ? { known: false, reason: changes.why }
        : {
            known: true,
            configurations: changes.configurations.map(({ fileName, hunks }) => ({
              file_name: fileName,
              diff: diffText(hunks),
            })),
            files: changes.files,
            count: changes.count,
            partial: changes.isPartial,
          },
  }
}

const signs = { same: ' ', removed: '-', added: '+' } as const

const diffText = (hunks: readonly Hunk[]): string =>
  hunks
    .map(({ lines }) => lines.map(({ is, text }) => `${signs[is]}${text}`).join('\n'))
    .join('\n…\n')
