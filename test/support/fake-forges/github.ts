import type { GitServerOptions } from '../../scm/git/servers.ts'
import { type FakeForge, startForge, textIn } from './forge.ts'

const states = ['error', 'failure', 'pending', 'success']

/**
 * GitHub Enterprise Server as docs.github.com describes "Create a commit status": below /api/v3 of
 * its own host, with a bearer token, knowing the repositories and commits that a test gives it.
 */
export const startFakeGithub = (options: {
  token: string
  repositories: string[]
  git?: GitServerOptions
}): Promise<FakeForge> =>
  startForge((asked, { kept, breaches }) => {
    const { headers, body } = asked
    if (headers['authorization'] !== `Bearer ${options.token}`) {
      return { status: 401, json: { message: 'Bad credentials' } }
    }
    const [, repository = '', sha = ''] =
      /^\/api\/v3\/repos\/([^/]+\/[^/]+)\/statuses\/([^/?]+)$/.exec(asked.path) ?? []
    if (!options.repositories.includes(decodeURIComponent(repository))) {
      return { status: 404, json: { message: 'Not Found' } }
    }
    if (!/^[0-9a-f]{40}$/.test(sha)) {
      return { status: 422, json: { message: `No commit found for SHA: ${sha}` } }
    }
    const state = textIn(body, 'state') ?? ''
    const description = textIn(body, 'description')
    const url = textIn(body, 'target_url')
    const wrong = [
      asked.method === 'POST' || `the method is ${asked.method}`,
      headers['accept'] === 'application/vnd.github+json' || `accept is ${headers['accept']}`,
      headers['x-github-api-version'] === '2022-11-28' || 'no version of the API is named',
      !!headers['user-agent'] || 'no user agent',
      states.includes(state) || `the state is ${state}`,
      (description ?? '').length <= 140 || 'the description is longer than 140 characters',
      url === null || URL.canParse(url) || `target_url is ${url}`,
    ].filter((found) => found !== true)
    breaches.push(...wrong.map(String))
    if (wrong.length > 0) return { status: 422, json: { message: 'Validation Failed' } }
    const context = textIn(body, 'context') ?? 'default'
    kept.push({
      repository: decodeURIComponent(repository),
      sha,
      context,
      state,
      description,
      url,
      ref: null,
    })
    return { status: 201, json: { state, context, description } }
  }, options.git)
