import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@libsql/client/sqlite3'
import { isoTime, type Millis } from '../lib/clock.ts'

/** Another server works in this data directory. */
export class AlreadyRunning extends Error {
  constructor(dataDir: string, who: { pid: number; since: string } | null) {
    super(
      `Another oored already works in ${dataDir}` +
        (who ? ` (process ${who.pid}, since ${who.since}). ` : '. ') +
        'Stop it, or give this one another OORE_DATA_DIR.',
    )
    this.name = 'AlreadyRunning'
  }
}

/**
 * Keeps a second server out of a data directory by a write transaction that is held for as long as
 * this process lives: the operating system frees it at once even after a kill -9, so no stale lock
 * is ever left (reference/measured-traps.md, L4). Throws AlreadyRunning. Returns what frees it.
 */
export async function lockDataDirectory(dataDir: string, now: Millis): Promise<() => void> {
  const about = join(dataDir, 'oored.lock.json')
  // No waiting: whoever holds the lock holds it for good.
  const client = createClient({ url: `file:${join(dataDir, 'oored.lock.db')}`, timeout: 0 })
  try {
    const held = await client.transaction('write')
    writeFileSync(about, JSON.stringify({ pid: process.pid, since: isoTime(now) }), {
      mode: 0o600,
    })
    return () => {
      held.close()
      client.close()
    }
  } catch (cause) {
    client.close()
    const { code } = cause as { code?: unknown }
    if (typeof code === 'string' && code.startsWith('SQLITE_BUSY')) {
      throw new AlreadyRunning(dataDir, readHolder(about))
    }
    throw cause
  }
}

function readHolder(file: string): { pid: number; since: string } | null {
  try {
    const { pid, since } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    return typeof pid === 'number' && typeof since === 'string' ? { pid, since } : null
  } catch {
    return null
  }
}
