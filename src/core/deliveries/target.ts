import type { Database } from '../../db/client.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Id } from '../../lib/ids.ts'
import type { Secret } from '../../lib/secret.ts'
import type { Provider } from '../repositories/repository.ts'
import type { Ctx } from '../ctx.ts'
import { findRepositoryRow, type RepositoryRow } from '../repositories/find.ts'
import { sealedPlace } from '../repositories/source.ts'

/** What it takes to believe a delivery of a repository. */
export type Target = {
  provider: Provider
  secret: Secret | null
  /** What GitLab signs with besides, where it does. */
  signingToken: Secret | null
  /** The one that the secret took the place of, while it may still be in use. */
  previous: { secret: Secret; until: Millis } | null
}

const targetsMax = 1000

/** Kept until any repository changes: a burst of deliveries asks for the same again and again. */
const targets = new WeakMap<Database, Map<Id, Target>>()

/** Where a delivery is addressed to. Throws OoreError `not_found`. */
export async function findTarget(ctx: Ctx, repositoryId: Id): Promise<Target> {
  const kept = targets.get(ctx.db) ?? startKeeping(ctx)
  const known = kept.get(repositoryId)
  if (known) return known
  const row = await findRepositoryRow(ctx, repositoryId)
  const target = {
    provider: row.provider,
    secret:
      row.webhookSecretSealed === null
        ? null
        : ctx.keyring.open(row.webhookSecretSealed, sealedPlace(row.id, 'webhook_secret')),
    signingToken:
      row.signingTokenSealed === null
        ? null
        : ctx.keyring.open(row.signingTokenSealed, sealedPlace(row.id, 'signing_token')),
    previous: previousOf(ctx, row),
  }
  if (kept.size >= targetsMax) kept.clear()
  kept.set(repositoryId, target)
  return target
}

function previousOf(ctx: Ctx, row: RepositoryRow): Target['previous'] {
  const { previousWebhookSecretSealed: sealed, previousSecretUntil: until } = row
  if (sealed === null || until === null || until <= ctx.clock()) return null
  return { secret: ctx.keyring.open(sealed, sealedPlace(row.id, 'previous_webhook_secret')), until }
}

function startKeeping({ db, bells }: Ctx): Map<Id, Target> {
  const kept = new Map<Id, Target>()
  targets.set(db, kept)
  bells.listen('repositories', () => kept.clear())
  return kept
}
