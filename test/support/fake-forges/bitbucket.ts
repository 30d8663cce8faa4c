import { type FakeForge, textIn } from './forge.ts'
import { type SmallOptions, startSmallForge } from './small.ts'

const states = ['INPROGRESS', 'SUCCESSFUL', 'FAILED', 'STOPPED']

/**
 * Bitbucket Cloud as developer.atlassian.com describes "Create a build status for a commit", below
 * /api/2.0 of its host: the status of a key is overwritten, and a key has at most 40 characters. What
 * it keeps as the context is the name, by which people know it.
 */
export async function startFakeBitbucket(
  options: SmallOptions,
): Promise<FakeForge & { keys: string[] }> {
  const keys: string[] = []
  const forge = await startSmallForge(options, {
    apiPrefix: '/api/2.0',
    path: '/repositories/:owner/:name/commit/:sha/statuses/build',
    refusal: fault,
    refused: (message) => fault(400, message),
    take({ body }, target) {
      const key = textIn(body, 'key') ?? ''
      const state = textIn(body, 'state') ?? ''
      const url = textIn(body, 'url')
      if (key === '') return 'key: required key not provided'
      if (key.length > 40) {
        return `key: Ensure this value has at most 40 characters (it has ${key.length}).`
      }
      if (!states.includes(state)) return `state: ${state} is not a valid choice`
      if (url === null || !URL.canParse(url)) return `url: ${url}`
      keys.push(key)
      const context = textIn(body, 'name') ?? key
      const description = textIn(body, 'description')
      return { ...target, context, state, description, url, ref: textIn(body, 'refname') }
    },
  })
  return { ...forge, keys }
}

const fault = (status: number, message: string) => ({
  status,
  json: { type: 'error', error: { message } },
})
