import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Resident memory of these processes together, in bytes. One that has ended counts nothing. */
export function residentBytes(pids: readonly number[]): number {
  if (process.platform === 'linux') return sum(pids, (pid) => field(`/proc/${pid}/status`, 'VmRSS'))
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', pids.join(',')], { encoding: 'utf8' })
  return sum(stdout.trim().split(/\s+/).map(Number), (kilobytes) => kilobytes * 1024)
}

/** The same, with what processes share counted once. Null where the system does not tell. */
export function proportionalBytes(pids: readonly number[]): number | null {
  if (process.platform !== 'linux') return null
  return sum(pids, (pid) => field(`/proc/${pid}/smaps_rollup`, 'Pss'))
}

/** Watches the memory of some processes; `stop` gives the most they held together. */
export function watchMemory(pids: readonly number[]): { stop(): number } {
  const everyMs = 20
  let peak = residentBytes(pids)
  const timer = setInterval(() => (peak = Math.max(peak, residentBytes(pids))), everyMs)
  return {
    stop() {
      clearInterval(timer)
      return peak
    },
  }
}

function field(file: string, name: string): number {
  try {
    const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(
      readFileSync(file, 'utf8'),
    )?.[1]
    return Number(kilobytes ?? 0) * 1024
  } catch {
    return 0
  }
}

const sum = (values: readonly number[], of: (value: number) => number): number =>
  values.reduce((total, value) => total + of(value), 0)
