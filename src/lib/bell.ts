/**
 * Bells say that there is more, never what. A listener that is rung reads from its own place, so
 * history, live tail and reconnect are one code path, and a slow listener holds no memory here.
 */
export class Bells {
  readonly #listeners = new Map<string, Set<() => void>>()

  /** Call `listener` on every ring of `topic` until the returned function is called. */
  listen(topic: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) {
        this.#listeners.delete(topic)
      }
    }
  }

  ring(topic: string): void {
    for (const listener of [...(this.#listeners.get(topic) ?? [])]) listener()
  }

  /** How many listen to a topic, or to all: tests hold it against leaks. */
  count(topic?: string): number {
    if (topic !== undefined) return this.#listeners.get(topic)?.size ?? 0
    let total = 0
    for (const listeners of this.#listeners.values()) total += listeners.size
    return total
  }
}

/**
 * Remembers rings between two looks: subscribe first, look, then wait. A ring that came while the
 * reader was looking makes the next wait return at once, so nothing is missed.
 */
export class Waiter {
  #rung = false
  #wake: (() => void) | null = null

  readonly ring = (): void => {
    this.#rung = true
    this.#wake?.()
  }

  /** Resolves at the next ring (or at once if one came), when the time is over, or on abort. */
  async wait(timeoutMs: number, signal?: AbortSignal): Promise<'rung' | 'timeout' | 'aborted'> {
    if (signal?.aborted) return 'aborted'
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', done)
          this.#wake = null
          resolve()
        }
        const timer = setTimeout(done, timeoutMs)
        this.#wake = done
        signal?.addEventListener('abort', done)
      })
    }
    if (signal?.aborted) return 'aborted'
    if (!this.#rung) return 'timeout'
    this.#rung = false
    return 'rung'
  }
}
