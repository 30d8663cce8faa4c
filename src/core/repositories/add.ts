import { and, eq, isNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { newId, newToken } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import type { CloneUrl } from '../../scm/contract.ts'
import { readCloneUrl } from '../../scm/git/clone-url.ts'
import { checkRefName } from '../../scm/git/refs.ts'
import { scmAt } from '../../scm/index.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { checkCredential, checkWebhookSecret } from './checks.ts'
import { repositoryOf } from './find.ts'
import type { Provider, Repository } from './repository.ts'
import { sealedPlace } from './source.ts'

export type NewRepository = {
  /** Found out by the address's host where it is not given. */
  provider?: Provider | undefined
  /** Of a repository on a forge's own site, provider, owner and name are enough. */
  clone_url?: string | undefined
  owner?: string | undefined
  name?: string | undefined
  default_branch?: string | undefined
  webhook_secret?: string | undefined
  clone_username?: string | undefined
  clone_password?: string | undefined
}

/**
 * Adds a repository by its address, and makes its webhook secret where none was given. The secret comes back this
 * once. Throws OoreError `invalid` by field, `conflict` where it is there already.
 */
export async function addRepository(
  ctx: Ctx,
  input: NewRepository,
): Promise<{ repository: Repository; webhookSecret: Secret }> {
  if (!may(ctx.actor, 'repository.add')) throw refused(ctx.actor)
  const { provider, clone } = readAddress(ctx, input)
  const owner = ownerOf(input.owner, clone.owner)
  const name = nameOf(input.name, clone.name)
  const defaultBranch = checkRefName(input.default_branch?.trim() || 'main', 'default_branch')
  const scm = ctx.scm(provider)
  const credential = checkCredential(scm, input.clone_username, input.clone_password)
  const webhookSecret = checkWebhookSecret(input.webhook_secret) ?? new Secret(newToken())

  const now = ctx.clock()
  const id = newId()
  const row = {
    id,
    organizationId: ctx.organizationId,
    provider,
    instance: scm.isForge ? clone.host : null,
    pullRequestComments: null,
    checksRefusedUntil: null,
    externalId: null,
    connectionId: null,
    hookExternalId: null,
    isArchived: false,
    owner,
    name,
    fullName: `${owner}/${name}`,
    cloneUrl: clone.url,
    defaultBranch,
    isPrivate: true,
    state: 'active' as const,
    stateReason: null,
    forgeUpdatedAt: null,
    nextBuildNumber: 1,
    configurationFirst: 'stored' as const,
    forkBuilds: 'ask' as const,
    webhookSecretSealed: ctx.keyring.seal(webhookSecret, sealedPlace(id, 'webhook_secret')),
    previousWebhookSecretSealed: null,
    previousSecretUntil: null,
    signingTokenSealed: null,
    hookVerifiedAt: null,
    hookFailedAt: null,
    hookFailure: null,
    refsKnownAt: null,
    cloneUsername: credential?.username ?? null,
    clonePasswordSealed: credential
      ? ctx.keyring.seal(credential.password, sealedPlace(id, 'clone_password'))
      : null,
    createdAt: now,
    updatedAt: now,
    removedAt: null,
  }
  await change(ctx, async (tx, record) => {
    const { repositories } = schema
    const same = await tx
      .select({ id: repositories.id })
      .from(repositories)
      .where(
        and(
          eq(repositories.organizationId, ctx.organizationId),
          eq(repositories.provider, row.provider),
          row.instance === null
            ? isNull(repositories.instance)
            : eq(repositories.instance, row.instance),
          eq(repositories.fullName, row.fullName),
          isNull(repositories.removedAt),
        ),
      )
      .get()
    if (same) {
      throw new OoreError(
        'conflict',
        `${row.fullName} is here already, as ${same.id}. Give another owner or name to add it again.`,
      )
    }
    await tx.insert(repositories).values(row)
    record('repository.added', id, { full_name: row.fullName })
  })
  return { repository: repositoryOf(row), webhookSecret }
}

/** The provider that was named, else the one that the address's host belongs to. */
function readAddress(ctx: Ctx, input: NewRepository): { provider: Provider; clone: CloneUrl } {
  const allowed = { local: ctx.config.allowLocalRepositories }
  const url = input.clone_url ?? addressByName(ctx, input)
  const provider = input.provider ?? scmAt(readCloneUrl(url, allowed).host).key
  return { provider, clone: ctx.scm(provider).readCloneUrl(url, allowed) }
}

function addressByName(ctx: Ctx, { provider, owner, name }: NewRepository): string {
  const [site] = provider === undefined ? [] : ctx.scm(provider).hosts
  const path = [owner?.trim(), name?.trim()].filter(Boolean)
  if (site !== undefined && path.length === 2) return `https://${site}/${path.join('/')}.git`
  const instead = site === undefined ? '' : `, or owner and name of a repository on ${site}`
  const message = `is missing: write the address to clone from${instead}`
  throw new OoreError('invalid', `The clone address ${message}.`, {
    fields: [{ field: 'clone_url', message }],
  })
}

const nameLengthMax = 100
const ownerLengthMax = 300

function nameOf(given: string | undefined, fallback: string): string {
  const text = (given ?? '').trim() || fallback
  if (text.length <= nameLengthMax && isSound(text)) return text
  throw unusable('name', `must be 1 to ${nameLengthMax} characters without slashes`)
}

/** On GitLab a project may lie in groups of groups: `team/apps`. */
function ownerOf(given: string | undefined, fallback: string): string {
  const text = (given ?? '').trim() || fallback
  if (text.length <= ownerLengthMax && text.split('/').every(isSound)) return text
  const message = `must be 1 to ${ownerLengthMax} characters, groups of groups parted by single slashes`
  throw unusable('owner', message)
}

const isSound = (text: string): boolean =>
  text !== '' && !/[\p{Cc}/\\]/u.test(text) && !/^\.+$/.test(text)

const unusable = (field: 'owner' | 'name', message: string): OoreError =>
  new OoreError('invalid', `The ${field} cannot be used.`, { fields: [{ field, message }] })
