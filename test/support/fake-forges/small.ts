import { type Call, type FakeForge, type KeptStatus, type Reply, startForge } from './forge.ts'
import { refsOf } from './git-store.ts'

export type SmallOptions = {
  /** Of the API; `username` goes with it for git. */
  token: string
  username?: string
  /** The git directory of each repository; null where it has none. */
  repositories: Record<string, string | null>
  /** Everything lies below this path. */
  prefix?: string
}

type Part = {
  apiPrefix: string
  /** The address by which the status of a commit is set; names its `:owner`, `:name` and `:sha`. */
  path: string
  refusal(status: 401 | 404, message: string): Reply
  /** Checks what was sent against the documentation; a text is a breach. */
  take(call: Call, target: { repository: string; sha: string }): KeptStatus | string
  refused(breach: string): Reply
}

/**
 * A forge that knows its repositories, serves them by git and keeps the statuses of their commits. Its
 * webhooks are the payloads in test/scm/.
 */
export async function startSmallForge(
  { token, username, repositories, prefix }: SmallOptions,
  { apiPrefix, path, refusal, take, refused }: Part,
): Promise<FakeForge> {
  const kept: KeptStatus[] = []
  const breaches: string[] = []
  const server = await startForge({
    apiPrefix,
    api: [{ method: 'POST', path, answer: keep }],
    web: [],
    beforeApi: ({ headers }) =>
      headers['authorization'] === `Bearer ${token}` ? null : refusal(401, 'Bad token.'),
    afterApi: (_, reply) => reply,
    noEndpoint: refusal(404, 'Not found.'),
    breaches,
    git: {
      access(name, login, wants) {
        const isIn = login?.username === username && login?.password === token
        if (!isIn) return { status: 401 }
        const dir = repositories[name] ?? null
        return dir === null || wants === 'write' ? { status: 404 } : { dir }
      },
      refs: refsOf,
      pushed: async () => {},
    },
    ...(prefix === undefined ? {} : { prefix }),
  })

  function keep(call: Call): Reply {
    const { owner, name, sha = '' } = call.params
    const repository = `${owner}/${name}`
    if (!(repository in repositories)) return refusal(404, `Repository ${repository} not found`)
    if (!/^[0-9a-f]{40}$/.test(sha)) return refusal(404, `Commit ${sha} not found`)
    const status = take(call, { repository, sha })
    if (typeof status !== 'string') {
      kept.push(status)
      return { status: 201, json: call.body }
    }
    breaches.push(status)
    return refused(status)
  }

  return {
    ...server,
    kept,
    shown: (sha, context) =>
      kept.findLast((status) => status.sha === sha && status.context === context)?.state ?? null,
  }
}
