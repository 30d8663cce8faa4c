import { approveBuild } from '../../src/core/approvals/approve.ts'
import type { Repository } from '../../src/core/repositories/repository.ts'
import { schema } from '../../src/db/client.ts'
import { admin, type TestServices } from './ctx.ts'
import { payloadCommits } from './payloads.ts'
import { told } from './push.ts'
import type { TestRepo } from './repo.ts'

/** Where forges keep a pull request, under the numbers of the payloads. */
export const forkRefs = {
  github: 'refs/pull/87',
  gitlab: 'refs/merge-requests/31',
} as const

export type ForkedCommit = { head: string; merge: string }

/**
 * A commit of a fork as a forge keeps it: below the pull request's refs, and on no branch of the
 * repository. Called again it is a push to the pull request, by force.
 */
export function forkCommit(
  git: TestRepo,
  refs: string,
  files: Record<string, string> = { 'lib/rounding.txt': 'half to even\n' },
  message = 'Round amounts half to even',
): ForkedCommit {
  git.git('checkout', '--quiet', '--detach', 'main')
  const head = git.commit(files, message)
  git.git('update-ref', `${refs}/head`, head)
  git.git('checkout', '--quiet', '--detach', 'main')
  git.git('merge', '--quiet', '--no-ff', '--message', `Merge ${head}`, head)
  const merge = git.head()
  git.git('update-ref', `${refs}/merge`, merge)
  git.git('checkout', '--quiet', 'main')
  return { head, merge }
}

/** The commit's place in a payload. */
export const of = (commit: string): Record<string, string> => ({ [payloadCommits.after]: commit })

/** What GitHub tells of a pull request from a fork, with texts of the payload replaced. */
export const tellFork = (
  services: TestServices,
  repository: Repository,
  commit: string,
  changes: Record<string, string> = {},
) => told(services, repository, 'pull_request.opened.fork', { ...of(commit), ...changes })

/** What else GitHub tells of the same pull request: another action. */
export const action = (name: string): Record<string, string> => ({
  '"action": "opened"': `"action": "${name}"`,
})
export const retargetedTo = (branch: string): Record<string, string> => ({
  '"action": "opened",': '"action": "edited", "changes": { "base": { "ref": { "from": "x" } } },',
  ...targeting(branch),
})
/** The base is the only one whose label is the repository's own. */
export const targeting = (branch: string): Record<string, string> => ({
  '"label": "lumen-apps:main",\n      "ref": "main"': `"label": "lumen-apps:${branch}",\n      "ref": "${branch}"`,
})

export const approve = (services: TestServices, id: string, commit: string) =>
  approveBuild(services.as(admin), id, { commit })

/** Every build there is: its workflow, its commit's beginning and how it stands. */
export async function standings(services: TestServices): Promise<[string, string, string][]> {
  const { builds } = schema
  const rows = await services.db.read.select().from(builds).orderBy(builds.id).all()
  return rows.map(({ workflow, commitSha, status }) => [workflow, commitSha, status])
}
