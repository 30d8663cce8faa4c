import { and, eq, isNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { newId, newToken } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import { checkRefName } from '../../scm/git/refs.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { checkCredential, checkWebhookSecret } from './checks.ts'
import { repositoryOf } from './find.ts'
import type { Repository } from './repository.ts'
import { sealedPlace } from './source.ts'

export type NewRepository = {
  provider: 'git'
  clone_url: string
  owner?: string | undefined
  name?: string | undefined
  default_branch?: string | undefined
  webhook_secret?: string | undefined
  clone_username?: string | undefined
  clone_password?: string | undefined
}

/**
 * Adds a repository and makes its webhook secret where none was given. The secret comes back this
 * once. Throws OoreError `invalid` by field, `conflict` where it is there already.
 */
export async function addRepository(
  ctx: Ctx,
  input: NewRepository,
): Promise<{ repository: Repository; webhookSecret: Secret }> {
  if (!may(ctx.actor, 'repository.add')) throw refused(ctx.actor)
  const clone = ctx
    .scm(input.provider)
    .readCloneUrl(input.clone_url, { local: ctx.config.allowLocalRepositories })
  const owner = nameOf('owner', input.owner, clone.owner)
  const name = nameOf('name', input.name, clone.name)
  const defaultBranch = checkRefName(input.default_branch?.trim() || 'main', 'default_branch')
  const credential = checkCredential(input.clone_username, input.clone_password)
  const webhookSecret = checkWebhookSecret(input.webhook_secret) ?? new Secret(newToken())

  const now = ctx.clock()
  const id = newId()
  const row = {
    id,
    organizationId: ctx.organizationId,
    provider: input.provider,
    instance: null,
    owner,
    name,
    fullName: `${owner}/${name}`,
    cloneUrl: clone.url,
    defaultBranch,
    isPrivate: true,
    state: 'active' as const,
    nextBuildNumber: 1,
    configurationFirst: 'stored' as const,
    webhookSecretSealed: ctx.keyring.seal(webhookSecret, sealedPlace(id, 'webhook_secret')),
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

const nameLengthMax = 100

function nameOf(field: 'owner' | 'name', given: string | undefined, fallback: string): string {
  const text = (given ?? '').trim() || fallback
  const isSound = text.length <= nameLengthMax && !/[\p{Cc}/\\]/u.test(text) && !/^\.+$/.test(text)
  if (isSound) return text
  throw new OoreError('invalid', `The ${field} cannot be used.`, {
    fields: [{ field, message: `must be 1 to ${nameLengthMax} characters without slashes` }],
  })
}
