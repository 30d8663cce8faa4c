import { type Call, Refused } from '../forge.ts'
import {
  type Access,
  accessOf,
  levels,
  type Project,
  projectNamed,
  type Token,
  type World,
} from './world.ts'

export type Scene = {
  world: World
  now(): number
  url(): string
  breaches: string[]
  version: string
  /** Does this version know signing tokens of webhooks? */
  signs: boolean
}

export const refuse = (status: number, json: object): Refused => new Refused({ status, json })

export const unauthorized = () => refuse(401, { message: '401 Unauthorized' })
export const forbidden = () => refuse(403, { message: '403 Forbidden' })
export const notFound = (what: string) => refuse(404, { message: `404 ${what} Not Found` })

/**
 * Who asks, with a token that has what the request needs: `api`, or `read_api` for reading, or one of
 * `also`. Throws as GitLab answers an unknown, an expired and a revoked token, and one with too small
 * a scope.
 */
export function bearerOf(call: Call, scene: Scene, also: readonly string[] = []): Token {
  const { world, now } = scene
  const [, oauth] = /^Bearer (.+)$/i.exec(call.headers['authorization'] ?? '') ?? []
  const text = oauth ?? call.headers['private-token']
  const token = world.tokens.find((one) => one.token === text)
  if (text === undefined || token === undefined) throw unauthorized()
  if (token.isRevoked) {
    throw refuse(401, {
      error: 'invalid_token',
      error_description: 'Token was revoked. You have to re-authorize from the user.',
    })
  }
  if (token.expiresAtMs !== null && token.expiresAtMs <= now()) {
    throw refuse(401, {
      error: 'invalid_token',
      error_description: 'Token is expired. You can either do re-authentication or token refresh.',
    })
  }
  const person = world.people.find((one) => one.username === token.username)
  if (person?.state === 'blocked') throw forbidden()
  const wanted = ['api', ...(call.method === 'GET' ? ['read_api'] : []), ...also]
  if (!token.scopes.some((scope) => wanted.includes(scope))) {
    scene.breaches.push(`${call.method} ${call.path} needs the scope ${wanted.join(' or ')}`)
    throw refuse(403, {
      error: 'insufficient_scope',
      error_description:
        'The request requires higher privileges than provided by the access token.',
      scope: wanted.join(' '),
    })
  }
  return token
}

/** The project of `/projects/:id`, for who has this level at least: 404 where it is hidden. */
export function projectOf(
  call: Call,
  scene: Scene,
  level: number,
): { project: Project; token: Token; access: Access } {
  const token = bearerOf(call, scene)
  const project = projectNamed(scene.world, call.params['id'] ?? '')
  if (project === null) throw notFound('Project')
  const access = accessOf(scene.world, project, token.username)
  if (access.level === 0 && project.visibility === 'private') throw notFound('Project')
  const isOpenToRead = project.visibility !== 'private' && level <= levels.reporter
  if (access.level < level && !isOpenToRead) throw forbidden()
  return { project, token, access }
}
