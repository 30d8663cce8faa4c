import type { Actor } from '../../core/access/actor.ts'
import type { Ctx } from '../../core/ctx.ts'
import { readSession } from '../../core/sessions/read.ts'
import { seconds, type Millis } from '../../lib/clock.ts'

const freshMs = seconds(5)
const rememberedMax = 1000

/** Who a session cookie belongs to, without asking the database on every request of a page. */
export type SessionReader = {
  read(ctx: Ctx, cookie: string): Promise<Actor | null>
  /** To be told when a session ends, so that it ends at once. */
  forget(cookie: string): void
}

/** Remembers a session for five seconds: what it may be late by in noticing that it expired. */
export function sessionReader(): SessionReader {
  const remembered = new Map<string, { actor: Actor; until: Millis }>()
  return {
    async read(ctx, cookie) {
      const now = ctx.clock()
      const known = remembered.get(cookie)
      if (known !== undefined && now < known.until) return known.actor
      remembered.delete(cookie)
      const actor = await readSession(ctx, cookie)
      if (actor === null) return null
      if (remembered.size >= rememberedMax) remembered.clear()
      remembered.set(cookie, { actor, until: now + freshMs })
      return actor
    },
    forget: (cookie) => void remembered.delete(cookie),
  }
}
