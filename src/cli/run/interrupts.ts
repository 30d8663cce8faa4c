import { exitCodes } from '../exit.ts'

/** What ends a run from outside. */
export type Interrupts = {
  /** Aborted by the first signal, or by `end`. */
  signal: AbortSignal
  /** Aborted by the second. */
  killSignal: AbortSignal
  /** The exit code of a run that was ended so; null while it was not. */
  exitCode(): number | null
  end(): void
  stopListening(): void
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Listens for Ctrl-C and its like: the first ends the build in peace, the second at once. */
export function listenForInterrupts(onFirst: () => void): Interrupts {
  const ending = new AbortController()
  const killing = new AbortController()
  let exitCode: number | null = null

  function hear(name: NodeJS.Signals): void {
    if (ending.signal.aborted) return killing.abort()
    exitCode = name === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated
    ending.abort('cancelled')
    onFirst()
  }

  for (const name of signals) process.on(name, hear)
  return {
    signal: ending.signal,
    killSignal: killing.signal,
    exitCode: () => exitCode,
    end: () => ending.abort('cancelled'),
    stopListening() {
      for (const name of signals) process.off(name, hear)
    },
  }
}
