import { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Secret } from '../../lib/secret.ts'
import { type GitlabHost, GitlabRefused, instanceName } from '../../scm/gitlab/instance/call.ts'
import type { Ctx } from '../ctx.ts'
import { hostOf, type GitlabRow } from './find.ts'
import { accessTokenOf, refreshInstance } from './tokens.ts'

/** What a question to an instance is asked with. */
export type Asking = { row: GitlabRow; host: GitlabHost; token: Secret }

/**
 * Asks an instance with its token, once more with a new one where GitLab does not take it: it may
 * have been revoked. Throws OoreError in words: `conflict` where somebody has to authorize,
 * `forbidden` where they may not, `not_found` where GitLab shows nothing, `unavailable`.
 */
export async function asking<T>(
  ctx: Ctx,
  instanceId: Id,
  ask: (asking: Asking) => Promise<T>,
): Promise<T> {
  const attempt = async () => {
    const { row, token } = await accessTokenOf(ctx, instanceId)
    return ask({ row, host: hostOf(ctx, row), token })
  }
  try {
    return await attempt().catch(async (error: unknown) => {
      if (!(error instanceof GitlabRefused) || error.status !== 401) throw error
      await refreshInstance(ctx, instanceId)
      return attempt()
    })
  } catch (error) {
    throw error instanceof GitlabRefused ? inWords(error) : error
  }
}

function inWords(error: GitlabRefused): OoreError {
  const said = error.words === '' ? '' : ` It said “${error.words}”.`
  switch (error.status) {
    case 401:
      return new OoreError('conflict', `GitLab does not take the token any more.${said}`, {
        cause: error,
      })
    case 403:
      return new OoreError(
        'forbidden',
        /scope|higher privileges/i.test(error.words)
          ? `The token lacks a scope for this. Tick api, read_user and read_repository in the application, and authorize again.${said}`
          : `Whoever authorized Oore may not do this on GitLab: it takes the role Maintainer.${said}`,
        { cause: error },
      )
    case 404:
      return new OoreError(
        'not_found',
        `GitLab shows no such thing to whoever authorized Oore.${said}`,
        {
          cause: error,
        },
      )
    default:
      return new OoreError('conflict', error.message, { cause: error })
  }
}

/** The address of a project’s code at an instance: there the token goes, whatever GitLab calls itself. */
export const cloneUrlOf = ({ url }: Pick<GitlabRow, 'url'>, fullName: string): string =>
  `${url}/${fullName}.git`

/** What `repositories.instance` is of projects there. */
export const instanceOfRow = ({ url }: Pick<GitlabRow, 'url'>): string => instanceName(url)
