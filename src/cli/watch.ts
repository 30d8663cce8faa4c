import { monotonicClock } from '../lib/clock.ts'
import { call, type Connection, pause, untilBack } from './client.ts'
import { CallFailed, exitCodes } from './exit.ts'
import { printLog } from './logs.ts'
import { printLine } from './print.ts'

export type Watched = {
  id: string
  number: number
  workflow: string
  status: string
  error_message: string | null
  url: string
}

/**
 * Follows builds to their ends, one after the other, and says in a line each how they ended.
 * Throws CallFailed when one of them did not succeed.
 */
export async function watchBuilds(
  connection: Connection,
  builds: readonly Watched[],
): Promise<void> {
  const ended: Watched[] = []
  for (const build of builds) {
    if (builds.length > 1) printLine(`==> #${build.number} ${build.workflow} <==`)
    const endsLine = await printLog(connection, build.id, { follow: 'true' })
    if (!endsLine) printLine('')
    ended.push(await endOf(connection, build.id))
  }
  for (const { number, workflow, status, error_message: why, url } of ended) {
    printLine(`#${number} ${workflow}: ${status}.${why ? ` ${why}` : ''}  ${url}`)
  }
  const failed = ended.filter(({ status }) => status !== 'success')
  if (failed.length === 0) return
  throw new CallFailed(
    ended.length === 1
      ? 'The build did not succeed.'
      : `${failed.length} of ${ended.length} builds did not succeed.`,
    exitCodes.buildFailed,
  )
}

/** The build once it has ended, which is a moment after its log. */
async function endOf(connection: Connection, id: string): Promise<Watched> {
  const giveUpAt = monotonicClock() + connection.patienceMs
  for (;;) {
    const build = await untilBack(connection, () =>
      call<Watched>(connection, 'GET', `/builds/${id}`),
    )
    if (!['waiting_approval', 'pending', 'running'].includes(build.status)) return build
    if (monotonicClock() > giveUpAt) {
      throw new CallFailed(
        `#${build.number} is ${build.status} still, though its log has ended: ${build.url}`,
        exitCodes.failure,
      )
    }
    await pause()
  }
}
