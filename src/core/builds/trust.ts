import type { Plan } from '../../pipeline/plan.ts'
import type { Build } from './build.ts'

/*
 * What a build may have beyond its code. Asked here and nowhere else by whatever hands something to
 * a build: secrets, files for signing, a place in a cache. docs/decisions/0018.
 */

/** Whose commits are built. */
export type Trust =
  | { is: 'own' }
  /** Of another repository: anybody may have written them, whoever approved them. */
  | { is: 'fork'; pullRequest: number }

type Of = Pick<Build, 'repositoryId' | 'pullRequestNumber' | 'fork'>

/** Decided by the row of the build and nothing else: no name, no branch and no label counts. */
export const trustOf = ({ fork, pullRequestNumber }: Of): Trust =>
  fork === null ? { is: 'own' } : { is: 'fork', pullRequest: pullRequestNumber ?? 0 }

export type Allowance = {
  /** Secret and protected variables, integrations. */
  secrets: boolean
  signing: boolean
  publishing: boolean
  /** What it caches is found again by builds of the same name only. */
  cacheNamespace: string
}

/** What a build may have. An approval adds nothing to it: it lets the code run, and no more. */
export function allowanceOf(build: Of): Allowance {
  const trust = trustOf(build)
  switch (trust.is) {
    case 'own':
      return {
        secrets: true,
        signing: true,
        publishing: true,
        cacheNamespace: `${build.repositoryId}/own`,
      }
    case 'fork':
      return {
        secrets: false,
        signing: false,
        publishing: false,
        cacheNamespace: `${build.repositoryId}/forks/${trust.pullRequest}`,
      }
  }
}

/** The plan without what the build may not have, and what that was, in words for its log. */
export function withheldFrom(
  plan: Plan,
  { secrets, signing, publishing }: Allowance,
): { plan: Plan; withheld: string[] } {
  const withheld: string[] = []
  const allowed = { ...plan }
  const integrations = Object.keys(plan.integrations)
  if (!secrets) {
    if (integrations.length > 0) withheld.push(`the keys of ${integrations.join(', ')}`)
    // Groups stay: of the variables in them it gets those that are neither secret nor protected.
    allowed.integrations = {}
  }
  if (!signing) {
    if (plan.signing.ios !== null) withheld.push('ios_signing')
    if (plan.signing.android.length > 0) withheld.push('android_signing')
    allowed.signing = { ios: null, android: [] }
  }
  if (!publishing) {
    if (plan.publishing !== null) withheld.push('publishing')
    allowed.publishing = null
  }
  return { plan: allowed, withheld }
}
