import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Those whose webhooks have payloads of their own. */
export const forges = ['github', 'gitlab', 'gitea', 'bitbucket'] as const
export type Forge = (typeof forges)[number]

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

/** What the forge calls the event of a payload. */
export function payloadEvent(forge: Forge, name: string): string {
  const [event = ''] = name.split('.')
  if (forge === 'gitlab') return gitlabEvents[event] ?? event
  // A file cannot be called `pullrequest:created` everywhere.
  if (forge === 'bitbucket') return event === 'push' ? 'repo:push' : event.replace('_', ':')
  return event
}

/** The headers that a forge sends with a body: signed by the secret, and what it calls the event. */
export function forgeHeaders(
  forge: Forge,
  name: string,
  body: string,
  secret: string,
): Record<string, string> {
  const hex = (algorithm: string) => createHmac(algorithm, secret).update(body).digest('hex')
  const event = payloadEvent(forge, name)
  const type = { 'content-type': 'application/json' }
  switch (forge) {
    case 'github':
      return {
        ...type,
        'user-agent': 'GitHub-Hookshot/044aadd',
        'x-github-event': event,
        'x-github-hook-id': '512345678',
        'x-hub-signature': `sha1=${hex('sha1')}`,
        'x-hub-signature-256': `sha256=${hex('sha256')}`,
      }
    case 'gitlab':
      return {
        ...type,
        'user-agent': 'GitLab/18.5.0',
        'x-gitlab-event': event,
        'x-gitlab-token': secret,
        'x-gitlab-instance': 'https://gitlab.example.com',
      }
    case 'gitea':
      return {
        ...type,
        'user-agent': 'Go-http-client/1.1',
        'x-gitea-event': event,
        'x-gitea-event-type': event,
        'x-gitea-signature': hex('sha256'),
        'x-gogs-event': event,
        'x-gogs-event-type': event,
        'x-gogs-signature': hex('sha256'),
        'x-hub-signature': `sha1=${hex('sha1')}`,
        'x-hub-signature-256': `sha256=${hex('sha256')}`,
        'x-github-event': event,
        'x-github-event-type': event,
      }
    case 'bitbucket':
      return {
        ...type,
        'user-agent': 'Bitbucket-Webhooks/2.0',
        'x-event-key': event,
        'x-attempt-number': '1',
        'x-hook-uuid': '4f8091a2-cde5-4f60-9172-839405162738',
        'x-hub-signature': `sha256=${hex('sha256')}`,
      }
  }
}

/** The header by which a forge tells one delivery from another. */
export const deliveryHeaders: Record<Forge, string> = {
  github: 'x-github-delivery',
  gitlab: 'idempotency-key',
  gitea: 'x-gitea-delivery',
  bitbucket: 'x-request-uuid',
}

/** The commits of the payloads. Bitbucket's of pull requests have 12 digits. */
export const payloadCommits = {
  before: '5f1a3c0d9e8b7a6f5e4d3c2b1a0f9e8d7c6b5a49',
  after: 'c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c',
  shortAfter: 'c3d0be41ecbe',
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
