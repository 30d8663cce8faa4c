import type { ForgeTarget, Told } from '../contract.ts'
import { forgeAddress } from '../forge/address.ts'
import {
  askForge,
  type ForgeAnswer,
  type ForgeCall,
  postToForge,
  troubleIn,
} from '../forge/call.ts'

export const forge = 'GitHub'

/**
 * What GitHub's API is asked about one repository. The API of github.com is at api.github.com, that
 * of GitHub Enterprise Server below /api/v3 of its own host.
 */
export type GithubRepository = {
  post(path: string, body: ForgeCall['body'], more?: More): Promise<ForgeAnswer | Told>
  ask(path: string, more?: More): Promise<ForgeAnswer | Told>
}

type More = {
  method?: 'POST' | 'PATCH' | 'DELETE'
  answerBytesMax?: number
  isOfRepository?: boolean
}

/** The API about the repository of a target; a refusal where its address is none of GitHub's. */
export function githubRepository(
  target: ForgeTarget,
  signal: AbortSignal | undefined,
): GithubRepository | Extract<Told, { is: 'refused' }> {
  const address = forgeAddress(target.cloneUrl, target.allowLocal)
  const [owner, name, ...more] = address?.path ?? []
  if (!address || !owner || !name || more.length > 0) {
    return { is: 'refused', why: 'The clone address is not one of a repository on GitHub.' }
  }
  const api =
    target.apiUrl?.replace(/\/$/, '') ??
    (address.host === 'github.com' ? 'https://api.github.com' : `${address.origin}/api/v3`)
  const repository = `${api}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`
  const shared = {
    forge,
    headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
    target,
    signal,
  }
  return {
    post: (path, body, { method = 'POST', answerBytesMax } = {}) =>
      postToForge({
        ...shared,
        url: `${repository}${path}`,
        method,
        body,
        ...(answerBytesMax === undefined ? {} : { answerBytesMax }),
      }),
    ask: (path, { answerBytesMax, isOfRepository = true } = {}) =>
      askForge({
        ...shared,
        url: `${isOfRepository ? repository : api}${path}`,
        ...(answerBytesMax === undefined ? {} : { answerBytesMax }),
      }),
  }
}

/** What GitHub says of what an App was not given, whatever it is asked for: status 403. */
export const isNotPermitted = ({ status, words }: ForgeAnswer): boolean =>
  status === 403 && /not accessible by/i.test(words)

/** A good answer as it is, anything else as what became of the call. */
export function goodOr(answer: ForgeAnswer | Told): ForgeAnswer | Told {
  if ('is' in answer) return answer
  return troubleIn(answer, forge) ?? answer
}
