import type { Route } from '../forge.ts'
import { bearerOf, type Scene } from './bearer.ts'
import { ok } from './pages.ts'
import { userShape } from './shapes.ts'

/** Looking people up: docs.gitlab.com, "Users API", "List users" by `username`. */
export const userRoutes = (scene: Scene): Route[] => [
  {
    method: 'GET',
    path: '/users',
    answer(call) {
      bearerOf(call, scene, ['read_user'])
      const asked = (call.query.get('username') ?? '').toLowerCase()
      const found = scene.world.people.filter(({ username }) => username.toLowerCase() === asked)
      return ok(found.map(({ username }) => userShape(scene, username)))
    },
  },
]
