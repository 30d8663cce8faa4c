import { verify } from 'node:crypto'
import { type Call, Refused, type Reply } from '../forge.ts'
import {
  type App,
  fullNameOf,
  type Installation,
  isName,
  type Permissions,
  permissionOf,
  reaches,
  type Repository,
  repositoryNamed,
  type Token,
  type World,
} from './world.ts'

/** An answer in GitHub's shape for errors. */
export const problem = (status: number, message: string, more: object = {}): Reply => ({
  status,
  json: {
    message,
    ...more,
    documentation_url: 'https://docs.github.com/rest',
    status: String(status),
  },
})

export const refuse = (status: number, message: string, more?: object): Refused =>
  new Refused(problem(status, message, more))

export const notFound = (): Refused => refuse(404, 'Not Found')
export const notAccessible = (): Refused => refuse(403, 'Resource not accessible by integration')

export type Bearer =
  | { is: 'app'; app: App }
  | {
      is: 'installation'
      token: Token & { is: 'installation' }
      installation: Installation
      app: App
    }
  | { is: 'user'; token: Token & { is: 'user' }; login: string; app: App }
  | { is: 'personal'; login: string | null }
  | { is: 'nobody' }

export type Scene = {
  world: World
  now(): number
  url(): string
  apiUrl(): string
  breaches: string[]
}

/** How long the clocks of a JWT and of GitHub may differ. */
const driftSeconds = 60
const jwtSecondsMax = 600

/**
 * Who asks. Throws as GitHub answers a token it does not know (401), an installation that is
 * suspended or gone, and a JWT that is not as "Generating a JSON Web Token for a GitHub App" says.
 */
export function bearerOf(call: Call, { world, now }: Scene): Bearer {
  const header = call.headers['authorization']
  if (header === undefined) return { is: 'nobody' }
  const [, text = ''] = /^(?:bearer|token) (.+)$/i.exec(header) ?? []
  if (text.split('.').length === 3) return { is: 'app', app: appOfJwt(text, world, now()) }
  const token = world.tokens.find((one) => one.token === text)
  if (token === undefined) throw refuse(401, 'Bad credentials')
  if (token.is === 'personal') return { is: 'personal', login: token.login }
  if (token.expiresAtMs <= now()) throw refuse(401, 'Bad credentials')
  if (token.is === 'user') {
    const app = world.apps.find((one) => one.id === token.appId)
    if (app === undefined) throw refuse(401, 'Bad credentials')
    return { is: 'user', token, login: token.login, app }
  }
  const installation = world.installations.find((one) => one.id === token.installationId)
  const app = world.apps.find((one) => one.id === installation?.appId)
  if (installation === undefined || app === undefined) throw refuse(401, 'Bad credentials')
  if (installation.suspendedAt !== null) {
    throw refuse(403, 'This installation has been suspended')
  }
  return { is: 'installation', token, installation, app }
}

/** The App of a JWT; anyone else is told what GitHub tells. */
export function appOf(call: Call, scene: Scene): App {
  const bearer = bearerOf(call, scene)
  if (bearer.is === 'app') return bearer.app
  if (bearer.is === 'nobody') {
    throw refuse(401, 'A JSON web token could not be decoded')
  }
  scene.breaches.push(`${call.method} ${call.path} needs a JWT, and a token was sent`)
  throw refuse(401, 'A JSON web token could not be decoded')
}

/** The person of a user's token. */
export function userOf(call: Call, scene: Scene): Bearer & { is: 'user' } {
  const bearer = bearerOf(call, scene)
  if (bearer.is === 'user') return bearer
  if (bearer.is === 'nobody') throw refuse(401, 'Requires authentication')
  scene.breaches.push(`${call.method} ${call.path} needs the token of a person`)
  throw bearer.is === 'app' ? refuse(401, 'Bad credentials') : notAccessible()
}

const levels = { read: 1, write: 2, admin: 3 }

/** Is this permission among those? */
export const isGranted = (
  permissions: Permissions,
  name: string,
  level: 'read' | 'write',
): boolean => {
  const given = permissions[name]
  return given !== undefined && levels[given] >= levels[level]
}

/** What the installation agreed to, as far as this token was limited to it. */
export function tokenAllows(
  bearer: Bearer & { is: 'installation' },
  name: string,
  level: 'read' | 'write',
): boolean {
  const { token, installation } = bearer
  return (
    isGranted(installation.permissions, name, level) && isGranted(token.permissions, name, level)
  )
}

/** Does this token reach the repository, through its installation and its own limit? */
export const tokenReaches = (
  { token, installation }: Bearer & { is: 'installation' },
  repository: Repository,
): boolean =>
  reaches(installation, repository) &&
  (token.repositoryIds === null || token.repositoryIds.includes(repository.id))

/**
 * The repository of `/repos/:owner/:repo`, for who may: 404 where it is hidden, 403 where the token
 * lacks the permission, 301 where it has another name by now.
 */
export function repositoryOf(
  call: Call,
  scene: Scene,
  permission: string,
  level: 'read' | 'write',
): { repository: Repository; bearer: Bearer } {
  const { owner = '', repo = '', id } = call.params
  const wanted = `${owner}/${repo}`
  const repository =
    id !== undefined && owner === ''
      ? (scene.world.repositories.find((one) => String(one.id) === id) ?? null)
      : repositoryNamed(scene.world, wanted)
  const bearer = bearerOf(call, scene)
  if (bearer.is === 'app') throw refuse(401, 'Bad credentials')
  if (repository === null) throw notFound()
  const isPublicRead = !repository.private && level === 'read'
  switch (bearer.is) {
    case 'installation': {
      if (!tokenReaches(bearer, repository)) throw isPublicRead ? notAccessible() : notFound()
      if (permission !== 'metadata' && !tokenAllows(bearer, permission, level))
        throw notAccessible()
      break
    }
    case 'user': {
      const may = permissionOf(scene.world, repository, bearer.login)
      if (may === null) throw notFound()
      if (level === 'write' && (may === 'read' || may === 'triage')) throw notFound()
      break
    }
    case 'nobody':
      if (!isPublicRead)
        throw level === 'read' ? notFound() : refuse(401, 'Requires authentication')
      break
    case 'personal':
      break
  }
  if (owner !== '' && !isName(fullNameOf(repository), wanted))
    throw movedTo(call, scene, repository)
  if (level === 'write' && repository.archived && permission !== 'metadata') {
    throw refuse(403, 'Repository was archived so is read-only.')
  }
  return { repository, bearer }
}

/** GitHub sends a renamed repository on to its address by id, with 301 for reading and 307 else. */
function movedTo(call: Call, scene: Scene, repository: Repository): Refused {
  const [, rest = ''] = /^\/api\/v3\/repos\/[^/]+\/[^/?]+(.*)$/.exec(call.path) ?? []
  const location = `${scene.apiUrl()}/repositories/${repository.id}${rest}`
  const status = call.method === 'GET' ? 301 : 307
  const { json } = problem(status, 'Moved Permanently', { url: location })
  return new Refused({ status, headers: { location }, json })
}

function appOfJwt(text: string, world: World, nowMs: number): App {
  const undecoded = refuse(401, 'A JSON web token could not be decoded')
  const [head = '', body = '', signature = ''] = text.split('.')
  const header = jsonOf(head)
  const claims = jsonOf(body)
  if (header === null || claims === null || header['alg'] !== 'RS256') throw undecoded
  const issuer = String(claims['iss'] ?? '')
  const app = world.apps.find((one) => String(one.id) === issuer || one.clientId === issuer)
  if (app === undefined) throw refuse(404, 'Integration not found')
  const signed = Buffer.from(`${head}.${body}`)
  if (!verify('sha256', signed, app.publicKeyPem, Buffer.from(signature, 'base64url'))) {
    throw undecoded
  }
  const { iat, exp } = claims
  const now = Math.floor(nowMs / 1000)
  if (!Number.isInteger(iat) || Number(iat) > now + driftSeconds) {
    throw refuse(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    )
  }
  if (!Number.isInteger(exp) || Number(exp) <= now) {
    throw refuse(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    )
  }
  // Ten minutes from GitHub's own now, whatever the token says of when it was made.
  if (Number(exp) > now + jwtSecondsMax) {
    throw refuse(401, "'Expiration time' claim ('exp') is too far in the future")
  }
  return app
}

function jsonOf(part: string): Record<string, unknown> | null {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>
  } catch {
    return null
  }
}
