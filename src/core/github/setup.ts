import { and, count, desc, eq, isNull } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import type { Millis } from '../../lib/clock.ts'
import { sha256Hex } from '../../lib/crypto.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Secret } from '../../lib/secret.ts'
import { type Manifest, manifestFor, newAppUrl } from '../../scm/github/app/manifest.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { beginHandshake } from '../handshakes/begin.ts'
import { showHandshake } from '../handshakes/end.ts'
import type { Handshake } from '../handshakes/handshake.ts'
import { setOut } from '../handshakes/set-out.ts'
import { findGithubApp } from './find.ts'

export type SetupWish = {
  /** The organization that is to own the App; a person's own account where it is left out. */
  organization?: string | undefined
  /** Make another although one is connected. */
  replace?: boolean | undefined
}

/** A setup under way: a browser has to go to `url`, once, before `endsAt`. */
export type SetupBegun = { id: Id; url: string; endsAt: Millis }

/** GitHub's own rule for names of organizations. */
const organizationPattern = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?$/

/**
 * Begins to connect GitHub: gives the address of a page of Oore from where a browser goes to GitHub.
 * Throws OoreError `conflict` where an App is connected and `replace` was not asked for, `invalid` with
 * the field `organization`.
 */
export async function beginGithubSetup(
  ctx: Ctx,
  { organization, replace = false }: SetupWish,
): Promise<SetupBegun> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const org = organization?.trim() ?? ''
  if (org !== '' && !organizationPattern.test(org)) {
    const message = 'must be the name of an organization as it stands in its address on GitHub'
    throw new OoreError('invalid', `${JSON.stringify(org.slice(0, 80))} is no organization.`, {
      fields: [{ field: 'organization', message }],
    })
  }
  const app = await findGithubApp(ctx)
  if (app !== null && !replace) {
    const installations = await countInstallations(ctx, app.row.id)
    const accounts = installations === 1 ? '1 account' : `${installations} accounts`
    throw new OoreError(
      'conflict',
      `GitHub is connected already, by the App “${app.row.name}” of ${app.row.ownerLogin}, installed on ${accounts}. ` +
        'Send "replace": true (or use --replace) to make another that takes its place.',
    )
  }
  const data = { organization: org === '' ? null : org, replaces: app?.row.id ?? null }
  const begun = await beginHandshake(ctx, { purpose: 'github_app', data })
  const url = new URL('/setup/github/new', ctx.config.baseUrl)
  return { id: begun.id, endsAt: begun.endsAt, url: withState(url, begun.state) }
}

function withState(url: URL, state: Secret): string {
  // The address itself once, to who began.
  url.searchParams.set('state', state.reveal())
  return url.href
}

async function countInstallations(ctx: Ctx, githubAppId: Id): Promise<number> {
  const { githubInstallations: i } = schema
  const row = await ctx.db.read
    .select({ n: count() })
    .from(i)
    .where(and(eq(i.githubAppId, githubAppId), isNull(i.removedAt)))
    .get()
  return row?.n ?? 0
}

/** What the page needs that sends a browser to GitHub with the manifest. */
export type ManifestForm = {
  manifest: Manifest
  /** Where the form is posted to, and the only other place where this page may post to. */
  action: string
  organization: string | null
  cookie: Secret
  endsAt: Millis
  /** Why GitHub will not reach this server by the address it is given; null where it may. */
  warning: string | null
}

/** The form for a setup under way, bound to this browser. Throws OoreError `gone`. */
export async function prepareGithubApp(
  ctx: Ctx,
  { state, held }: { state: string; held: string | undefined },
): Promise<ManifestForm> {
  const { baseUrl, github } = ctx.config
  const trip = await setOut(ctx, { purpose: 'github_app', state, held })
  const organization = trip.data['organization'] ?? null
  return {
    manifest: manifestFor(baseUrl, sha256Hex(state).slice(0, markLength)),
    action: newAppUrl(github.url, organization, state),
    organization,
    cookie: trip.cookie,
    endsAt: trip.endsAt,
    warning: isFromHereOnly(baseUrl) && !isFromHereOnly(github.url) ? notReachable(baseUrl) : null,
  }
}

const markLength = 4

const isFromHereOnly = ({ hostname }: URL): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.*\.localhost)$/.test(hostname)

const notReachable = ({ origin }: URL): string =>
  `GitHub cannot reach ${origin}: that is this machine's own name for itself, and GitHub refuses it. ` +
  'Set OORE_BASE_URL to the address that this server has on the network, and begin again.'

/** How a setup stands: the one that was asked for, else the newest. Throws OoreError `not_found`. */
export async function showGithubSetup(ctx: Ctx, id: Id | null): Promise<Handshake> {
  if (!may(ctx.actor, 'connection.read')) throw refused(ctx.actor, 'connection.read')
  const { handshakes: h } = schema
  const newest =
    id === null
      ? await ctx.db.read
          .select({ id: h.id })
          .from(h)
          .where(and(eq(h.organizationId, ctx.organizationId), eq(h.purpose, 'github_app')))
          .orderBy(desc(h.id))
          .limit(1)
          .get()
      : { id }
  if (newest === undefined) {
    throw new OoreError('not_found', 'No setup of GitHub was begun. Begin one.')
  }
  const found = await showHandshake(ctx, newest.id)
  if (found.purpose === 'github_app') return found
  throw new OoreError('not_found', 'There is no such setup under way. Begin again.')
}
