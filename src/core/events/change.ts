import { schema, type Writer } from '../../db/client.ts'
import { actorText } from '../access/actor.ts'
import type { Ctx } from '../ctx.ts'
import { type FactKind, topicsOf } from './fact.ts'

/** Writes down a fact: it is stored with the change that makes it true, or not at all. */
export type Recorder = (kind: FactKind, subject: string, data?: Record<string, unknown>) => void

/**
 * Changes something: `work` moves rows and records facts, all in one write transaction. The bells
 * ring after the commit, so whoever they wake reads what is true.
 */
export async function change<T>(
  ctx: Ctx,
  work: (tx: Writer, record: Recorder) => Promise<T>,
): Promise<T> {
  let facts: (typeof schema.facts.$inferInsert)[] = []
  const result = await ctx.db.write(async (tx) => {
    facts = []
    const done = await work(tx, (kind, subject, data = {}) => {
      const { organizationId, clock, actor } = ctx
      facts.push({ organizationId, kind, subject, actor: actorText(actor), data, at: clock() })
    })
    if (facts.length > 0) await tx.insert(schema.facts).values(facts)
    return done
  })
  for (const topic of new Set(facts.flatMap(topicsOf))) ctx.bells.ring(topic)
  return result
}
