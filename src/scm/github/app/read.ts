import { z } from 'zod'
import type { ForgeInstallation, ForgeRepository } from '../../repo-event.ts'
import type { Permissions } from './manifest.ts'

/* What is used of GitHub's answers and payloads, strict about that and blind to the rest. */

const loginLengthMax = 200
const nameLengthMax = 300

const id = z.int().min(1)
const login = z.string().min(1).max(loginLengthMax)
const time = z
  .string()
  .nullish()
  .transform((text) => (text && !Number.isNaN(Date.parse(text)) ? Date.parse(text) : null))

const permissions = z
  .record(z.string(), z.string())
  .transform(
    (all) =>
      Object.fromEntries(
        Object.entries(all).filter(([, level]) => ['read', 'write', 'admin'].includes(level)),
      ) as Permissions,
  )

const account = z.object({ login, id, type: z.enum(['User', 'Organization']).catch('User') })

/** `owner/name`, of which each part may stand in an address. */
const fullName = z
  .string()
  .max(nameLengthMax)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*\/[A-Za-z0-9_.][A-Za-z0-9_.-]*$/, 'is not owner/name')
  .refine((name) => !/\/\.{1,2}$/.test(name), 'is not owner/name')

/** In the few words of installation events, or in all of them. */
export const repository = z
  .object({
    id,
    full_name: fullName,
    private: z.boolean(),
    archived: z.boolean().nullish(),
    default_branch: z.string().min(1).max(nameLengthMax).nullish(),
    updated_at: time,
  })
  .transform((it): ForgeRepository => ({
    externalId: String(it.id),
    fullName: it.full_name,
    isPrivate: it.private,
    isArchived: it.archived ?? null,
    defaultBranch: it.default_branch ?? null,
    updatedAt: it.updated_at,
  }))

export const installation = z
  .object({
    id,
    account,
    repository_selection: z.enum(['all', 'selected']).catch('selected'),
    permissions: permissions.catch({}),
    events: z.array(z.string()).catch([]),
    html_url: z.string().max(2000).catch(''),
    suspended_at: time,
    updated_at: time,
  })
  .transform((it): ForgeInstallation => ({
    externalId: String(it.id),
    account: { login: it.account.login, id: String(it.account.id), type: it.account.type },
    selection: it.repository_selection,
    permissions: it.permissions,
    events: it.events,
    htmlUrl: it.html_url,
    suspendedAt: it.suspended_at,
    updatedAt: it.updated_at,
  }))

export const repositoryPage = z
  .object({ repositories: z.array(repository) })
  .transform((page) => page.repositories)
export const installationPage = z.array(installation)

export const app = z
  .object({
    id,
    slug: z.string().min(1),
    name: z.string().min(1),
    owner: account,
    html_url: z.string(),
    client_id: z.string().min(1),
    permissions: permissions.catch({}),
    events: z.array(z.string()).catch([]),
  })
  .transform((it) => ({
    appId: String(it.id),
    slug: it.slug,
    name: it.name,
    owner: { login: it.owner.login, type: it.owner.type },
    htmlUrl: it.html_url,
    clientId: it.client_id,
    permissions: it.permissions,
    events: it.events,
  }))
export type GithubAppFacts = z.infer<typeof app>

/** What a manifest's code is changed for, beside what is known of every App. */
export const appSecrets = z.object({
  client_secret: z.string().min(1),
  webhook_secret: z.string().min(1),
  pem: z.string().min(1),
})

export const token = z.object({ token: z.string().min(1), expires_at: z.iso.datetime() })

/** The secret is told as stars, where there is one. */
export const hookConfig = z
  .object({
    url: z.string().catch(''),
    content_type: z.string().catch('form'),
    insecure_ssl: z.union([z.string(), z.number()]).catch('0'),
    secret: z.string().nullish(),
  })
  .transform((it) => ({
    url: it.url,
    contentType: it.content_type,
    isTlsUnchecked: String(it.insecure_ssl) === '1',
    hasSecret: Boolean(it.secret),
  }))
export type HookConfig = z.infer<typeof hookConfig>

export const hookDelivery = z
  .object({
    id,
    guid: z.string(),
    delivered_at: z.string(),
    redelivery: z.boolean().catch(false),
    status: z.string().catch(''),
    status_code: z.int().catch(0),
    event: z.string(),
    action: z.string().nullish(),
    installation_id: id.nullish(),
    repository_id: id.nullish(),
  })
  .transform((it) => ({
    id: String(it.id),
    guid: it.guid,
    deliveredAt: Date.parse(it.delivered_at),
    isRedelivery: it.redelivery,
    status: it.status,
    statusCode: it.status_code,
    event: it.event,
    action: it.action ?? null,
    installationId: it.installation_id ? String(it.installation_id) : null,
    repositoryId: it.repository_id ? String(it.repository_id) : null,
  }))
export type HookDelivery = z.infer<typeof hookDelivery>
