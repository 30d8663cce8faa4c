import type { z } from 'zod'
import { Secret } from '../../../lib/secret.ts'
import type { ForgeInstallation, ForgeRepository } from '../../repo-event.ts'
import { askGithub, type GithubCall, type GithubHost, GithubRefused } from './call.ts'
import type { Permissions } from './manifest.ts'
import { listAll, type PageMemory } from './pages.ts'
import * as shapes from './read.ts'

/*
 * The calls of a GitHub App. Each throws GithubRefused where GitHub says no, and OoreError
 * `unavailable` where it does not answer or wants to be left alone.
 */

/** What a manifest's code is changed for, once, within the hour. */
export type NewApp = shapes.GithubAppFacts & {
  clientSecret: Secret
  webhookSecret: Secret
  privateKey: Secret
}

export async function exchangeManifestCode(host: GithubHost, code: string): Promise<NewApp> {
  const path = `/app-manifests/${encodeURIComponent(code)}/conversions`
  const { json } = await askGithub(host, { method: 'POST', path, token: null })
  const facts = parsed(shapes.app, json, path)
  const secrets = parsed(shapes.appSecrets, json, path)
  return {
    ...facts,
    clientSecret: new Secret(secrets.client_secret),
    webhookSecret: new Secret(secrets.webhook_secret),
    privateKey: new Secret(secrets.pem),
  }
}

/** The App itself, as GitHub knows it now. */
export const showApp = (host: GithubHost, jwt: Secret): Promise<shapes.GithubAppFacts> =>
  ask(host, shapes.app, { path: '/app', token: jwt })

export const listInstallations = (host: GithubHost, jwt: Secret): Promise<ForgeInstallation[]> =>
  listAll(host, {
    path: '/app/installations?per_page=100',
    token: jwt,
    schema: shapes.installationPage,
    memory: null,
  })

/** One installation. Null where the App has none of this number, or none any more. */
export async function showInstallation(
  host: GithubHost,
  jwt: Secret,
  externalId: string,
): Promise<ForgeInstallation | null> {
  const path = `/app/installations/${encodeURIComponent(externalId)}`
  try {
    return await ask(host, shapes.installation, { path, token: jwt })
  } catch (error) {
    if (error instanceof GithubRefused && error.status === 404) return null
    throw error
  }
}

/** All repositories of the installation that the token is of. */
export const listInstallationRepositories = (
  host: GithubHost,
  token: Secret,
  memory: { of: string; pages: PageMemory },
): Promise<ForgeRepository[]> =>
  listAll(host, {
    path: '/installation/repositories?per_page=100',
    token,
    schema: shapes.repositoryPage,
    memory,
  })

export type TokenWish = {
  installation: string
  /** Null for all repositories of the installation. */
  repository: string | null
  permissions: Permissions
}

/** A token of an installation, good for an hour and no wider than asked for. */
export async function mintToken(
  host: GithubHost,
  jwt: Secret,
  { installation, repository, permissions }: TokenWish,
): Promise<{ token: Secret; expiresAt: number }> {
  const path = `/app/installations/${encodeURIComponent(installation)}/access_tokens`
  const made = await ask(host, shapes.token, {
    method: 'POST',
    path,
    token: jwt,
    body: {
      permissions,
      ...(repository === null ? {} : { repository_ids: [Number(repository)] }),
    },
  })
  return { token: new Secret(made.token), expiresAt: Date.parse(made.expires_at) }
}

/** The App's webhook as GitHub has it. */
export const readHookConfig = (host: GithubHost, jwt: Secret): Promise<shapes.HookConfig> =>
  ask(host, shapes.hookConfig, { path: '/app/hook/config', token: jwt })

/** Sets the App's webhook: where to, as JSON, checked certificates, and this secret. */
export const writeHookConfig = (
  host: GithubHost,
  jwt: Secret,
  { url, secret }: { url: string; secret: Secret },
): Promise<shapes.HookConfig> =>
  ask(host, shapes.hookConfig, {
    method: 'PATCH',
    path: '/app/hook/config',
    token: jwt,
    body: { url, secret: secret.reveal(), content_type: 'json', insecure_ssl: '0' },
  })

/** What GitHub sent to the App's webhook, newest first; `pages` of a hundred each. */
export const listHookDeliveries = (
  host: GithubHost,
  jwt: Secret,
  { status, pages }: { status?: 'success' | 'failure'; pages?: number } = {},
): Promise<shapes.HookDelivery[]> =>
  listAll(host, {
    path: `/app/hook/deliveries?per_page=100${status === undefined ? '' : `&status=${status}`}`,
    token: jwt,
    schema: shapes.hookDelivery.array(),
    memory: null,
    ...(pages === undefined ? {} : { pages }),
  })

/** Asks GitHub to send a delivery once more. */
export async function redeliverHook(host: GithubHost, jwt: Secret, id: string): Promise<void> {
  const path = `/app/hook/deliveries/${encodeURIComponent(id)}/attempts`
  await askGithub(host, { method: 'POST', path, token: jwt })
}

const ask = async <T>(host: GithubHost, schema: z.ZodType<T>, call: GithubCall): Promise<T> =>
  parsed(schema, (await askGithub(host, call)).json, call.path)

function parsed<T>(schema: z.ZodType<T>, json: unknown, path: string): T {
  const read = schema.safeParse(json)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new GithubRefused(200, `what ${path.split('?')[0]} answers cannot be read: ${where}`)
}
