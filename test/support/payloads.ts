import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export type Forge = 'github' | 'gitlab'

/** What forges send, one file for each situation: `<event>.<what is special>.json`. */
export function payloadNames(forge: Forge): string[] {
  return readdirSync(directoryOf(forge)).map((file) => file.replace(/\.json$/, ''))
}

/** The text of a payload; `changes` replaces texts in it, such as a commit by one that is there. */
export function payloadText(
  forge: Forge,
  name: string,
  changes: Record<string, string> = {},
): string {
  const text = readFileSync(`${directoryOf(forge)}${name}.json`, 'utf8')
  return Object.entries(changes).reduce((made, [from, to]) => made.replaceAll(from, to), text)
}

/** The headers that a forge sends with a body: signed by the secret, and what it calls the event. */
export function forgeHeaders(
  forge: Forge,
  name: string,
  body: string,
  secret: string,
): Record<string, string> {
  const [event = ''] = name.split('.')
  if (forge === 'gitlab') {
    return {
      'content-type': 'application/json',
      'user-agent': 'GitLab/18.5.0',
      'x-gitlab-event': gitlabEvents[event] ?? event,
      'x-gitlab-token': secret,
      'x-gitlab-instance': 'https://gitlab.example.com',
    }
  }
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  return {
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-event': event,
    'x-github-hook-id': '512345678',
    'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`,
    'x-hub-signature-256': `sha256=${signature}`,
  }
}

/** The commits of the payloads. */
export const payloadCommits = {
  before: '5f1a3c0d9e8b7a6f5e4d3c2b1a0f9e8d7c6b5a49',
  after: 'c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c',
}

const gitlabEvents: Record<string, string> = {
  push: 'Push Hook',
  tag_push: 'Tag Push Hook',
  merge_request: 'Merge Request Hook',
  note: 'Note Hook',
  pipeline: 'Pipeline Hook',
  system: 'System Hook',
}

const directoryOf = (forge: Forge): string =>
  fileURLToPath(new URL(`../scm/${forge}/payloads/`, import.meta.url))
