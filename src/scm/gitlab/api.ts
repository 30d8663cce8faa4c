import type { ForgeTarget, Told } from '../contract.ts'
import { forgeAddress, partsOf } from '../forge/address.ts'

export const forge = 'GitLab'

const apiPath = '/api/v4'

/**
 * Where GitLab's API is, and what it calls the project of a target: by its whole path, groups
 * included. An instance may lie below a path of its host, as its API's address then says; that path
 * is none of the project's. A refusal where the address is none of a project.
 */
export function gitlabApi(
  target: ForgeTarget,
): { base: string; project: string } | Extract<Told, { is: 'refused' }> {
  const address = forgeAddress(target.cloneUrl, target.allowLocal)
  const base = target.apiUrl?.replace(/\/$/, '') ?? `${address?.origin ?? ''}${apiPath}`
  const path = address === null ? [] : belowInstance(address.path, target.apiUrl)
  if (path.length < 2) {
    return { is: 'refused', why: 'The clone address is not one of a project on GitLab.' }
  }
  return { base, project: `${base}/projects/${encodeURIComponent(path.join('/'))}` }
}

/** By ssh the instance's own path is not in the address. */
function belowInstance(path: readonly string[], apiUrl: string | null): readonly string[] {
  const instance =
    apiUrl === null ? [] : partsOf(new URL(apiUrl).pathname.replace(/\/api\/v4\/?$/, ''))
  const isBelow = instance.every((part, at) => path[at] === part)
  return isBelow ? path.slice(instance.length) : path
}
