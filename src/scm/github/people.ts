import { z } from 'zod'
import { OoreError } from '../../lib/errors.ts'
import { oneLine } from '../../lib/one-line.ts'
import type { Secret } from '../../lib/secret.ts'
import { askGithub, type GithubHost, GithubRefused } from './app/call.ts'

/*
 * What GitHub says of people. docs.github.com, "REST API endpoints for users", "for emails" and
 * "for organization members".
 */

/** Who has more addresses than this has their primary one among the first. */
const emailsMax = 100
const nameLengthMax = 200

const account = z.object({ id: z.number().int(), login: z.string().min(1), type: z.string() })
const user = account.extend({ name: z.string().nullish() })
const emails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }))
const organization = z.object({ id: z.number().int(), login: z.string().min(1) })
const membership = z.object({ state: z.string(), organization })

type Account = { externalId: string; login: string }
type Group = { externalId: string; name: string }

/** Whose token this is, and their primary address where GitHub has verified it. */
export async function readGithubPerson(
  host: GithubHost,
  token: Secret,
): Promise<Account & { name: string; verifiedEmail: string | null }> {
  const found = await ask(host, token, '/user', user)
  if (found === null) {
    throw new OoreError('forbidden', 'GitHub does not say whose account this is. Sign in again.')
  }
  // The App may lack the permission to read addresses: then there is none to go by.
  const addresses = (await ask(host, token, `/user/emails?per_page=${emailsMax}`, emails)) ?? []
  const primary = addresses.find((each) => each.primary && each.verified)
  return {
    externalId: String(found.id),
    login: found.login,
    name: oneLine(found.name ?? '', nameLengthMax),
    verifiedEmail: primary?.email ?? null,
  }
}

/** Is the person of this token an active member of the organization with this number and name? */
export async function isGithubMember(
  host: GithubHost,
  token: Secret,
  group: Group,
): Promise<boolean> {
  const path = `/user/memberships/orgs/${encodeURIComponent(group.name)}`
  const found = await ask(host, token, path, membership)
  // A name that another organization has by now is not the one that was meant.
  return found?.state === 'active' && String(found.organization.id) === group.externalId
}

/** A person's account by its name; null where that is nobody's, or an organization's. */
export async function findGithubAccount(
  host: GithubHost,
  token: Secret | null,
  login: string,
): Promise<Account | null> {
  const found = await ask(host, token, `/users/${encodeURIComponent(login)}`, account)
  return found?.type === 'User' ? { externalId: String(found.id), login: found.login } : null
}

/** An organization by its name; null where there is none. */
export async function findGithubOrganization(
  host: GithubHost,
  token: Secret | null,
  name: string,
): Promise<Group | null> {
  const found = await ask(host, token, `/orgs/${encodeURIComponent(name)}`, organization)
  return found && { externalId: String(found.id), name: found.login }
}

/** What GitHub answers; null where it says no, or something that is not as documented. */
async function ask<T>(
  host: GithubHost,
  token: Secret | null,
  path: string,
  schema: z.ZodType<T>,
): Promise<T | null> {
  try {
    const { json } = await askGithub(host, { path, token })
    const read = schema.safeParse(json)
    return read.success ? read.data : null
  } catch (error) {
    if (error instanceof GithubRefused) return null
    throw error
  }
}
