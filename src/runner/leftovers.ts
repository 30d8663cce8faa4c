import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { isId } from '../lib/ids.ts'
import { endLeftovers } from './sweep.ts'

/**
 * Clears away the builds of a runner that was killed: ends every process that still carries such a
 * build's tag, then removes its spool. No pid is stored or believed, because pids are used again.
 * The server hears nothing of it; it has ended those builds as interrupted.
 */
export async function clearLeftovers(spools: string, log: Logger): Promise<void> {
  await Promise.all(
    (await namesIn(spools)).map(async (name) => {
      const swept = isId(name) ? await endLeftovers(name) : null
      await rm(join(spools, name), { recursive: true, force: true })
      log.warn({ build: name, ...swept }, 'cleared away what a killed runner left')
    }),
  )
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch {
    return []
  }
}
