import type { Id } from '../../lib/ids.ts'
import type { Ctx } from '../ctx.ts'

/** The page of a build, as a forge links to it. */
export const buildPage = ({ config }: Pick<Ctx, 'config'>, id: Id): string =>
  new URL(`/builds/${id}`, config.baseUrl).href
