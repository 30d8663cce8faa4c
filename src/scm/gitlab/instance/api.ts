import type { z } from 'zod'
import { OoreError } from '../../../lib/errors.ts'
import { NoAnswer, safeFetch } from '../../../lib/safe-fetch.ts'
import type { Secret } from '../../../lib/secret.ts'
import { seconds } from '../../../lib/clock.ts'
import { KiB } from '../../../lib/sizes.ts'
import { apiUrlOf, askGitlab, type GitlabCall, type GitlabHost, instanceName } from './call.ts'
import * as read from './read.ts'

/* What Oore asks of GitLab's REST API. Each throws as `askGitlab`. */

export const perPageMax = 100
/** GitLab allows a hundred webhooks of a project; a server that leads in circles has no end. */
const hookPagesMax = 5
const probeMs = seconds(10)
const probeBytesMax = 64 * KiB

/** What an address answers before anybody has authorized: GitLab's API wants a token (401). */
export type Probe =
  | { is: 'gitlab' }
  /** `why` is a sentence. */
  | { is: 'other'; why: string }
  | { is: 'certificate' | 'private'; why: string }
  | { is: 'away'; why: string }

/** Looks whether a GitLab answers at an address, and whether its certificate is believed. */
export async function probe(host: GitlabHost): Promise<Probe> {
  const name = instanceName(host.url)
  try {
    const { status, headers } = await safeFetch(`${apiUrlOf(host.url)}/version`, {
      reach: host.reach,
      timeoutMs: probeMs,
      answerBytesMax: probeBytesMax,
      headers: { accept: 'application/json' },
    })
    if (status >= 500) return { is: 'away', why: `${name} cannot answer now (status ${status}).` }
    const to = headers.get('location')
    if (status >= 300 && status < 400) return { is: 'other', why: sendsOn(name, host.url, to) }
    if (status === 404 && !headers.get('content-type')?.includes('json')) {
      return { is: 'other', why: `There is no GitLab at ${name}: it has no /api/v4.` }
    }
    return { is: 'gitlab' }
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    if (error.kind === 'certificate') return { is: 'certificate', why: error.message }
    if (error.kind === 'refused') return { is: 'private', why: error.message }
    return { is: 'away', why: error.message }
  }
}

function sendsOn(name: string, url: string, to: string | null): string {
  const where = to !== null && URL.canParse(to, url) ? ` to ${new URL(to, url).origin}` : ''
  return `${name} sends on${where}. Enter the address where GitLab really is.`
}

/** Whose token this is. */
export const findUser = (host: GitlabHost, token: Secret): Promise<read.GitlabUser> =>
  ask(host, { path: '/user', token }, read.user)

export const findVersion = (host: GitlabHost, token: Secret): Promise<string> =>
  ask(host, { path: '/version', token }, read.version)

/** A project by its number. */
export const findProject = (
  host: GitlabHost,
  token: Secret,
  id: string,
  signal?: AbortSignal,
): Promise<read.GitlabProject> =>
  ask(host, { path: `/projects/${encodeURIComponent(id)}`, token, signal }, read.oneProject)

export type ProjectPage = {
  projects: read.GitlabProject[]
  page: number
  perPage: number
  /** Null where GitLab does not count, beyond 10,000. */
  total: number | null
  nextPage: number | null
}

/** The projects that whoever authorized is a member of, those first where something happened last. */
export async function listProjects(
  host: GitlabHost,
  token: Secret,
  { page, perPage, search }: { page: number; perPage: number; search: string | null },
): Promise<ProjectPage> {
  const { json, headers } = await askGitlab(host, {
    path: '/projects',
    token,
    query: {
      membership: 'true',
      order_by: 'last_activity_at',
      sort: 'desc',
      page,
      per_page: perPage,
      ...(search === null ? {} : { search, search_namespaces: 'true' }),
    },
  })
  const projects = parsed(host, json, read.projectPage)
  return {
    projects,
    page,
    perPage,
    total: numberIn(headers, 'x-total'),
    nextPage: numberIn(headers, 'x-next-page'),
  }
}

function numberIn(headers: Headers, name: string): number | null {
  const text = headers.get(name) ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : null
}

/** All webhooks of a project. */
export async function listHooks(
  host: GitlabHost,
  token: Secret,
  projectId: string,
): Promise<read.GitlabHook[]> {
  const all: read.GitlabHook[] = []
  for (let page = 1; page <= hookPagesMax; page += 1) {
    const { json, headers } = await askGitlab(host, {
      path: `${projectPath(projectId)}/hooks`,
      token,
      query: { page, per_page: perPageMax },
    })
    all.push(...parsed(host, json, read.hookPage))
    if (numberIn(headers, 'x-next-page') === null) break
  }
  return all
}

export type HookWish = {
  url: string
  secret: Secret
  /** Null leaves it as it is. */
  signingToken: Secret | null
  events: readonly string[]
}

/**
 * Makes a webhook, or brings the one of this number to what is wished. A version without signing
 * tokens overlooks that field: the answer says whether it signs.
 * docs.gitlab.com, "Project webhooks API".
 */
export const putHook = (
  host: GitlabHost,
  token: Secret,
  projectId: string,
  hookId: string | null,
  wish: HookWish,
): Promise<read.GitlabHook> =>
  ask(
    host,
    {
      method: hookId === null ? 'POST' : 'PUT',
      path: `${projectPath(projectId)}/hooks${hookId === null ? '' : `/${hookId}`}`,
      token,
      body: {
        url: wish.url,
        name: 'Oore',
        token: wish.secret.reveal(),
        ...(wish.signingToken && { signing_token: wish.signingToken.reveal() }),
        enable_ssl_verification: wish.url.startsWith('https:'),
        ...Object.fromEntries(wish.events.map((event) => [event, true])),
      },
    },
    read.oneHook,
  )

export async function removeHook(
  host: GitlabHost,
  token: Secret,
  projectId: string,
  hookId: string,
  signal?: AbortSignal,
): Promise<void> {
  const path = `${projectPath(projectId)}/hooks/${encodeURIComponent(hookId)}`
  await askGitlab(host, { method: 'DELETE', path, token, signal })
}

const projectPath = (id: string): string => `/projects/${encodeURIComponent(id)}`

async function ask<T>(host: GitlabHost, call: GitlabCall, schema: z.ZodType<T>): Promise<T> {
  return parsed(host, (await askGitlab(host, call)).json, schema)
}

function parsed<T>(host: GitlabHost, json: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const where = result.error.issues[0]?.path.join('.') ?? ''
  throw new OoreError(
    'unavailable',
    `What ${instanceName(host.url)} answers cannot be read${where === '' ? '' : ` (${where})`}. Is it a GitLab?`,
  )
}
