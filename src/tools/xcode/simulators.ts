import { z } from 'zod'
import { messageOf } from '../../lib/errors.ts'
import { answerOf } from '../run.ts'
import { ToolFailed } from '../values.ts'

/** A simulator that can be started. */
export type Simulator = {
  udid: string
  name: string
  /** `iOS 18.2` */
  runtime: string
}

const simctlMs = 120_000

const answer = z.object({
  devices: z.record(
    z.string(),
    z.array(z.object({ udid: z.string(), name: z.string(), isAvailable: z.boolean().optional() })),
  ),
})

/** What `xcrun simctl list devices` tells of, the newest runtime of each system first. */
export function listSimulators(): Simulator[] {
  const { devices } = told()
  return Object.entries(devices)
    .flatMap(([id, list]) =>
      list
        .filter(({ isAvailable }) => isAvailable !== false)
        .map(({ udid, name }) => ({ udid, name, runtime: runtimeOf(id) })),
    )
    .toSorted((one, other) => newerFirst.compare(other.runtime, one.runtime))
}

/**
 * The simulator that a description means: its UDID, its name, or a runtime and its name, as in
 * `iOS 18.2 iPhone 16`. Without a runtime it is the newest. Throws ToolFailed with those that are there.
 */
export function simulatorFor(description: string, simulators: readonly Simulator[]): Simulator {
  const wanted = description.trim().toLowerCase()
  const found = simulators.find(({ udid, name, runtime }) =>
    [udid, name, `${runtime} ${name}`].some((each) => each.toLowerCase() === wanted),
  )
  if (found !== undefined) return found
  const names = simulators.map(({ name, runtime }) => `${runtime} ${name}`)
  throw new ToolFailed(
    `There is no simulator "${description}". ${names.length > 0 ? `There are: ${names.join(', ')}.` : 'There is none at all; Xcode’s settings install them.'}`,
  )
}

/** Where tests run if nobody says: an iPhone with the newest iOS. */
export function defaultSimulator(simulators: readonly Simulator[]): Simulator {
  const found = simulators.find(
    ({ name, runtime }) => runtime.startsWith('iOS ') && name.startsWith('iPhone'),
  )
  if (found !== undefined) return found
  throw new ToolFailed('There is no simulator of an iPhone. Xcode’s settings install them.')
}

const newerFirst = new Intl.Collator('en', { numeric: true })

/** `com.apple.CoreSimulator.SimRuntime.iOS-18-2` → `iOS 18.2` */
function runtimeOf(id: string): string {
  const [system = '', ...version] = id.slice(id.lastIndexOf('.') + 1).split('-')
  return `${system} ${version.join('.')}`
}

function told(): z.infer<typeof answer> {
  try {
    const text = answerOf(['xcrun', 'simctl', 'list', 'devices', 'available', '--json'], simctlMs)
    return answer.parse(JSON.parse(text))
  } catch (error) {
    throw new ToolFailed(`The simulators cannot be listed: ${messageOf(error)}`, 1, {
      cause: error,
    })
  }
}
