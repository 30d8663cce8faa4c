import { z } from 'zod'
import { OoreError } from '../../lib/errors.ts'
import { oneLine } from '../../lib/one-line.ts'
import { NoAnswer, type Reach, safeFetch } from '../../lib/safe-fetch.ts'
import type { Secret } from '../../lib/secret.ts'
import { MiB } from '../../lib/sizes.ts'

/* What GitLab says of people. docs.gitlab.com, "Users API", "Group and project members API". */

const answerBytesMax = MiB
const nameLengthMax = 200
/** "Guest": who has less, "Minimal Access", sees that the group is there and nothing of it. */
const leastAccess = 10

/** An instance's API, and how it may be reached. */
export type GitlabApi = { apiUrl: URL; reach: Reach }

const account = z.object({ id: z.number().int(), username: z.string().min(1) })
const accounts = z.array(account)
const user = account.extend({
  name: z.string().nullish(),
  state: z.string(),
  email: z.string().nullish(),
  confirmed_at: z.string().nullish(),
})
const group = z.object({ id: z.number().int(), full_path: z.string().min(1) })
const member = z.object({
  id: z.number().int(),
  state: z.string(),
  access_level: z.number(),
  membership_state: z.string().optional(),
})

type Account = { externalId: string; login: string }
type Group = { externalId: string; name: string }

/** Whose token this is, and their address where GitLab has had it confirmed. */
export async function readGitlabPerson(
  api: GitlabApi,
  token: Secret,
): Promise<Account & { name: string; verifiedEmail: string | null }> {
  const found = await ask(api, token, '/user', user)
  if (found?.state !== 'active') {
    throw new OoreError('forbidden', 'GitLab does not say whose account this is. Sign in again.')
  }
  return {
    externalId: String(found.id),
    login: found.username,
    name: oneLine(found.name ?? '', nameLengthMax),
    verifiedEmail: found.confirmed_at && found.email ? found.email : null,
  }
}

/** Is this person an active member of the group with this number, or of one above it? */
export async function isGitlabMember(
  api: GitlabApi,
  token: Secret,
  { externalId }: Group,
  person: Account,
): Promise<boolean> {
  const path = `/groups/${encodeURIComponent(externalId)}/members/all/${encodeURIComponent(person.externalId)}`
  const found = await ask(api, token, path, member)
  return (
    found !== null &&
    String(found.id) === person.externalId &&
    found.state === 'active' &&
    found.access_level >= leastAccess &&
    (found.membership_state ?? 'active') === 'active'
  )
}

/** A person's account by its name; null where that is nobody's. */
export async function findGitlabAccount(
  api: GitlabApi,
  token: Secret | null,
  login: string,
): Promise<Account | null> {
  const found = await ask(api, token, `/users?username=${encodeURIComponent(login)}`, accounts)
  const one = found?.find(({ username }) => username.toLowerCase() === login.toLowerCase())
  return one ? { externalId: String(one.id), login: one.username } : null
}

/** A group by its whole path; null where there is none that the connection may see. */
export async function findGitlabGroup(
  api: GitlabApi,
  token: Secret | null,
  path: string,
): Promise<Group | null> {
  const query = `/groups/${encodeURIComponent(path)}?with_projects=false`
  const found = await ask(api, token, query, group)
  return found && { externalId: String(found.id), name: found.full_path }
}

/** What GitLab answers; null where it says no, or something that is not as documented. */
async function ask<T>(
  { apiUrl, reach }: GitlabApi,
  token: Secret | null,
  path: string,
  schema: z.ZodType<T>,
): Promise<T | null> {
  const answer = await safeFetch(`${apiUrl.href.replace(/\/$/, '')}${path}`, {
    reach,
    answerBytesMax,
    headers: {
      accept: 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token.reveal()}` }),
    },
  }).catch((error: unknown) => {
    if (!(error instanceof NoAnswer)) throw error
    throw new OoreError('unavailable', `GitLab cannot be asked now: ${error.message}`, {
      cause: error,
    })
  })
  if (answer.status === 429 || answer.status >= 500) {
    throw new OoreError('unavailable', `GitLab cannot answer now (status ${answer.status}).`)
  }
  if (answer.status !== 200) return null
  const read = schema.safeParse(jsonIn(answer.text))
  return read.success ? read.data : null
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
