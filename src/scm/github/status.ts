import type { CommitState, CommitStatus, Told } from '../contract.ts'
import { forge, type GithubRepository } from './api.ts'
import { troubleIn } from '../forge/call.ts'

/** GitHub knows no status for what runs, and none for what was cancelled. */
const states: Record<CommitState, string> = {
  pending: 'pending',
  running: 'pending',
  success: 'success',
  failure: 'failure',
  error: 'error',
  cancelled: 'failure',
}

/** Sets a commit status: docs.github.com, REST API, "Create a commit status". */
export async function setStatus(github: GithubRepository, status: CommitStatus): Promise<Told> {
  const answer = await github.post(`/statuses/${encodeURIComponent(status.commit)}`, {
    state: states[status.state],
    context: status.context,
    description: status.description,
    target_url: status.url,
  })
  if ('is' in answer) return answer
  return troubleIn(answer, forge) ?? { is: 'told' }
}
