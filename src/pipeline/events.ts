import type { PipelineEvent } from './pipeline.ts'

/** An event that someone asks about, before it has happened. */
export type AskedEvent =
  | ({ type: 'push'; branch: string } & AskedAbout)
  | ({ type: 'tag'; tag: string } & AskedAbout)
  | ({
      type: 'pull_request' | 'pull_request_labeled'
      branch: string
      targetBranch: string
      draft: boolean
      labels: string[]
    } & AskedAbout)
  | { type: 'manual' }

type AskedAbout = { commitMessage: string | null; changedFiles: string[] | null }

/**
 * The event as it would happen. Its payload holds what both GitHub and conditions call by the same
 * names, as far as the asker has said it.
 */
export function happeningOf(asked: AskedEvent): PipelineEvent {
  if (asked.type === 'manual') return asked
  const { commitMessage, changedFiles } = asked
  const seen = { commitMessage, changedFiles }
  switch (asked.type) {
    case 'push': {
      const payload = {
        ref: `refs/heads/${asked.branch}`,
        head_commit: { message: commitMessage },
      }
      return { type: 'push', branch: asked.branch, ...seen, payload }
    }
    case 'tag': {
      const payload = { ref: `refs/tags/${asked.tag}`, head_commit: { message: commitMessage } }
      return { type: 'tag', tag: asked.tag, ...seen, payload }
    }
    case 'pull_request':
    case 'pull_request_labeled': {
      const { type, branch: sourceBranch, targetBranch, draft, labels } = asked
      const payload = {
        action: type === 'pull_request' ? 'synchronize' : 'labeled',
        pull_request: {
          draft,
          labels: labels.map((name) => ({ name })),
          head: { ref: sourceBranch },
          base: { ref: targetBranch },
        },
      }
      return { type, sourceBranch, targetBranch, draft, labels, ...seen, payload }
    }
    default:
      return asked satisfies never
  }
}
