/** Microseconds since 1970 as a shell's EPOCHREALTIME gives them, on the clock of this process. */
export const epochMicros = (): number => (offsetMs + performance.now()) * 1000

/** What to add to performance.now(): found where the wall clock ticks to its next millisecond. */
const offsetMs = wallOffset()

function wallOffset(): number {
  const before = Date.now()
  let now = before
  while (now === before) now = Date.now()
  return now - performance.now()
}
