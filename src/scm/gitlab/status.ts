import type { CommitState, CommitStatus, ForgeTarget, Told } from '../contract.ts'
import { type ForgeAnswer, postToForge, troubleIn } from '../forge/call.ts'
import { forge, gitlabApi } from './api.ts'

const states: Record<CommitState, string> = {
  pending: 'pending',
  running: 'running',
  success: 'success',
  failure: 'failed',
  error: 'failed',
  cancelled: 'canceled',
}

/** Sets a commit status: docs.gitlab.com, Commits API, "Set commit pipeline status". */
export async function reportToGitlab(
  target: ForgeTarget,
  status: CommitStatus,
  signal?: AbortSignal,
): Promise<Told> {
  const api = gitlabApi(target)
  if ('is' in api) return api
  const answer = await postToForge({
    forge,
    url: `${api.project}/statuses/${encodeURIComponent(status.commit)}`,
    headers: { accept: 'application/json' },
    body: {
      state: states[status.state],
      name: status.context,
      description: status.description,
      target_url: status.url,
      // Without it GitLab takes the default branch, whichever branch was built.
      ...(status.ref === null ? {} : { ref: status.ref }),
    },
    target,
    signal,
  })
  if ('is' in answer) return answer
  if (isAsWanted(answer, status.state)) return { is: 'told' }
  return troubleIn(answer, forge) ?? { is: 'told' }
}

/**
 * GitLab without its merge request 198626 refuses to go where it stands already (gitlab-foss issue
 * 25807), as after an answer that got lost. Nor does it go back from running to pending, when a
 * commit is built again while its build still runs: the state that is to come counts, and that it
 * takes.
 */
function isAsWanted({ status, words }: ForgeAnswer, wanted: CommitState): boolean {
  const from = /^Cannot transition status via :\w+ from :(\w+)/.exec(words)?.[1]
  if (status !== 400 || from === undefined) return false
  return from === states[wanted] || wanted === 'pending' || wanted === 'running'
}
