import { type FakeForge, textIn } from './forge.ts'
import { type SmallOptions, startSmallForge } from './small.ts'

// modules/structs/commit_status.go: CommitStatusState.
const states = ['pending', 'success', 'error', 'failure', 'warning']

/**
 * Gitea as docs.gitea.com describes "Create a commit status" (Forgejo has the same): below /api/v1 of
 * the host, or of the path it is served under, with a token as bearer.
 */
export const startFakeGitea = (options: SmallOptions): Promise<FakeForge> =>
  startSmallForge(options, {
    apiPrefix: '/api/v1',
    path: '/repos/:owner/:name/statuses/:sha',
    refusal: (status, message) => ({ status, json: { message, url: swagger } }),
    refused: (message) => ({ status: 400, json: { message, url: swagger } }),
    take({ body }, target) {
      const state = textIn(body, 'state') ?? ''
      const url = textIn(body, 'target_url')
      if (!states.includes(state)) return `the state is ${state}`
      if (url !== null && !URL.canParse(url)) return `target_url is ${url}`
      const context = textIn(body, 'context') ?? 'default'
      const description = textIn(body, 'description')
      return { ...target, context, state, description, url, ref: null }
    },
  })

const swagger = 'https://git.lumen.example/api/swagger'
