import { readdirSync, readFileSync } from 'node:fs'
import { wallClock } from '../lib/clock.ts'
import { machinePath } from './environment.ts'
import { outputOf } from './process.ts'

/**
 * When a process was started, in a measure that compares on one machine between two boots: clock
 * ticks since the boot on Linux, seconds since 1970 where only `ps` knows.
 */
export type Moment = number

export type ProcessState = { group: number; isAlive: boolean; startedAt: Moment }

const isLinux = process.platform === 'linux'

/** Reads /proc. Throws where the process is gone. */
export function stateOf(pid: number): ProcessState {
  // `pid (name) state ppid pgrp …`: the name may hold anything, so read behind its last bracket.
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, , group] = fields
  // Field 22 of proc_pid_stat(5); the first of these is its third.
  const startedAt = Number(fields[19])
  return { group: Number(group), isAlive: state !== 'Z' && state !== 'X', startedAt }
}

/** Which boot of the machine a moment belongs to; the same for all where moments are dates. */
export const bootId = (): string => (boot ??= readBootId())

let boot: string | null = null

const readBootId = (): string =>
  isLinux ? readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim() : '-'

/** A moment at which this group was there, which it has to be now. Throws where it is not. */
export function momentOf(group: number): Moment {
  // `ps` counts whole seconds, so a start may seem a second later than it was.
  if (!isLinux) return Math.ceil(wallClock() / 1000) + 1
  try {
    return stateOf(group).startedAt
  } catch {
    // Its leader has ended. Whoever is in it now has always been in the same group.
    const starts = startsInProc().get(group)
    if (starts === undefined) throw new Error(`no process is left in the group ${group}`)
    return Math.max(...starts)
  }
}

/** When the living processes of each group were started. */
export const startsByGroup = async (): Promise<Map<number, Moment[]>> =>
  isLinux
    ? startsInProc()
    : readStarts(await outputOf('ps', ['-axo', 'pgid=,stat=,etime='], machinePath()), wallClock())

/** When a process was started; null where none of this number lives. */
export async function startOf(pid: number): Promise<Moment | null> {
  if (!isLinux) {
    // Of one that does not live, `ps` tells by failing.
    const columns = ['-p', String(pid), '-o', 'pid=,stat=,etime=']
    const told = await outputOf('ps', columns, machinePath()).catch(() => '')
    return readStarts(told, wallClock()).get(pid)?.[0] ?? null
  }
  try {
    const { isAlive, startedAt } = stateOf(pid)
    return isAlive ? startedAt : null
  } catch {
    return null
  }
}

/** May these two be the same start? `ps` counts whole seconds, and is asked at two times. */
export const isSameStart = (one: Moment, other: Moment): boolean =>
  Math.abs(one - other) <= (isLinux ? 0 : 2)

function startsInProc(): Map<number, Moment[]> {
  const starts = new Map<number, Moment[]>()
  for (const pid of readdirSync('/proc').map(Number)) {
    if (Number.isNaN(pid)) continue
    try {
      const { group, isAlive, startedAt } = stateOf(pid)
      if (isAlive) add(starts, group, startedAt)
    } catch {
      // It has ended meanwhile.
    }
  }
  return starts
}

/** Reads `pgid stat [[days-]hours:]minutes:seconds` lines: a zone of time plays no part in them. */
export function readStarts(output: string, now: number): Map<number, Moment[]> {
  const starts = new Map<number, Moment[]>()
  const line = /^\s*(\d+)\s+([^Z\s]\S*)\s+(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+)\s*$/gm
  for (const [, group, , days = 0, hours = 0, minutes, seconds] of output.matchAll(line)) {
    const age = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)
    add(starts, Number(group), Math.floor(now / 1000) - age)
  }
  return starts
}

function add(starts: Map<number, Moment[]>, group: number, startedAt: Moment): void {
  const found = starts.get(group)
  if (found === undefined) starts.set(group, [startedAt])
  else found.push(startedAt)
}
