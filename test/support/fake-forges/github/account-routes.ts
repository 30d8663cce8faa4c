import type { Route } from '../forge.ts'
import { bearerOf, notFound, type Scene } from './bearer.ts'
import { ok } from './pages.ts'
import { accountShape, organizationShape } from './shapes.ts'
import { isName } from './world.ts'

/** What is public of accounts: docs.github.com, "Get a user" and "Get an organization". */
export const accountRoutes = (scene: Scene): Route[] => [
  {
    method: 'GET',
    path: '/users/:login',
    answer(call) {
      bearerOf(call, scene)
      const login = call.params['login'] ?? ''
      const { people, orgs } = scene.world
      if (![...people, ...orgs].some((one) => isName(one.login, login))) throw notFound()
      return ok(accountShape(scene, login))
    },
  },
  {
    method: 'GET',
    path: '/orgs/:org',
    answer(call) {
      bearerOf(call, scene)
      const found = organizationShape(scene, call.params['org'] ?? '')
      if (found === null) throw notFound()
      return ok({ ...found, type: 'Organization' })
    },
  },
]
