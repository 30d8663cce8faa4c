import { join } from 'node:path'
import { ended, register, trigger } from '../support/builds.ts'
import { type Figure, mebibytes, median, seconds } from '../support/figures.ts'
import { residentBytes, watchMemory } from '../support/processes.ts'
import { type Server, startServer } from '../support/server.ts'
import { gitRepository, scratch, timed, workflow } from '../support/shell.ts'

const rounds = 3
const lines = 1_000_000
const lineBytes = 100
const bytes = lines * lineBytes
const timesSlowest = 3
const memoryAim = 100 * 1024 * 1024

const script = `yes "$(printf '%0${lineBytes - 1}d' 7)" | head -n ${lines}`

/** A step that prints a million lines of 100 bytes: time and memory, and whether all is kept. */
export async function millionLines(): Promise<Figure[]> {
  using place = scratch()
  await using server = await startServer(place.dir, { OORE_MAX_LOG_SIZE_BYTES: String(4 * bytes) })
  const id = await register(server, gitRepository(place.dir, { 'oore.yaml': workflow([script]) }))

  const times: number[] = []
  const files: number[] = []
  let grown = 0
  let kept = 0
  for (let round = 0; round < rounds; round += 1) {
    files.push(await timed('bash', ['-c', `${script} > ${join(place.dir, 'lines')}`]))
    const { pids } = server
    const before = residentBytes(pids)
    const memory = watchMemory(pids)
    const build = await trigger(server, id)
    const { steps } = await ended(server, build)
    grown = Math.max(grown, memory.stop() - before)
    times.push(steps[0]?.duration_ms ?? Number.NaN)
    kept = await bytesOf(server, `/api/builds/${build.id}/logs?step=0`)
  }

  const ratio = median(times) / median(files)
  return [
    {
      what: 'step of 1,000,000 lines of 100 bytes',
      measured: `${seconds(median(times))}  (${ratio.toFixed(2)} ×)`,
      limit: `${seconds(median(files))}  > file`,
      aim: `≤ ${timesSlowest} ×`,
      reached: ratio <= timesSlowest,
    },
    {
      what: 'the same: bytes kept',
      measured: kept.toLocaleString('en'),
      limit: bytes.toLocaleString('en'),
      aim: 'all',
      reached: kept === bytes,
    },
    {
      what: 'the same: more memory, server and runner',
      measured: mebibytes(grown),
      limit: null,
      aim: `≤ ${mebibytes(memoryAim)}`,
      reached: grown <= memoryAim,
    },
  ]
}

async function bytesOf(server: Server, path: string): Promise<number> {
  let total = 0
  for await (const chunk of await server.open({ path })) total += (chunk as Buffer).length
  return total
}
