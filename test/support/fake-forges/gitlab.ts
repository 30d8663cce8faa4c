import { type FakeForge, startForge, textIn } from './forge.ts'

const states = ['pending', 'running', 'success', 'failed', 'canceled']
const events: Record<string, string> = {
  pending: 'enqueue',
  running: 'run',
  success: 'success',
  failed: 'drop',
  canceled: 'cancel',
}

/**
 * GitLab as docs.gitlab.com describes "Set commit pipeline status", in a version that refuses to go
 * where a status stands already: only what is pending or running is moved, a final state is followed
 * by a status of its own.
 */
export const startFakeGitlab = (options: {
  token: string
  projects: string[]
}): Promise<FakeForge> =>
  startForge((asked, { kept, breaches, shown }) => {
    const { headers, body } = asked
    if (headers['authorization'] !== `Bearer ${options.token}`) {
      return { status: 401, json: { message: '401 Unauthorized' } }
    }
    const [, project = '', sha = ''] =
      /^\/api\/v4\/projects\/([^/]+)\/statuses\/([^/?]+)$/.exec(asked.path) ?? []
    const repository = decodeURIComponent(project)
    if (!options.projects.includes(repository)) {
      return { status: 404, json: { message: '404 Project Not Found' } }
    }
    const state = textIn(body, 'state') ?? ''
    const name = textIn(body, 'name') ?? 'default'
    const description = textIn(body, 'description')
    const wrong = [
      asked.method === 'POST' || `the method is ${asked.method}`,
      /^[0-9a-f]{40}$/.test(sha) || `the commit is ${sha}`,
      states.includes(state) || `the state is ${state}`,
      name.length <= 255 || 'the name is longer than 255 characters',
      (description ?? '').length <= 255 || 'the description is longer than 255 characters',
    ].filter((found) => found !== true)
    breaches.push(...wrong.map(String))
    if (wrong.length > 0)
      return { status: 400, json: { error: 'state does not have a valid value' } }
    const from = shown(sha, name)
    const isOpen = from === 'pending' || from === 'running'
    if (isOpen && (from === state || state === 'pending')) {
      const event = events[state]
      const message = `Cannot transition status via :${event} from :${from} (Reason(s): Status cannot transition via "${event}")`
      return { status: 400, json: { message } }
    }
    const url = textIn(body, 'target_url')
    kept.push({ repository, sha, context: name, state, description, url, ref: textIn(body, 'ref') })
    return { status: 201, json: { status: state, name, sha } }
  })
