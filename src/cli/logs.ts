import { once } from 'node:events'
import { type Connection, noOore, open, pause, untilBack } from './client.ts'
import { CallFailed, exitCodes } from './exit.ts'

export type LogQuery = { step?: string; stream?: string; follow?: 'true' }

/** A server that breaks off so often without a byte between will not tell the rest either. */
const lossesMax = 20

/**
 * Prints what a build said, byte by byte: escape sequences and all, as in its own terminal. When
 * the connection breaks it goes on at the byte where it stopped. Throws CallFailed when the server
 * does not come back. Gives whether the last line was ended.
 */
export async function printLog(
  connection: Connection,
  buildId: string,
  query: LogQuery,
): Promise<boolean> {
  let printed = 0
  let losses = 0
  let endsLine = true
  const openAt = async (offset: number) => {
    const path = `/builds/${buildId}/logs`
    const answer = await open(connection, 'GET', path, { query: { ...query, offset: `${offset}` } })
    if (answer.headers.get('content-type')?.startsWith('text/plain')) return answer
    throw noOore(connection, answer)
  }

  let answer = await openAt(0)
  for (;;) {
    try {
      for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
        printed += chunk.length
        losses = 0
        endsLine = chunk.at(-1) === 0x0a
        if (!process.stdout.write(chunk)) await once(process.stdout, 'drain')
      }
      return endsLine
    } catch (error) {
      if (!wasOnlySilent(error)) sayLost(connection, ++losses)
    }
    await pause()
    answer = await untilBack(connection, () => openAt(printed))
  }
}

/** Node closes what says nothing for five minutes; builds may be silent for longer. */
const wasOnlySilent = (error: unknown): boolean =>
  error instanceof Error &&
  (error.cause as { code?: unknown } | undefined)?.code === 'UND_ERR_BODY_TIMEOUT'

function sayLost({ server, patienceMs }: Connection, losses: number): void {
  const { origin } = new URL(server)
  if (losses > lossesMax) {
    throw new CallFailed(`${origin} breaks off again and again.`, exitCodes.unreachable)
  }
  process.stderr.write(
    `oore: ${origin} broke off. Waiting up to ${patienceMs / 1000} seconds for it to go on.\n`,
  )
}
