import { and, asc, eq, gt, inArray, max } from 'drizzle-orm'
import { schema } from '../../db/client.ts'
import { Waiter } from '../../lib/bell.ts'
import { seconds } from '../../lib/clock.ts'
import type { Ctx } from '../ctx.ts'
import type { Fact, FactKind } from '../events/fact.ts'
import type { Reaction } from './reaction.ts'

const lookAgainMs = seconds(30)
const batchMax = 100
const triesMax = 3
const pauseMs = seconds(1)

/**
 * Hands facts to one reaction, in order, from where it stood when the server last stopped, until
 * the signal aborts. A fact whose reaction keeps failing is logged and passed over, so that it
 * does not stand in the way of the next.
 */
export async function workReaction(
  ctx: Ctx,
  reaction: Reaction,
  signal: AbortSignal,
): Promise<void> {
  const waiter = new Waiter()
  const stops = reaction.to.map((kind) => ctx.bells.listen(`fact:${kind}`, waiter.ring))
  try {
    let seq = await startOf(ctx, reaction)
    while (!signal.aborted) {
      const facts = await factsAfter(ctx, reaction.to, seq)
      for (const fact of facts) {
        if (signal.aborted) return
        await reactTo(ctx, reaction, fact, signal)
        seq = fact.seq
      }
      const last = facts.at(-1)
      if (last) await keepCursor(ctx, reaction, last.seq)
      if (facts.length < batchMax) await waiter.wait(lookAgainMs, signal)
    }
  } finally {
    for (const stop of stops) stop()
  }
}

async function reactTo(
  ctx: Ctx,
  reaction: Reaction,
  fact: Fact,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; attempt <= triesMax; attempt += 1) {
    try {
      return await reaction.react(ctx, fact)
    } catch (error) {
      ctx.log.error(
        { err: error, reaction: reaction.name, fact: fact.seq, attempt },
        'a reaction failed',
      )
      await new Waiter().wait(attempt * pauseMs, signal)
    }
  }
}

/** A reaction that is new begins with what happens from now on. */
async function startOf(ctx: Ctx, reaction: Reaction): Promise<number> {
  const { facts, reactionCursors } = schema
  const kept = await ctx.db.read
    .select()
    .from(reactionCursors)
    .where(eq(reactionCursors.name, reaction.name))
    .get()
  if (kept) return kept.seq
  const newest = await ctx.db.read
    .select({ seq: max(facts.seq) })
    .from(facts)
    .get()
  const seq = newest?.seq ?? 0
  await keepCursor(ctx, reaction, seq)
  return seq
}

async function keepCursor(ctx: Ctx, { name }: Reaction, seq: number): Promise<void> {
  await ctx.db.write(async (tx) => {
    await tx
      .insert(schema.reactionCursors)
      .values({ name, seq })
      .onConflictDoUpdate({ target: schema.reactionCursors.name, set: { seq } })
  })
}

async function factsAfter(ctx: Ctx, kinds: readonly FactKind[], seq: number): Promise<Fact[]> {
  const { facts } = schema
  const rows = await ctx.db.read
    .select()
    .from(facts)
    .where(and(gt(facts.seq, seq), inArray(facts.kind, [...kinds])))
    .orderBy(asc(facts.seq))
    .limit(batchMax)
    .all()
  return rows.map((row) => ({ ...row, kind: row.kind as FactKind }))
}
