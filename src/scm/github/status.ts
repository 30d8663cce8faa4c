import type { CommitState, CommitStatus, ForgeTarget, Told } from '../contract.ts'
import { forgeAddress } from '../forge/address.ts'
import { postToForge, troubleIn } from '../forge/call.ts'

const forge = 'GitHub'

/** GitHub knows no status for what runs, and none for what was cancelled. */
const states: Record<CommitState, string> = {
  pending: 'pending',
  running: 'pending',
  success: 'success',
  failure: 'failure',
  error: 'error',
  cancelled: 'failure',
}

/**
 * Sets a commit status: docs.github.com, REST API, "Create a commit status". The API of github.com is
 * at api.github.com, that of GitHub Enterprise Server below /api/v3 of its own host.
 */
export async function reportToGithub(
  target: ForgeTarget,
  status: CommitStatus,
  signal?: AbortSignal,
): Promise<Told> {
  const address = forgeAddress(target.cloneUrl, target.allowLocal)
  const [owner, name, ...more] = address?.path ?? []
  if (!address || !owner || !name || more.length > 0) {
    return { is: 'refused', why: 'The clone address is not one of a repository on GitHub.' }
  }
  const api =
    target.apiUrl?.replace(/\/$/, '') ??
    (address.host === 'github.com' ? 'https://api.github.com' : `${address.origin}/api/v3`)
  const answer = await postToForge({
    forge,
    url: `${api}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}/statuses/${encodeURIComponent(status.commit)}`,
    headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
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
