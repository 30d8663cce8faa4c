import { OoreError } from '../../lib/errors.ts'
import { apiUrlOf, instanceName } from '../../scm/gitlab/instance/call.ts'
import { putHook } from '../../scm/gitlab/instance/api.ts'
import type { Connection } from '../connections/connection.ts'
import { asking } from './ask.ts'
import { hookWishOf } from './hook-wish.ts'
import { reachOf } from './find.ts'
import { accessTokenOf } from './tokens.ts'

/**
 * Projects of GitLab instances, by the grant of whoever authorized there: the same token for git and
 * for the API. It is good for the instance's own address and goes nowhere else.
 */
export const gitlabConnection: Connection = {
  async access(ctx, repository) {
    const { row, token } = await accessTokenOf(ctx, repository.connectionId)
    if (!repository.cloneUrl.startsWith(`${row.url}/`)) {
      throw new OoreError(
        'conflict',
        `${repository.fullName} is not cloned from ${instanceName(row.url)}, whose token is for itself alone. Enable the project again.`,
      )
    }
    return {
      via: 'oauth',
      credential: { username: 'oauth2', password: token },
      apiUrl: apiUrlOf(row.url),
      reach: reachOf(ctx, row),
    }
  },

  async secretChanged(ctx, repository, secrets) {
    const { connectionId, externalId, hookExternalId } = repository
    if (externalId === null || hookExternalId === null) return
    const wish = hookWishOf(ctx, repository.id, secrets)
    await asking(ctx, connectionId, ({ host, token }) =>
      putHook(host, token, externalId, hookExternalId, wish),
    )
  },
}
