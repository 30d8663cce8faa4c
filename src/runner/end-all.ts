import type { Running } from './process.ts'
import type { StepContext } from './steps.ts'
import { endProcesses, type Swept } from './sweep.ts'

/** On macOS nobody may ask who holds a pipe, and on Linux not of a process of another account. */
const unknownHolder = { pid: null, name: 'one that holds the output of a step and is not found' }

/**
 * Ends everything that the steps of a build have started, the running one too. Where somebody
 * still holds their output afterwards, and nothing that was found remains, that one remains.
 */
export async function endAll(context: StepContext, running: Running | null): Promise<Swept> {
  const { buildId, first, groups, heldOpen, limits } = context
  const speaking = running === null ? heldOpen : [...heldOpen, running]
  const own = running?.pid ?? null
  const belonging = {
    buildId,
    first,
    groups: own === null ? groups : [...groups, own],
    pipes: speaking.flatMap(({ pipes }) => pipes),
  }
  const swept = await endProcesses(belonging, limits.grace_ms)
  if (swept.remaining.length > 0) return swept
  const held = await Promise.all(speaking.map((step) => step.isHeld()))
  return held.includes(true) ? { ...swept, remaining: [unknownHolder] } : swept
}
