import { eq } from 'drizzle-orm'
import { exchangeCode, OAuthRefused, type Tokens } from '../../auth/oauth.ts'
import { schema } from '../../db/client.ts'
import { messageOf, OoreError } from '../../lib/errors.ts'
import { oneLine } from '../../lib/one-line.ts'
import { NoAnswer } from '../../lib/safe-fetch.ts'
import type { Secret } from '../../lib/secret.ts'
import { findUser, findVersion } from '../../scm/gitlab/instance/api.ts'
import { GitlabRefused, instanceName, unreachable } from '../../scm/gitlab/instance/call.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { arrive, type Arrived, endHandshake } from '../handshakes/end.ts'
import { findGitlabRow, gitlabOAuthApp, gitlabPlace, type GitlabRow, hostOf } from './find.ts'
import { gitlabScopes } from './instance.ts'
import { sealedTokens } from './tokens.ts'

/** What a browser brings back from GitLab. */
export type Return = {
  state: string | undefined
  cookie: string | undefined
  code: string | undefined
  error: string | undefined
  errorDescription: string | undefined
}

export type Finished =
  | { is: 'connected'; instance: string; username: string | null }
  /** GitLab, or whoever sat before it, said no: a sentence, and it may be tried again. */
  | { is: 'refused'; instance: string; text: string }

const wordsLengthMax = 200

/**
 * Takes a browser back that set out to an instance, and keeps the tokens that its code is good for
 * before they are used. Throws OoreError `malformed` where the state is not ours to take or the code
 * is none of this instance's (security.md OA-01, OA-05), `unavailable` where GitLab does not answer.
 */
export async function finishAuthorization(ctx: Ctx, returned: Return): Promise<Finished> {
  const { state, cookie } = returned
  const arrived = await arrive(ctx, { purpose: 'gitlab', state, cookie })
  const instance = arrived.data['name'] ?? ''
  const end = (text: string) => endHandshake(ctx, arrived.id, { is: 'failed', text })
  if (returned.error !== undefined) {
    const text = refusalIn(instance, returned)
    await end(text)
    return { is: 'refused', instance, text }
  }
  try {
    const { row, username } = await takeCode(ctx, arrived, returned.code)
    const text = `${instance} is connected${username === null ? '' : ` as @${username}`}.`
    await endHandshake(ctx, arrived.id, { is: 'done', subject: row.id, text })
    return { is: 'connected', instance, username }
  } catch (error) {
    await end(
      error instanceof OoreError ? messageOf(error) : 'Oore broke. Its log has the details.',
    )
    throw error
  }
}

/** RFC 6749, 4.1.2.1; the words are for whoever sits before the browser. */
function refusalIn(instance: string, { error = '', errorDescription = '' }: Return): string {
  const said = oneLine(errorDescription || error, wordsLengthMax)
  switch (error) {
    case 'access_denied':
      return `Oore was not authorized on ${instance}: it was denied there. Nothing was changed. Authorize again when you want to, as somebody who is Maintainer of the projects.`
    case 'unauthorized_client':
    case 'unapproved_client':
      return `The application is not approved on ${instance}: an administrator of that GitLab has to approve it, under Admin → Applications. It said “${said}”.`
    case 'invalid_scope':
      return `The application on ${instance} lacks scopes. Tick ${gitlabScopes.join(', ')} in it, and authorize again.`
    case 'temporarily_unavailable':
    case 'server_error':
      return `${instance} cannot authorize anybody now. Try again later. It said “${said}”.`
    default:
      return /approv/i.test(said)
        ? `The application is not approved on ${instance}: an administrator of that GitLab has to approve it, under Admin → Applications. It said “${said}”.`
        : `${instance} did not authorize Oore. It said “${said}”.`
  }
}

async function takeCode(
  ctx: Ctx,
  { data, verifier }: Arrived,
  code: string | undefined,
): Promise<{ row: GitlabRow; username: string | null }> {
  const row = await findGitlabRow(ctx, data['instance'] ?? '')
  if (row === undefined) {
    throw new OoreError(
      'gone',
      'This GitLab instance was disconnected meanwhile. Register it again.',
    )
  }
  if (!code || verifier === null) {
    throw new OoreError('malformed', 'The address that the browser came back with has no code.')
  }
  const tokens = await exchange(ctx, row, code, verifier)
  await keepTokens(ctx, row, tokens)
  const username = await introduce(ctx, row, tokens.accessToken)
  return { row, username }
}

async function exchange(ctx: Ctx, row: GitlabRow, code: string, verifier: Secret): Promise<Tokens> {
  const name = instanceName(row.url)
  try {
    return await exchangeCode(gitlabOAuthApp(ctx, row), { code, verifier })
  } catch (error) {
    if (error instanceof NoAnswer) throw unreachable(name, error)
    if (!(error instanceof OAuthRefused)) throw error
    if (error.code === 'unreadable') {
      throw new OoreError('unavailable', `${name} gave no tokens: ${error.message}.`, {
        cause: error,
      })
    }
    if (error.code === 'invalid_client' || error.code === 'unauthorized_client') {
      throw new OoreError(
        'conflict',
        `${name} does not accept the application’s ID and secret (${error.message}). Register the instance again with what GitLab shows.`,
        { cause: error },
      )
    }
    throw new OoreError(
      'malformed',
      `${name} does not know the code that the browser came back with (${error.code}): it was used, is too old, or is of another GitLab. Begin again.`,
      { cause: error },
    )
  }
}

/** Whoever `arrive` has let in brings what an administrator began; the state stands in for them. */
async function keepTokens(ctx: Ctx, row: GitlabRow, tokens: Tokens): Promise<void> {
  const system: Ctx = { ...ctx, actor: { is: 'system' } }
  if (!may(system.actor, 'connection.sync')) throw refused(system.actor)
  const { gitlabInstances: g } = schema
  await change(system, async (tx, record) => {
    await tx
      .update(g)
      .set({
        ...sealedTokens(ctx, row.id, tokens),
        state: 'connected',
        scopes: tokens.scopes ?? [...gitlabScopes],
        userId: null,
        username: null,
        trouble: null,
        checkedAt: null,
        updatedAt: ctx.clock(),
      })
      .where(eq(g.id, row.id))
    record('gitlab.connected', row.id)
  })
}

/** Learns who authorized and what version it is; that it fails undoes nothing. */
async function introduce(ctx: Ctx, row: GitlabRow, token: Secret): Promise<string | null> {
  try {
    return (await lookAtInstance(ctx, row, token)).username
  } catch (error) {
    if (!(error instanceof OoreError || error instanceof GitlabRefused)) throw error
    ctx.log.warn({ err: error, instance: row.url }, 'a GitLab instance did not say who authorized')
    return null
  }
}

/** Asks an instance who authorized and which version it is, and keeps that. Throws as its API. */
export async function lookAtInstance(
  ctx: Ctx,
  row: GitlabRow,
  token: Secret,
): Promise<{ username: string }> {
  const system: Ctx = { ...ctx, actor: { is: 'system' } }
  if (!may(system.actor, 'connection.sync')) throw refused(system.actor)
  const host = hostOf(ctx, row)
  const user = await findUser(host, token)
  const version = await findVersion(host, token)
  const { gitlabInstances: g } = schema
  await change(system, async (tx, record) => {
    await tx
      .update(g)
      .set({
        userId: user.id,
        username: user.username,
        version,
        trouble: null,
        checkedAt: ctx.clock(),
      })
      .where(eq(g.id, row.id))
    record('gitlab.checked', row.id, { version })
  })
  return { username: user.username }
}

/** Where the tokens of an instance live; for what gives them back. */
export const openedTokens = (ctx: Ctx, row: GitlabRow): Secret[] =>
  [
    ['refresh_token', row.refreshTokenSealed] as const,
    ['access_token', row.accessTokenSealed] as const,
  ].flatMap(([column, sealed]) =>
    sealed === null ? [] : [ctx.keyring.open(sealed, gitlabPlace(row.id, column))],
  )
