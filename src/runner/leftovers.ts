import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { isId } from '../lib/ids.ts'
import { livingGroups } from './groups-file.ts'
import { groupsFileIn } from './spool.ts'
import { endLeftovers } from './sweep.ts'

/**
 * Clears away the builds of a runner that was killed: ends every process that still carries such a
 * build's tag or is in a group of its steps, then removes its spool. No number of a process is
 * believed without the time it was started at, because numbers are used again.
 * The server hears nothing of it; it has ended those builds as interrupted.
 */
export async function clearLeftovers(spools: string, log: Logger): Promise<void> {
  await Promise.all(
    (await namesIn(spools)).map(async (name) => {
      const directory = join(spools, name)
      const groups = await livingGroups(groupsFileIn(directory))
      const swept = isId(name) ? await endLeftovers(name, groups) : null
      await rm(directory, { recursive: true, force: true })
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
