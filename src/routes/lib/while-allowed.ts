import type { Bells } from '../../lib/bell.ts'

/**
 * A body that ends once its reader may not have it any more: somebody who is signed out or disabled
 * keeps no stream open. Asks only when something has happened to people or their sessions.
 */
export function whileAllowed(
  body: ReadableStream<Uint8Array>,
  bells: Bells,
  isAllowed: () => Promise<boolean>,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let isOver = false
  const end = () => {
    isOver = true
    stop()
    // Wakes the read that waits: it then says that there is no more.
    void reader.cancel().catch(() => {})
  }
  const stop = bells.listen('people', () => {
    isAllowed().then(
      (allowed) => allowed || isOver || end(),
      () => isOver || end(),
    )
  })
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (!done && !isOver) return controller.enqueue(value)
        stop()
        controller.close()
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}
