import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { bareServer } from '../support/bare-server.ts'
import { ended, register, trigger } from '../support/builds.ts'
import { type Figure, mebibytes } from '../support/figures.ts'
import { proportionalBytes, residentBytes } from '../support/processes.ts'
import { startServer } from '../support/server.ts'
import { gitRepository, scratch, workflow } from '../support/shell.ts'

const quietMs = 5000
const aim = 150 * 1024 * 1024

/** What all processes hold when nothing happens, after a first build. */
export async function idle(): Promise<Figure[]> {
  using place = scratch()
  await using bare = await bareServer(0, join(place.dir, 'unused'), 'unused')
  await using server = await startServer(place.dir)
  const id = await register(server, gitRepository(place.dir, { 'oore.yaml': workflow(['true']) }))
  await ended(server, await trigger(server, id))
  await wait(quietMs)
  const { pids } = server
  const resident = residentBytes(pids)
  const proportional = proportionalBytes(pids)
  const shared =
    proportional === null ? '' : ` (shared pages counted once: ${mebibytes(proportional)})`
  return [
    {
      what: `idle memory of all ${pids.length} processes`,
      measured: `${mebibytes(resident)}${shared}`,
      limit: `${mebibytes(pids.length * residentBytes(bare.pids))}  as many bare Node servers`,
      aim: `< ${mebibytes(aim)}`,
      reached: resident < aim,
    },
  ]
}
