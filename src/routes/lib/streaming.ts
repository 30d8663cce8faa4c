import { OoreError } from '../../lib/errors.ts'

export type Pieces = (signal: AbortSignal) => AsyncGenerator<Uint8Array>

type StreamOptions = {
  /** Ends when the caller goes away. */
  signal: AbortSignal
  pieces: Pieces
  /** Called once, however it ends. */
  onEnd: () => void
  /** Called with what broke, for the operator: the caller only sees the stream break off. */
  onTrouble: (thrown: unknown) => void
}

/**
 * A body made piece by piece, each only when the one before has been taken: a slow reader costs one
 * piece of memory. When the reader leaves, the pieces are aborted wherever they wait.
 */
export function streamOf({
  signal,
  pieces,
  onEnd,
  onTrouble,
}: StreamOptions): ReadableStream<Uint8Array> {
  const leaving = new AbortController()
  const made = pieces(leaving.signal)
  let isOver = false

  const end = () => {
    if (isOver) return
    isOver = true
    signal.removeEventListener('abort', end)
    leaving.abort()
    onEnd()
    // Lets a generator that stands at a yield clean up; one that waits is woken by the abort.
    made.return(undefined).catch(onTrouble)
  }
  signal.addEventListener('abort', end)
  if (signal.aborted) end()

  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const piece = await made.next()
          if (isOver) return
          if (!piece.done) return controller.enqueue(piece.value)
          end()
          controller.close()
        } catch (thrown) {
          onTrouble(thrown)
          end()
          controller.error(new Error('The stream broke off.'))
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}

export type StreamLimits = { perAddress: number; total: number }

/**
 * Counts the streams that are open, so that nobody can hold them all. `take` returns what gives
 * the place back, and throws OoreError `busy` when there is none.
 */
export function streamPlaces({ perAddress, total }: StreamLimits): {
  take(address: string): () => void
} {
  const open = new Map<string, number>()
  let all = 0
  return {
    take(address) {
      const own = open.get(address) ?? 0
      if (own >= perAddress || all >= total) {
        throw new OoreError(
          'busy',
          own >= perAddress
            ? `This address holds ${own} live streams already. Close some of them first.`
            : `This server holds ${all} live streams already. Try again in a moment.`,
          { retryAfterSeconds },
        )
      }
      open.set(address, own + 1)
      all += 1
      return () => {
        const left = (open.get(address) ?? 1) - 1
        if (left > 0) open.set(address, left)
        else open.delete(address)
        all -= 1
      }
    },
  }
}

const retryAfterSeconds = 10
