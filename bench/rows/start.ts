import { join } from 'node:path'
import { bareServer } from '../support/bare-server.ts'
import { type Figure, median, ms } from '../support/figures.ts'
import { startServer } from '../support/server.ts'
import { scratch } from '../support/shell.ts'

const rounds = 9
const aimMs = 350

/** From starting the process to the first answer that it is ready, with data that is there. */
export async function start(): Promise<Figure[]> {
  using place = scratch()
  const times: number[] = []
  const limits: number[] = []
  await startOnce(place.dir) // makes the database
  for (let round = 0; round < rounds; round += 1) {
    times.push(await startOnce(place.dir))
    await using bare = await bareServer(0, join(place.dir, 'unused'), 'unused')
    limits.push(bare.startMs)
  }
  return [
    {
      what: 'start → first answer, median',
      measured: ms(median(times)),
      limit: `${ms(median(limits))}  bare Node server`,
      aim: `< ${aimMs} ms`,
      reached: median(times) < aimMs,
    },
  ]
}

async function startOnce(home: string): Promise<number> {
  await using server = await startServer(home)
  return server.startMs
}
