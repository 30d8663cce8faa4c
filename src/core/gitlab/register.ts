import { and, eq } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, newId } from '../../lib/ids.ts'
import { Secret } from '../../lib/secret.ts'
import { readInstanceUrl } from '../../scm/gitlab/instance/address.ts'
import { probe } from '../../scm/gitlab/instance/api.ts'
import { certificateAdvice } from '../../scm/gitlab/instance/call.ts'
import { actorText } from '../access/actor.ts'
import { may, refused } from '../access/may.ts'
import type { Ctx } from '../ctx.ts'
import { change } from '../events/change.ts'
import { gitlabPlace, mayLoopback, reachOf, showGitlabInstance } from './find.ts'
import type { GitlabInstance } from './instance.ts'

export type NewInstance = {
  instance: string
  client_id: string
  client_secret: string
  /** It is in a private network, and that is meant so. */
  allow_private_network?: boolean | undefined
  /** Takes any certificate. */
  skip_tls_verification?: boolean | undefined
}

const clientIdPattern = /^[\x21-\x7e]{8,200}$/

/**
 * Registers an instance with the OAuth application that was made there, after looking whether a
 * GitLab answers. Registered again it takes the new application; authorized stays who was, where the
 * application is the same. Throws OoreError `invalid` by field, `unavailable` where nobody answers.
 */
export async function registerInstance(ctx: Ctx, input: NewInstance): Promise<GitlabInstance> {
  if (!may(ctx.actor, 'connection.change')) throw refused(ctx.actor, 'connection.change')
  const url = readInstanceUrl(input.instance, { allowLoopback: mayLoopback(ctx) })
  const clientId = checkText(
    'client_id',
    input.client_id,
    'the application’s ID as GitLab shows it',
  )
  const secret = new Secret(
    checkText('client_secret', input.client_secret, 'the application’s secret as GitLab shows it'),
  )
  const flags = {
    isPrivateConfirmed: input.allow_private_network ?? false,
    isTlsUnchecked: input.skip_tls_verification ?? false,
  }
  await look(ctx, url, flags)
  const id = await keep(ctx, { url, clientId, secret, ...flags })
  return showGitlabInstance(ctx, id)
}

function checkText(field: string, text: string, what: string): string {
  const given = text.trim()
  if (clientIdPattern.test(given)) return given
  const message = given === '' ? `is missing: write ${what}` : `must be ${what}`
  throw new OoreError('invalid', `The ${field} ${message}.`, { fields: [{ field, message }] })
}

type Flags = { isPrivateConfirmed: boolean; isTlsUnchecked: boolean }

async function look(ctx: Ctx, url: string, flags: Flags): Promise<void> {
  const found = await probe({ url, reach: reachOf(ctx, flags) })
  switch (found.is) {
    case 'gitlab':
      return
    case 'away':
      throw new OoreError('unavailable', `${found.why} Nothing was registered; try again later.`)
    case 'other':
      throw unfit('instance', found.why)
    case 'certificate':
      throw unfit(
        'instance',
        `${found.why} ${certificateAdvice} To take any certificate, which lets whoever stands between read tokens and change code, register it with skip_tls_verification.`,
      )
    case 'private':
      throw unfit(
        'allow_private_network',
        `${found.why} Where your GitLab is in a private network, confirm that with allow_private_network, or let the operator name the network in OORE_GITLAB_ALLOWED_CIDRS.`,
      )
    default:
      return found satisfies never
  }
}

const unfit = (field: string, message: string): OoreError =>
  new OoreError('invalid', message, { fields: [{ field, message }] })

type Application = Flags & { url: string; clientId: string; secret: Secret }

async function keep(ctx: Ctx, { secret, ...given }: Application): Promise<Id> {
  const { gitlabInstances: g } = schema
  return change(ctx, async (tx, record) => {
    const now = ctx.clock()
    const known = await tx
      .select()
      .from(g)
      .where(and(eq(g.organizationId, ctx.organizationId), eq(g.url, given.url)))
      .get()
    const id = known?.id ?? newId()
    const clientSecretSealed = ctx.keyring.seal(secret, gitlabPlace(id, 'client_secret'))
    const values = { ...given, clientSecretSealed, updatedAt: now }
    if (known === undefined) {
      await tx.insert(g).values({
        id,
        organizationId: ctx.organizationId,
        ...values,
        state: 'registered',
        createdBy: actorText(ctx.actor),
        createdAt: now,
      })
    } else {
      const isSame = known.clientId === given.clientId
      // Tokens belong to the application that they were given to.
      await tx
        .update(g)
        .set(isSame ? values : { ...values, ...noTokens, state: 'registered', trouble: null })
        .where(eq(g.id, id))
    }
    record('gitlab.registered', id, { url: given.url, tls_unchecked: given.isTlsUnchecked })
    return id
  })
}

/** What is left of an authorization that is over. */
export const noTokens = {
  accessTokenSealed: null,
  refreshTokenSealed: null,
  expiresAt: null,
  refreshingSince: null,
} as const
