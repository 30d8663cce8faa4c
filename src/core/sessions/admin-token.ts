import type { Secret } from '../../lib/secret.ts'
import type { Ctx } from '../ctx.ts'

/** The token that makes an admin. main.ts makes one for the run where the operator set none. */
export function adminTokenOf(ctx: Ctx): Secret {
  const { adminToken } = ctx.config
  if (adminToken === null) throw new Error('the server was started without an admin token')
  return adminToken
}
