import type { Ctx } from '../ctx.ts'
import type { Fact, FactKind } from '../events/fact.ts'

/**
 * Something that follows from facts. It is handed every fact of its kinds in order, at least once:
 * after a crash the last may come again, so doing it twice must be doing it once.
 */
export type Reaction = {
  /** Names its cursor: never rename one that has shipped. */
  name: string
  to: readonly FactKind[]
  react(ctx: Ctx, fact: Fact): Promise<void>
}
