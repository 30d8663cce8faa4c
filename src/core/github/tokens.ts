import type { Database } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Secret } from '../../lib/secret.ts'
import { mintToken } from '../../scm/github/app/api.ts'
import { GithubRefused } from '../../scm/github/app/call.ts'
import { isGranted, type Permissions } from '../../scm/github/app/manifest.ts'
import { PageMemory } from '../../scm/github/app/pages.ts'
import { TokenCache } from '../../scm/github/app/tokens.ts'
import type { Need } from '../connections/connection.ts'
import type { Ctx } from '../ctx.ts'
import { type FoundGithubApp, githubHost, type GithubInstallationRow } from './find.ts'
import { inWords } from './trouble.ts'

/** In memory only: tokens are never stored. */
const caches = new WeakMap<Database, { tokens: TokenCache; pages: PageMemory }>()

function cachesOf({ db, clock }: Ctx) {
  const found = caches.get(db) ?? { tokens: new TokenCache(clock), pages: new PageMemory() }
  caches.set(db, found)
  return found
}

/** What pages of an installation's repositories said, with their tags. */
export const pageMemory = (ctx: Ctx): PageMemory => cachesOf(ctx).pages

const wishes: Record<Need, Permissions> = {
  clone: { contents: 'read', metadata: 'read' },
  report: { checks: 'write', statuses: 'write', pull_requests: 'write' },
}

/**
 * A token for one repository and one need. Where the installation has not agreed to all of it, the
 * token may what it has agreed to. Throws OoreError `unavailable`, or `conflict` in words.
 */
export async function repositoryToken(
  ctx: Ctx,
  app: FoundGithubApp,
  installation: GithubInstallationRow,
  { repository, need }: { repository: string; need: Need },
): Promise<Secret> {
  const permissions = Object.fromEntries(
    Object.entries(wishes[need]).filter(([name, level]) =>
      isGranted(installation.permissions, name, level),
    ),
  )
  if (Object.keys(permissions).length === 0) {
    const what = Object.entries(wishes[need]).map(([name, level]) => `${name}: ${level}`)
    throw new OoreError(
      'conflict',
      `${installation.accountLogin} has not granted the GitHub App ${what.join(', ')}. ` +
        `Its owner grants it at ${installation.htmlUrl}.`,
    )
  }
  return cachesOf(ctx).tokens.get(installation.externalId, `${repository} ${need}`, () =>
    mint(ctx, app, installation, { repository, permissions }),
  )
}

/** A token that lists what an installation reaches, and reads none of it. */
export const listingToken = (
  ctx: Ctx,
  app: FoundGithubApp,
  installation: GithubInstallationRow,
): Promise<Secret> =>
  cachesOf(ctx).tokens.get(installation.externalId, 'list', () =>
    mint(ctx, app, installation, { repository: null, permissions: { metadata: 'read' } }),
  )

/** Forgets the tokens of an installation: one was refused, or what it may has changed. */
export const dropTokens = (
  ctx: Ctx,
  { externalId }: Pick<GithubInstallationRow, 'externalId'>,
): void => cachesOf(ctx).tokens.drop(externalId)

async function mint(
  ctx: Ctx,
  app: FoundGithubApp,
  { externalId, accountLogin, htmlUrl }: GithubInstallationRow,
  { repository, permissions }: { repository: string | null; permissions: Permissions },
) {
  try {
    return await mintToken(githubHost(ctx), await app.jwt(), {
      installation: externalId,
      repository,
      permissions,
    })
  } catch (error) {
    if (repository !== null && error instanceof GithubRefused && error.status === 422) {
      const message =
        `The GitHub App does not reach this repository as it should (GitHub said “${error.words}”). ` +
        `The owner of ${accountLogin} chooses repositories and permissions at ${htmlUrl}.`
      throw new OoreError('conflict', message, { cause: error })
    }
    throw inWords(error, `No token can be made for ${accountLogin}`)
  }
}
