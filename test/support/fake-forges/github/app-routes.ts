import type { Call, Route } from '../forge.ts'
import { mintToken } from './apps.ts'
import {
  appOf,
  bearerOf,
  isGranted,
  notAccessible,
  notFound,
  refuse,
  type Scene,
} from './bearer.ts'
import type { Deliveries } from './deliveries.ts'
import { created, ok, paged, pagedByCursor } from './pages.ts'
import { appShape, installationShape, repositoryShape } from './shapes.ts'
import {
  type App,
  type Installation,
  isName,
  type Permissions,
  permissionOf,
  reaches,
  type Repository,
} from './world.ts'

const repositoriesMax = 500
/** How long a delivery can be looked at and sent again. */
const deliveriesKeptMs = 3 * 86_400_000

/** What an App asks with its JWT, and what its installations ask about themselves. */
export function appRoutes(scene: Scene, deliveries: Deliveries): Route[] {
  const { world } = scene

  const installationOf = (call: Call, app: App): Installation => {
    const found = world.installations.find(
      (one) => one.appId === app.id && String(one.id) === call.params['id'],
    )
    if (found === undefined) throw notFound()
    return found
  }

  return [
    {
      method: 'GET',
      path: '/app',
      answer(call) {
        const app = appOf(call, scene)
        const mine = world.installations.filter((one) => one.appId === app.id)
        return ok({ ...appShape(scene, app), installations_count: mine.length })
      },
    },
    {
      method: 'GET',
      path: '/app/installations',
      answer(call) {
        const app = appOf(call, scene)
        const all = world.installations.filter((one) => one.appId === app.id)
        const { page, headers } = paged(call, all, scene.url())
        return ok(
          page.map((one) => installationShape(scene, one)),
          headers,
        )
      },
    },
    {
      method: 'GET',
      path: '/app/installations/:id',
      answer: (call) => ok(installationShape(scene, installationOf(call, appOf(call, scene)))),
    },
    {
      method: 'POST',
      path: '/app/installations/:id/access_tokens',
      answer(call) {
        const installation = installationOf(call, appOf(call, scene))
        if (installation.suspendedAt !== null) {
          throw refuse(403, 'This installation has been suspended')
        }
        const repositoryIds = limitOf(scene, call, installation)
        const permissions = permissionsOf(call, installation)
        const token = mintToken(scene, installation, { repositoryIds, permissions })
        const limited = repositoryIds && {
          repositories: repositoryIds.map((id) =>
            repositoryShape(
              scene,
              world.repositories.find((one) => one.id === id)!,
            ),
          ),
        }
        return created({
          token: token.token,
          expires_at: new Date(token.expiresAtMs).toISOString().replace(/\.\d+Z$/, 'Z'),
          permissions,
          repository_selection: repositoryIds === null ? installation.selection : 'selected',
          ...limited,
        })
      },
    },
    {
      method: 'GET',
      path: '/installation/repositories',
      answer(call) {
        const bearer = bearerOf(call, scene)
        if (bearer.is !== 'installation') throw notAccessible()
        const { token, installation } = bearer
        const all = world.repositories.filter(
          (one) =>
            reaches(installation, one) &&
            (token.repositoryIds === null || token.repositoryIds.includes(one.id)),
        )
        const { page, headers } = paged(call, all, scene.url())
        return ok(
          {
            total_count: all.length,
            repository_selection: installation.selection,
            repositories: page.map((one) => ({
              ...repositoryShape(scene, one),
              permissions: {
                admin: false,
                maintain: false,
                push: false,
                triage: false,
                pull: true,
              },
            })),
          },
          headers,
        )
      },
    },
    {
      method: 'DELETE',
      path: '/installation/token',
      answer(call) {
        const bearer = bearerOf(call, scene)
        if (bearer.is !== 'installation') throw notAccessible()
        world.tokens.splice(world.tokens.indexOf(bearer.token), 1)
        return { status: 204 }
      },
    },
    {
      method: 'GET',
      path: '/user/installations',
      answer(call) {
        const bearer = bearerOf(call, scene)
        if (bearer.is !== 'user') throw refuse(401, 'Requires authentication')
        const all = world.installations.filter(
          (one) =>
            one.appId === bearer.app.id &&
            world.repositories.some(
              (repository) =>
                isName(repository.owner, one.account) &&
                permissionOf(world, repository, bearer.login) !== null,
            ),
        )
        const { page, headers } = paged(call, all, scene.url())
        const installations = page.map((one) => installationShape(scene, one))
        return ok({ total_count: all.length, installations }, headers)
      },
    },
    ...hookRoutes(scene, deliveries),
  ]
}

function hookRoutes(scene: Scene, deliveries: Deliveries): Route[] {
  const config = (app: App) => ({
    content_type: app.hookContentType,
    insecure_ssl: app.hookInsecureSsl,
    ...(app.webhookSecret === null ? {} : { secret: '********' }),
    url: app.hookUrl ?? '',
  })
  const deliveriesOf = (app: App) =>
    scene.world.deliveries.filter(
      (one) => one.appId === app.id && Date.parse(one.deliveredAt) > scene.now() - deliveriesKeptMs,
    )
  const deliveryOf = (call: Call) => {
    const mine = deliveriesOf(appOf(call, scene))
    const found = mine.find((one) => String(one.id) === call.params['id'])
    if (found === undefined) throw notFound()
    return found
  }

  return [
    {
      method: 'GET',
      path: '/app/hook/config',
      answer: (call) => ok(config(appOf(call, scene))),
    },
    {
      method: 'PATCH',
      path: '/app/hook/config',
      answer(call) {
        const app = appOf(call, scene)
        const { url, content_type: type, secret, insecure_ssl: insecure } = call.fields
        if (url !== undefined && !URL.canParse(String(url))) {
          throw refuse(422, 'Validation Failed', { errors: [{ resource: 'Hook', field: 'url' }] })
        }
        if (url !== undefined) app.hookUrl = String(url)
        if (secret !== undefined) app.webhookSecret = String(secret)
        if (type === 'json' || type === 'form') app.hookContentType = type
        if (insecure !== undefined) app.hookInsecureSsl = String(insecure) === '1' ? '1' : '0'
        return ok(config(app))
      },
    },
    {
      method: 'GET',
      path: '/app/hook/deliveries',
      answer(call) {
        const app = appOf(call, scene)
        const wanted = call.query.get('status')
        const all = deliveriesOf(app)
          .filter((one) => wanted === null || (wanted === 'success') === (one.status === 'OK'))
          .reverse()
        const { page, headers } = pagedByCursor(call, all, scene.url())
        return ok(page.map(deliveries.brief), headers)
      },
    },
    {
      method: 'GET',
      path: '/app/hook/deliveries/:id',
      answer: (call) => ok(deliveries.whole(deliveryOf(call))),
    },
    {
      method: 'POST',
      path: '/app/hook/deliveries/:id/attempts',
      answer(call) {
        // It is sent after this is answered, as GitHub does: whoever waits for it asks for the list.
        void deliveries.redeliver(deliveryOf(call).id)
        return { status: 202, json: {} }
      },
    },
  ]
}

/** The repositories a token is limited to, each of which the installation must reach. */
function limitOf(scene: Scene, call: Call, installation: Installation): number[] | null {
  const { repository_ids: ids, repositories: names } = call.fields
  if (ids === undefined && names === undefined) return null
  const mine = scene.world.repositories.filter((one) => reaches(installation, one))
  const wanted = [...(Array.isArray(ids) ? ids : []), ...(Array.isArray(names) ? names : [])]
  if (wanted.length > repositoriesMax) throw refuse(422, 'Validation Failed')
  const isWanted = (one: Repository, by: unknown) =>
    typeof by === 'number' ? one.id === by : isName(one.name, String(by))
  return wanted.map((by) => {
    const found = mine.find((one) => isWanted(one, by))
    if (found === undefined) {
      throw refuse(
        422,
        'There is at least one repository that does not exist or is not accessible to the parent installation.',
      )
    }
    return found.id
  })
}

function permissionsOf(call: Call, installation: Installation): Permissions {
  const wanted = call.fields['permissions'] as Permissions | undefined
  if (wanted === undefined) return installation.permissions
  for (const [name, level] of Object.entries(wanted)) {
    if (level !== 'admin' && isGranted(installation.permissions, name, level)) continue
    throw refuse(422, 'The permissions requested are not granted to this installation.')
  }
  return { ...wanted, metadata: 'read' }
}
