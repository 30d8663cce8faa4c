import { seconds } from '../../lib/clock.ts'
import { OoreError } from '../../lib/errors.ts'
import type { Look } from '../../scm/contract.ts'
import type { Ctx } from '../ctx.ts'
import type { RepositoryRow } from '../repositories/find.ts'
import { sourceOf } from '../repositories/source.ts'

const askMs = seconds(20)

/**
 * The commit that a pull request stands at now, as its repository says; null where that keeps no
 * such pull request. Throws OoreError `unavailable` where the repository does not answer.
 */
export async function headOf(ctx: Ctx, row: RepositoryRow, number: number): Promise<Look | null> {
  const scm = ctx.scm(row.provider)
  const ref = scm.headRefOf(number)
  if (ref === null) return null
  return withinTime(row, async (signal) => {
    try {
      return await scm.look(await sourceOf(ctx, row), { ref }, [], signal)
    } catch (error) {
      const isMissing = error instanceof OoreError && error.trouble === 'invalid'
      if (isMissing && error.fields.some(({ field }) => field === 'ref')) return null
      throw error
    }
  })
}

/** Asks a repository, for as long as a person waits. Throws OoreError `unavailable` after that. */
export async function withinTime<T>(
  row: RepositoryRow,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(askMs)
  try {
    return await ask(signal)
  } catch (error) {
    if (!signal.aborted) throw error
    const message = `${row.fullName} did not answer within ${askMs / 1000} s. Try again later.`
    throw new OoreError('unavailable', message, { cause: error })
  }
}
