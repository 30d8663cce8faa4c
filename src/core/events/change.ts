import { schema, type Writer } from '../../db/client.ts'
import { actorText } from '../access/actor.ts'
import type { Ctx } from '../ctx.ts'
import { type FactKind, topicsOf } from './fact.ts'

/** Writes down a fact in the transaction that makes it true. */
export type Recorder = (
  kind: FactKind,
  subject: string,
  data?: Record<string, unknown>,
) => Promise<void>

/**
 * Changes something: `work` moves rows and records facts, all in one write transaction. The bells
 * ring after the commit, so whoever they wake reads what is true.
 */
export async function change<T>(
  ctx: Ctx,
  work: (tx: Writer, record: Recorder) => Promise<T>,
): Promise<T> {
  const topics = new Set<string>()
  const result = await ctx.db.write(async (tx) => {
    topics.clear()
    return work(tx, async (kind, subject, data = {}) => {
      await tx.insert(schema.facts).values({
        organizationId: ctx.organizationId,
        kind,
        subject,
        actor: actorText(ctx.actor),
        data,
        at: ctx.clock(),
      })
      for (const topic of topicsOf(kind, subject)) topics.add(topic)
      topics.add(`fact:${kind}`)
    })
  })
  for (const topic of topics) ctx.bells.ring(topic)
  return result
}
