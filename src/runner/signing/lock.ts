import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { newId } from '../../lib/ids.ts'
import { bootId, isSameStart, startOf } from '../process-table.ts'

/** Between two looks at a lock that another runner holds. */
const lookEveryMs = 250

/** Who holds a lock, as the file says. */
export type Holder = {
  /** Never given twice. */
  token: string
  pid: number
  boot: string
  started_at: number
  build: string
  /** What to undo should the holder have died: its own, and what it had found to undo itself. */
  journals: string[]
}

const holder = z.object({
  token: z.string().regex(/^\w+$/),
  pid: z.int().min(1),
  boot: z.string(),
  started_at: z.number(),
  build: z.string(),
  journals: z.array(z.string()),
})

export type LockOptions = {
  path: string
  build: string
  journal: string
  /** Called with each holder that is waited for, once. */
  onWait: (holder: { build: string; pid: number }) => void
  /** Undoes what a holder has left that died; awaited before the lock counts as taken. */
  onStale: (journal: string) => Promise<void>
  signal: AbortSignal
}

export type Lock = { release(): void }

/** The builds of this process that wait for their turn at a lock, by its path; somebody has it. */
const queues = new Map<string, (() => void)[]>()

/**
 * Takes the lock, of which an account has one: its keychains are one list. Builds of one runner come
 * in turn; several runners of an account meet at a file. What a dead holder left is undone first.
 * Throws the reason of the signal once that is aborted.
 */
export async function takeLock(options: LockOptions): Promise<Lock> {
  const { path, build } = options
  await takeTurn(options)
  try {
    const mine = await holderOf(build, options.journal)
    await takeFile(mine, options)
    await clearDead(path)
    return {
      release() {
        if (readHolder(path)?.token === mine.token) rmSync(path, { force: true })
        leaveTurn(path)
      },
    }
  } catch (error) {
    leaveTurn(path)
    throw error
  }
}

/** Takes the lock where nobody living has it; null where somebody does. */
export async function tryLock(
  options: Omit<LockOptions, 'onWait' | 'signal'>,
): Promise<Lock | null> {
  const patience = new AbortController()
  try {
    return await takeLock({
      ...options,
      signal: patience.signal,
      onWait: () => patience.abort(),
    })
  } catch (error) {
    if (patience.signal.aborted) return null
    throw error
  }
}

/** Waits until no other build of this process is at the lock. */
function takeTurn({ path, onWait, signal }: LockOptions): Promise<void> {
  const queue = queues.get(path)
  if (queue === undefined) {
    queues.set(path, [])
    return Promise.resolve()
  }
  return new Promise((resolve, reject) => {
    const stop = () => {
      queue.splice(queue.indexOf(turn), 1)
      reject(signal.reason)
    }
    const turn = () => {
      signal.removeEventListener('abort', stop)
      resolve()
    }
    queue.push(turn)
    signal.addEventListener('abort', stop, { once: true })
    onWait({ build: readHolder(path)?.build ?? '', pid: process.pid })
    if (signal.aborted && queue.includes(turn)) stop()
  })
}

function leaveTurn(path: string): void {
  const next = queues.get(path)?.shift()
  if (next === undefined) queues.delete(path)
  else next()
}

async function takeFile(mine: Holder, options: LockOptions): Promise<void> {
  const { path, onWait, onStale, signal } = options
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const own = `${path}.${mine.token}`
  writeFileSync(own, JSON.stringify(mine), { mode: 0o600 })
  try {
    for (let waitedFor = ''; ;) {
      signal.throwIfAborted()
      if (linked(own, path)) return
      const found = readHolder(path)
      if (found !== null && (await isHeldBy(found))) {
        if (waitedFor !== found.token) onWait(found)
        waitedFor = found.token
        await wait(lookEveryMs, undefined, { signal }).catch(() => {})
      } else if (await takeOver(path, own, mine, found)) {
        for (const journal of found?.journals ?? []) await onStale(journal)
        return
      }
    }
  } finally {
    rmSync(own, { force: true })
  }
}

/**
 * Puts the own file in the place of a dead holder's. Several may find it dead at the same time, and
 * by the time one acts another may hold the lock: so the right to replace a certain holder is taken
 * first, by a file that can be made only once; where its owner died too, by the next of them.
 */
async function takeOver(
  path: string,
  own: string,
  mine: Holder,
  dead: Holder | null,
): Promise<boolean> {
  const of = dead?.token ?? 'unreadable'
  for (let turn = 1; ; turn += 1) {
    const right = `${path}.${of}-${turn}`
    if (!linked(own, right)) {
      const rival = readHolder(right)
      // It has replaced the holder meanwhile, or is about to.
      if (rival === null || (await isHeldBy(rival))) {
        await wait(lookEveryMs / 10)
        return false
      }
      continue
    }
    const now = readHolder(path)
    const isStillDead = (now?.token ?? 'unreadable') === of && isThere(path)
    const journals = [...mine.journals, ...(dead?.journals ?? [])]
    if (isStillDead) renameSync(copied(own, { ...mine, journals }), path)
    // Only now: while the dead one's name was on the lock, its rights had to stay taken.
    for (const each of rightsTo(path, of)) rmSync(each, { force: true })
    return isStillDead
  }
}

const rightsTo = (path: string, token: string): string[] =>
  readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}.${token}-`))
    .map((name) => join(dirname(path), name))

/** What others have left here that died while they waited; of the living it stays. */
async function clearDead(path: string): Promise<void> {
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.`))
  for (const each of names.map((name) => join(dirname(path), name))) {
    const of = readHolder(each)
    if (of !== null && !(await isHeldBy(of))) rmSync(each, { force: true })
  }
}

/** `own` is linked already, and to rename one of two names of a file onto the other does nothing. */
function copied(own: string, mine: Holder): string {
  const copy = `${own}.next`
  writeFileSync(copy, JSON.stringify(mine), { mode: 0o600 })
  return copy
}

/** A second name for the file; false where the name is taken. */
function linked(own: string, name: string): boolean {
  try {
    linkSync(own, name)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function isThere(path: string): boolean {
  try {
    readFileSync(path)
    return true
  } catch {
    return false
  }
}

/** Null where there is none, or one that nobody can read. */
function readHolder(path: string): Holder | null {
  try {
    return holder.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return null
  }
}

/** Does the process live that took it? Its number alone says nothing: numbers are used again. */
async function isHeldBy({ pid, boot, started_at }: Holder): Promise<boolean> {
  if (boot !== bootId()) return false
  const startedAt = await startOf(pid)
  return startedAt !== null && isSameStart(startedAt, started_at)
}

async function holderOf(build: string, journal: string): Promise<Holder> {
  const { pid } = process
  const started_at = (await startOf(pid)) ?? 0
  return { token: newId(), pid, boot: bootId(), started_at, build, journals: [journal] }
}
