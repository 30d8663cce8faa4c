import { facesOf, type Guard, mountedAt, type Route } from './route.ts'

export type Claimed = { methods: string[]; guard: Guard }

/** What can be done at each address, and who may hear of it: anyone, where anyone may do anything. */
export function methodsByPath(routes: readonly Route[]): Map<string, Claimed> {
  const claimed = new Map<string, Claimed>()
  for (const route of routes) {
    for (const face of facesOf(route)) {
      const path = mountedAt(route, face)
      const known: Claimed = claimed.get(path) ?? { methods: [], guard: 'signed-in' }
      const { methods } = known
      if (!methods.includes(route.method)) methods.push(route.method)
      if (route.method === 'GET' && !methods.includes('HEAD')) methods.push('HEAD')
      if (['open', 'hook', 'probe'].includes(route.guard)) known.guard = 'open'
      claimed.set(path, known)
    }
  }
  return claimed
}
