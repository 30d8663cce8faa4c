import type { CommitState, CommitStatus, ForgeTarget, Told } from '../contract.ts'
import { forgeAddress } from '../forge/address.ts'
import { postToForge, troubleIn } from '../forge/call.ts'

const forge = 'Gitea'

/** Gitea knows no status for what runs, and none for what was cancelled. */
const states: Record<CommitState, string> = {
  pending: 'pending',
  running: 'pending',
  success: 'success',
  failure: 'failure',
  error: 'error',
  cancelled: 'failure',
}

/**
 * Sets a commit status: docs.gitea.com, API, "Create a commit status"; Forgejo has the same. The API
 * is below /api/v1 of the host, or of the path that Gitea is served under.
 */
export async function reportToGitea(
  target: ForgeTarget,
  status: CommitStatus,
  signal?: AbortSignal,
): Promise<Told> {
  const address = forgeAddress(target.cloneUrl, target.allowLocal)
  const [owner, name] = address?.path.slice(-2) ?? []
  if (!address || owner === undefined || name === undefined) {
    return { is: 'refused', why: 'The clone address is not one of a repository on Gitea.' }
  }
  const under = [address.origin, ...address.path.slice(0, -2).map(encodeURIComponent)].join('/')
  const api = target.apiUrl?.replace(/\/$/, '') ?? `${under}/api/v1`
  const path = ['repos', owner, name, 'statuses', status.commit]
  const answer = await postToForge({
    forge,
    url: `${api}/${path.map(encodeURIComponent).join('/')}`,
    headers: { accept: 'application/json' },
    body: {
      state: states[status.state],
      context: status.context,
      description: status.description,
      target_url: status.url,
    },
    target,
    signal,
  })
  return 'is' in answer ? answer : (troubleIn(answer, forge) ?? { is: 'told' })
}
