import { setImmediate as turn } from 'node:timers/promises'
import type { Client, InStatement } from '@libsql/client'
import type { LibSQLDatabase } from 'drizzle-orm/libsql'
// The same as of drizzle-orm/libsql, without what speaks to servers.
import { drizzle } from 'drizzle-orm/libsql/sqlite3'
import { migrate } from 'drizzle-orm/libsql/migrator'
import pLimit from 'p-limit'
import { monotonicClock } from '../lib/clock.ts'
import { OoreError, messageOf } from '../lib/errors.ts'
import type { Secret } from '../lib/secret.ts'
import * as schema from './schema/index.ts'

export { schema }

/** What reads and writes are said to; a transaction is one too. */
export type Reader = Pick<LibSQLDatabase<typeof schema>, 'select' | 'all' | 'get'>
export type Writer = Parameters<Parameters<LibSQLDatabase<typeof schema>['transaction']>[0]>[0]

export type Database = {
  /** Reads see every committed write. */
  read: LibSQLDatabase<typeof schema>
  /**
   * The one write gate. Runs `work` alone, inside BEGIN IMMEDIATE; commits when it returns and
   * rolls back when it throws. Await nothing but the transaction inside: everything else waits.
   * Throws OoreError `unavailable` where the gate stays shut for too long.
   */
  write<T>(work: (tx: Writer) => Promise<T>): Promise<T>
  /** Throws OoreError `unavailable` where the database does not answer. */
  check(): Promise<void>
  close(): Promise<void>
}

export type DatabaseOptions = {
  /** `file:…`, or `http(s)://`, `ws(s)://`, `libsql://` of a libSQL server. */
  url: string
  authToken: Secret | null
  migrationsDir: string
  maxConnections: number
}

/** Another process (a backup, a shell) may hold the file's lock for this long. */
const busyTimeoutMs = 5000
const gateWaitMs = 30_000
const withoutTurnMs = 5

/**
 * Opens the database and brings its schema up to date. Throws DamagedDatabase where the file is
 * no database any more, OoreError `unavailable` where it cannot be reached.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const isFile = options.url.startsWith('file:')
  const config = {
    url: options.url,
    ...(options.authToken ? { authToken: options.authToken.reveal() } : {}),
    ...(isFile
      ? { timeout: busyTimeoutMs, concurrency: 1 }
      : { concurrency: options.maxConnections }),
  }
  const { createClient } = isFile
    ? await import('@libsql/client/sqlite3')
    : await import('@libsql/client')
  // In file mode each client is one connection of its own: a PRAGMA set on it stays set, and a
  // read never waits for the connection that a write transaction holds.
  const writing = createClient(config)
  const reading = isFile ? createClient(config) : writing
  try {
    if (isFile) await prepareFile(writing, reading)
    const writer = drizzle(writing, { schema, casing: 'snake_case' })
    await migrate(writer, { migrationsFolder: options.migrationsDir })
    const read = drizzle(reading, { schema, casing: 'snake_case' })
    return withGate(writer, read, () => {
      writing.close()
      if (reading !== writing) reading.close()
    })
  } catch (cause) {
    writing.close()
    if (reading !== writing) reading.close()
    throw damaged.test(codeOf(cause)) ? new DamagedDatabase(options.url, cause) : cause
  }
}

/** The file is there and is no sound database; starting would only lose more of it. */
export class DamagedDatabase extends Error {
  constructor(url: string, cause: unknown) {
    super(
      `The database ${url} is damaged (${messageOf(cause)}). Oore has not changed it. ` +
        'Restore a backup, or recover it with sqlite3 FILE ".recover".',
      { cause },
    )
    this.name = 'DamagedDatabase'
  }
}

const damaged = /SQLITE_(CORRUPT|NOTADB)/

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  const { code } = thrown as Error & { code?: unknown }
  return `${typeof code === 'string' ? code : ''} ${codeOf(thrown.cause)}`
}

async function prepareFile(writing: Client, reading: Client): Promise<void> {
  const settings: InStatement[] = [
    'PRAGMA journal_mode = WAL',
    // A commit survives the death of every process; the last ones may be lost with the power.
    'PRAGMA synchronous = NORMAL',
    'PRAGMA foreign_keys = ON',
  ]
  for (const setting of settings) await writing.execute(setting)
  for (const setting of settings.slice(1)) await reading.execute(setting)
  const { rows } = await writing.execute('PRAGMA quick_check(1)')
  const verdict = String(rows[0]?.[0] ?? 'ok')
  if (verdict !== 'ok') throw Object.assign(new Error(verdict), { code: 'SQLITE_CORRUPT' })
}

function withGate(
  writer: LibSQLDatabase<typeof schema>,
  read: LibSQLDatabase<typeof schema>,
  closeClients: () => void,
): Database {
  const gate = pLimit(1)
  const fair = fairness()
  return {
    read,

    write(work) {
      const asked = monotonicClock()
      return gate(async () => {
        if (monotonicClock() - asked > gateWaitMs) throw tooBusy()
        await fair()
        return writer.transaction(work, { behavior: 'immediate' })
      })
    },

    async check() {
      try {
        await read.get('select 1')
      } catch (cause) {
        throw new OoreError('unavailable', 'The database does not answer.', { cause })
      }
    },

    async close() {
      await gate(() => closeClients())
    },
  }
}

/**
 * The embedded database answers at once, so work that writes again and again would never let
 * anybody else on: not a request, not a timer. Whoever comes to write after so long without a turn
 * of the event loop waits for one.
 */
function fairness(): () => Promise<void> {
  let since: number | null = null
  return async () => {
    if (since === null) {
      since = monotonicClock()
      setImmediate(() => (since = null))
    } else if (monotonicClock() - since > withoutTurnMs) {
      await turn()
    }
  }
}

const tooBusy = () =>
  new OoreError('unavailable', 'The database is too busy to write. Try again in a moment.', {
    retryAfterSeconds: 2,
  })
