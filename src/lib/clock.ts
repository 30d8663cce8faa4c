/** Milliseconds since 1970 in UTC: what is stored and shown. It may jump; never measure with it. */
export type Millis = number

/** The wall clock. Everything that needs the time is handed a clock; tests hold it. */
export type Clock = () => Millis

export const wallClock: Clock = () => Date.now()

/** A clock that only goes forward, for durations and timeouts. */
export const monotonicClock = (): Millis => performance.now()

/**
 * A wall clock that does not jump: it starts at the time of the other and goes on by the monotonic
 * one. For what begins and ends and is shown with both times, so that the difference is true.
 */
export function steadyClock(clock: Clock = wallClock): Clock {
  const offset = clock() - monotonicClock()
  return () => Math.round(offset + monotonicClock())
}

export const seconds = (n: number): Millis => n * 1000
export const minutes = (n: number): Millis => n * 60_000
export const hours = (n: number): Millis => n * 3_600_000
export const days = (n: number): Millis => n * 86_400_000

/** `2026-11-20T16:04:05.123Z`: how every time leaves the API. */
export const isoTime = (at: Millis): string => new Date(at).toISOString()
export const isoTimeOrNull = (at: Millis | null): string | null =>
  at === null ? null : isoTime(at)
