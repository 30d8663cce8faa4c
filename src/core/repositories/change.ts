import { eq, max } from 'drizzle-orm'
import { schema, type Writer } from '../../db/client.ts'
import { hours } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newToken } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import { checkRefName } from '../../scm/git/refs.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { connections } from '../connections/index.ts'
import { change } from '../events/change.ts'
import { checkCredential, checkWebhookSecret } from './checks.ts'
import { findRepositoryRow, repositoryOf, type RepositoryRow } from './find.ts'
import {
  aboutProvider,
  type ConfigurationFirst,
  type ForkBuilds,
  type Repository,
} from './repository.ts'
import { sealedPlace } from './source.ts'

export type RepositoryChanges = {
  default_branch?: string | undefined
  state?: 'active' | 'inactive' | undefined
  next_build_number?: number | undefined
  configuration_first?: ConfigurationFirst | undefined
  fork_builds?: ForkBuilds | undefined
  pull_request_comments?: boolean | undefined
  webhook_secret?: string | undefined
  clone_username?: string | undefined
  /** An empty text takes the credential away. */
  clone_password?: string | undefined
}

/** Changes what was given and leaves the rest. Throws OoreError `invalid` by field. */
export async function changeRepository(
  ctx: Ctx,
  id: Id,
  changes: RepositoryChanges,
): Promise<Repository> {
  const row = await findRepositoryRow(ctx, id)
  if (!may(ctx.actor, 'repository.change', { repositoryId: id })) throw refused(ctx.actor)
  const values = changedValues(ctx, row, changes)

  const updated = await change(ctx, async (tx, record) => {
    const { repositories } = schema
    if (values.nextBuildNumber !== undefined) await checkNextNumber(tx, id, values.nextBuildNumber)
    const after = await tx
      .update(repositories)
      .set({ ...values, updatedAt: ctx.clock() })
      .where(eq(repositories.id, id))
      .returning()
      .get()
    record('repository.changed', id, { fields: Object.keys(values) })
    return after
  })
  if (values.webhookSecretSealed != null) {
    await tellConnection(ctx, updated, values.webhookSecretSealed)
  }
  return repositoryOf(updated)
}

/** The webhook that Oore made has to follow, while the secret before is good. */
async function tellConnection(ctx: Ctx, row: RepositoryRow, sealed: string): Promise<void> {
  const { connectionId } = row
  if (connectionId === null) return
  try {
    const secret = ctx.keyring.open(sealed, sealedPlace(row.id, 'webhook_secret'))
    const secrets = { secret, signingToken: null }
    await connections[row.provider]?.secretChanged?.(ctx, { ...row, connectionId }, secrets)
  } catch (cause) {
    if (!(cause instanceof OoreError)) throw cause
    throw new OoreError(
      'conflict',
      `The secret was replaced here, but the webhook still has the one before, which is good for an hour: ${cause.message} Enable the project again within that hour.`,
      { cause },
    )
  }
}

/** Replaces the webhook secret by a new one, which comes back this once; the old is good for an hour. */
export async function rotateWebhookSecret(ctx: Ctx, id: Id): Promise<{ secret: Secret }> {
  const secret = new Secret(newToken())
  await changeRepository(ctx, id, { webhook_secret: secret.reveal() })
  return { secret }
}

/** Refuses the secret before the present one at once: somebody may have it who should not. */
export async function voidPreviousSecret(ctx: Ctx, id: Id): Promise<Repository> {
  await findRepositoryRow(ctx, id)
  if (!may(ctx.actor, 'repository.change', { repositoryId: id })) throw refused(ctx.actor)
  const after = await change(ctx, async (tx, record) => {
    const { repositories } = schema
    const row = await tx
      .update(repositories)
      .set({
        previousWebhookSecretSealed: null,
        previousSecretUntil: null,
        updatedAt: ctx.clock(),
      })
      .where(eq(repositories.id, id))
      .returning()
      .get()
    record('repository.changed', id, { fields: ['previous_webhook_secret'] })
    return row
  })
  return repositoryOf(after)
}

function changedValues(
  ctx: Ctx,
  row: RepositoryRow,
  changes: RepositoryChanges,
): Partial<RepositoryRow> {
  const values: Partial<RepositoryRow> = {}
  if (changes.default_branch !== undefined) {
    values.defaultBranch = checkRefName(changes.default_branch.trim(), 'default_branch')
  }
  if (changes.state !== undefined && changes.state !== row.state) {
    values.state = changes.state
    // From now on it is a person's will.
    values.stateReason = null
  }
  if (changes.next_build_number !== undefined) values.nextBuildNumber = changes.next_build_number
  if (changes.configuration_first !== undefined) {
    values.configurationFirst = changes.configuration_first
  }
  if (changes.fork_builds !== undefined) values.forkBuilds = changes.fork_builds
  if (changes.pull_request_comments !== undefined) {
    values.pullRequestComments = checkComments(row, changes.pull_request_comments)
  }
  const secret = checkWebhookSecret(changes.webhook_secret)
  if (secret) {
    Object.assign(values, previousSecret(ctx, row))
    values.webhookSecretSealed = ctx.keyring.seal(secret, sealedPlace(row.id, 'webhook_secret'))
  }
  if (changes.clone_password === '') {
    values.cloneUsername = null
    values.clonePasswordSealed = null
  } else if (changes.clone_password !== undefined) {
    const credential = checkCredential(
      ctx.scm(row.provider),
      changes.clone_username ?? row.cloneUsername ?? undefined,
      changes.clone_password,
    )
    if (credential) {
      values.cloneUsername = credential.username
      values.clonePasswordSealed = ctx.keyring.seal(
        credential.password,
        sealedPlace(row.id, 'clone_password'),
      )
    }
  } else if (changes.clone_username !== undefined && row.clonePasswordSealed !== null) {
    values.cloneUsername = changes.clone_username.trim() || ctx.scm(row.provider).tokenUser
  }
  return values
}

/** A hook that is not changed at the same moment goes on for so long. */
const secretOverlapMs = hours(1)

/** The secret that is replaced stays good for an hour; what it replaced itself is void at once. */
function previousSecret(ctx: Ctx, row: RepositoryRow): Partial<RepositoryRow> {
  const old = openedSecret(ctx, row)
  if (old === null) return { previousWebhookSecretSealed: null, previousSecretUntil: null }
  const place = sealedPlace(row.id, 'previous_webhook_secret')
  return {
    previousWebhookSecretSealed: ctx.keyring.seal(old, place),
    previousSecretUntil: ctx.clock() + secretOverlapMs,
  }
}

/** Null also for one that does not open any more: replacing it is what mends that. */
function openedSecret(ctx: Ctx, { id, webhookSecretSealed }: RepositoryRow): Secret | null {
  if (webhookSecretSealed === null) return null
  try {
    return ctx.keyring.open(webhookSecretSealed, sealedPlace(id, 'webhook_secret'))
  } catch {
    return null
  }
}

function checkComments({ provider }: RepositoryRow, isWanted: boolean): boolean {
  const { hasComments, name, pullRequest } = aboutProvider(provider)
  if (!isWanted || hasComments) return isWanted
  const message = `must be false: Oore writes no comments on a ${pullRequest} of ${name}`
  throw new OoreError('invalid', `pull_request_comments ${message}.`, {
    fields: [{ field: 'pull_request_comments', message }],
  })
}

/** Google Play takes no larger version code. */
export const buildNumberMax = 2_100_000_000

async function checkNextNumber(tx: Writer, id: Id, next: number): Promise<void> {
  const { builds } = schema
  const newest = await tx
    .select({ number: max(builds.number) })
    .from(builds)
    .where(eq(builds.repositoryId, id))
    .get()
  const least = (newest?.number ?? 0) + 1
  if (Number.isInteger(next) && next >= least && next <= buildNumberMax) return
  throw new OoreError('invalid', `The next build cannot be number ${next}.`, {
    fields: [
      {
        field: 'next_build_number',
        message: `must be a whole number from ${least} to ${buildNumberMax}`,
      },
    ],
  })
}
