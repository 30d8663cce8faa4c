import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { monotonicClock, seconds, type Millis } from '../lib/clock.ts'
import { buildIdVariable } from '../lib/machine-variables.ts'
import { machinePath } from './environment.ts'
import { stateOf } from './process-table.ts'
import { outputOf, pipeId, signal, type PipeId } from './process.ts'

const firstWaitMs = 2
const longestWaitMs = 50
const leftoverGraceMs = seconds(10)
const killingMsMax = seconds(5)
/** A process table of 32,768 numbers cannot come round again in this time. */
const wrapFreeMs = seconds(5)

/**
 * Which processes belong to a build: those with its tag, those in the groups of its steps, and
 * those that hold the output of one.
 */
export type Belonging = {
  buildId: string
  groups: readonly number[]
  /** Pipes that ended steps have left in somebody's hands. */
  pipes: readonly PipeId[]
  /** The build's first process: while that is fresh, processes before it need no look. */
  first: FirstProcess | null
}

export type FirstProcess = { pid: number; startedAt: Millis }

export type Leftover = { pid: number; name: string }

export type Swept = {
  ended: Leftover[]
  /** Those that outlived even KILL, or that are known only by what they hold. */
  remaining: Remaining[]
}

export type Remaining = { pid: number | null; name: string }

/**
 * Ends every process of a build, also those that left their group or their parent: TERM, then
 * KILL after the grace, again and again until two looks in a row find none. Gives up 5 s after
 * the grace and says what remains. Zombies are dead. On Linux a process is not found that cleared
 * its environment, left its session and holds no output of its step; on macOS neither is one that
 * still holds it, nor one of Apple's own programs that left its group, because the system hides
 * their environments.
 */
export async function endProcesses(belonging: Belonging, graceMs: Millis): Promise<Swept> {
  const startedAt = monotonicClock()
  const told = new Set<number>()
  const ended = new Map<number, Leftover>()
  let waitMs = firstWaitMs
  for (let emptyLooks = 0; emptyLooks < 2;) {
    const found = await findProcesses(belonging)
    emptyLooks = found.length === 0 ? emptyLooks + 1 : 0
    if (found.length === 0) continue
    const elapsedMs = monotonicClock() - startedAt
    if (elapsedMs > graceMs + killingMsMax) {
      for (const { pid } of found) ended.delete(pid)
      return { ended: [...ended.values()], remaining: found }
    }
    if (elapsedMs < graceMs) terminate(found)
    else kill(found)
    await wait(waitMs)
    waitMs = Math.min(waitMs * 2, longestWaitMs)
  }
  return { ended: [...ended.values()], remaining: [] }

  // Once each: many programs take a second TERM for impatience and skip their cleaning up.
  function terminate(found: Leftover[]) {
    for (const process of found) {
      if (told.has(process.pid)) continue
      told.add(process.pid)
      ended.set(process.pid, process)
      signal(process.pid, 'SIGTERM')
    }
  }

  function kill(found: Leftover[]) {
    for (const group of belonging.groups) signal(-group, 'SIGKILL')
    for (const process of found) {
      ended.set(process.pid, process)
      signal(process.pid, 'SIGKILL')
    }
  }
}

/** Ends what a build left behind whose runner was killed, `groups` being those of its steps. */
export const endLeftovers = (buildId: string, groups: readonly number[]): Promise<Swept> =>
  endProcesses({ buildId, groups, pipes: [], first: null }, leftoverGraceMs)

/** The living processes of a build. */
export async function findProcesses(belonging: Belonging): Promise<Leftover[]> {
  return process.platform === 'linux' ? findInProc(belonging) : await findWithPs(belonging)
}

function findInProc(belonging: Belonging): Leftover[] {
  const { buildId, first } = belonging
  const tag = Buffer.from(`${buildIdVariable}=${buildId}\0`)
  const oldest = first !== null && isTableInOrder(first) ? first.pid : 1
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid >= oldest && pid !== process.pid)
    .flatMap((pid) => readProcess(pid, tag, belonging) ?? [])
}

/** Have the numbers of processes only grown since this one was started? */
function isTableInOrder({ pid, startedAt }: FirstProcess): boolean {
  if (monotonicClock() - startedAt >= wrapFreeMs) return false
  // The last field is the number that was given out last, whoever got it.
  const newest = Number(readFileSync('/proc/loadavg', 'latin1').trim().split(' ').at(-1))
  return newest >= pid
}

function readProcess(
  pid: number,
  tag: Buffer,
  { groups, pipes }: Pick<Belonging, 'groups' | 'pipes'>,
): Leftover | null {
  try {
    const isOurs =
      isTagged(pid, tag) ||
      (groups.length > 0 && isLivingMember(pid, groups)) ||
      (pipes.length > 0 && holdsAny(pid, pipes))
    return isOurs ? { pid, name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() } : null
  } catch {
    // It ended meanwhile, or belongs to somebody else.
    return null
  }
}

/** The environment of a zombie is empty. */
function isTagged(pid: number, tag: Buffer): boolean {
  const environment = readFileSync(`/proc/${pid}/environ`)
  const at = environment.indexOf(tag)
  return at === 0 || (at > 0 && environment[at - 1] === 0)
}

function isLivingMember(pid: number, groups: readonly number[]): boolean {
  const { group, isAlive } = stateOf(pid)
  return isAlive && groups.includes(group)
}

function holdsAny(pid: number, pipes: readonly PipeId[]): boolean {
  const directory = `/proc/${pid}/fd`
  return readdirSync(directory).some((descriptor) => isOneOf(pipes, `${directory}/${descriptor}`))
}

function isOneOf(pipes: readonly PipeId[], path: string): boolean {
  try {
    // The pipes have no name any more. Nothing else is looked at: a dead network disk would hang.
    if (!readlinkSync(path).endsWith(' (deleted)')) return false
    const found = statSync(path)
    return found.isFIFO() && pipes.includes(pipeId(found))
  } catch {
    // It was closed meanwhile.
    return false
  }
}

async function findWithPs(belonging: Belonging): Promise<Leftover[]> {
  const columns = 'pid=,pgid=,stat=,command='
  return readPs(await outputOf('ps', ['-axEww', '-o', columns], machinePath()), belonging)
}

/** Reads `pid pgid stat command environment…` lines. */
export function readPs(
  output: string,
  { buildId, groups }: Pick<Belonging, 'buildId' | 'groups'>,
): Leftover[] {
  return output.split('\n').flatMap((line) => {
    const [, pid, group, state = '', command = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    if (pid === undefined || Number(pid) === process.pid || state.startsWith('Z')) return []
    const isTagged = ` ${command} `.includes(` ${buildIdVariable}=${buildId} `)
    if (!isTagged && !groups.includes(Number(group))) return []
    const [program = ''] = command.split(' ')
    return [{ pid: Number(pid), name: program.split('/').at(-1) ?? program }]
  })
}
