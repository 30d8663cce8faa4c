import { sha256Hex } from '../../lib/crypto.ts'
import type { CommitState, CommitStatus, ForgeTarget, Told } from '../contract.ts'
import { forgeAddress } from '../forge/address.ts'
import { postToForge, troubleIn } from '../forge/call.ts'
import { aboutBitbucket } from './about.ts'

const forge = 'Bitbucket'

/** What tells the statuses of a commit apart may have no more characters. */
const keyLengthMax = 40

/** Bitbucket knows no status for what waits, and one for all that went wrong. */
const states: Record<CommitState, string> = {
  pending: 'INPROGRESS',
  running: 'INPROGRESS',
  success: 'SUCCESSFUL',
  failure: 'FAILED',
  error: 'FAILED',
  cancelled: 'STOPPED',
}

/**
 * Sets a build status: developer.atlassian.com, Bitbucket Cloud, "Create a build status for a
 * commit", which overwrites the one of the same key. The API of bitbucket.org is at
 * api.bitbucket.org/2.0; whatever stands in for it elsewhere has it below /api/2.0.
 */
export async function reportToBitbucket(
  target: ForgeTarget,
  status: CommitStatus,
  signal?: AbortSignal,
): Promise<Told> {
  const address = forgeAddress(target.cloneUrl, target.allowLocal)
  const [workspace, name, ...more] = address?.path ?? []
  if (!address || !workspace || !name || more.length > 0) {
    return { is: 'refused', why: 'The clone address is not one of a repository on Bitbucket.' }
  }
  const isCloud = aboutBitbucket.hosts.some((host) => host === address.host)
  const api =
    target.apiUrl?.replace(/\/$/, '') ??
    (isCloud ? 'https://api.bitbucket.org/2.0' : `${address.origin}/api/2.0`)
  const path = ['repositories', workspace, name, 'commit', status.commit, 'statuses', 'build']
  const answer = await postToForge({
    forge,
    url: `${api}/${path.map(encodeURIComponent).join('/')}`,
    headers: { accept: 'application/json' },
    body: {
      key: keyOf(status.context),
      name: status.context,
      state: states[status.state],
      description: status.description,
      url: status.url,
      ...(status.ref === null ? {} : { refname: status.ref }),
    },
    target,
    signal,
  })
  return 'is' in answer ? answer : (troubleIn(answer, forge) ?? { is: 'told' })
}

/** The context itself where it is short enough, else the beginning of its hash. */
const keyOf = (context: string): string =>
  context.length <= keyLengthMax ? context : sha256Hex(context).slice(0, keyLengthMax)
