import type { Actor } from '../../core/access/actor.ts'
import type { Ctx } from '../../core/ctx.ts'
import { readSession } from '../../core/sessions/read.ts'
import type { Bells } from '../../lib/bell.ts'
import { seconds, type Millis } from '../../lib/clock.ts'

const freshMs = seconds(5)
const rememberedMax = 1000

/** Who a session cookie belongs to, without asking the database on every request of a page. */
export type SessionReader = {
  read(ctx: Ctx, cookie: string): Promise<Actor | null>
  /** To be told when a session ends, so that it ends at once. */
  forget(cookie: string): void
}

/**
 * Remembers a session for five seconds: what it may be late by in noticing that it expired. What
 * happens to people and their sessions is noticed at once, by the bell.
 */
export function sessionReader(bells: Bells): SessionReader {
  const remembered = new Map<string, { actor: Actor; until: Millis }>()
  let changes = 0
  bells.listen('people', () => {
    changes += 1
    remembered.clear()
  })
  return {
    async read(ctx, cookie) {
      const now = ctx.clock()
      const known = remembered.get(cookie)
      if (known !== undefined && now < known.until) return known.actor
      remembered.delete(cookie)
      const before = changes
      const actor = await readSession(ctx, cookie)
      if (actor === null) return null
      // What was read may be older than what has been rung for since.
      if (changes !== before) return readSession(ctx, cookie)
      if (remembered.size >= rememberedMax) remembered.clear()
      remembered.set(cookie, { actor, until: now + freshMs })
      return actor
    },
    forget: (cookie) => void remembered.delete(cookie),
  }
}
