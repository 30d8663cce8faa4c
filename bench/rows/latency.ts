import { register, trigger } from '../support/builds.ts'
import { epochMicros } from '../support/clock.ts'
import { events } from '../support/events.ts'
import { type Figure, ms, percentile } from '../support/figures.ts'
import { type Server, startServer } from '../support/server.ts'
import { gitRepository, scratch, workflow } from '../support/shell.ts'

const lines = 300
const betweenSeconds = 0.02
const aimMs = 10

// The first second is for the viewers to come in.
const script = `sleep 1; for n in $(seq ${lines}); do echo "$EPOCHREALTIME"; sleep ${betweenSeconds}; done`

/** Lines that come one by one: from the shell's echo until a viewer has read it. */
export async function latency(): Promise<Figure[]> {
  using place = scratch()
  await using server = await startServer(place.dir)
  const id = await register(server, gitRepository(place.dir, { 'oore.yaml': workflow([script]) }))
  const figures: Figure[] = []
  for (const viewers of [1, 50]) figures.push(await watchedBy(server, id, viewers))
  return figures
}

async function watchedBy(server: Server, id: string, viewers: number): Promise<Figure> {
  const build = await trigger(server, id)
  const path = `/api/builds/${build.id}/events`
  // The viewers are all there is: a server lets one address hold fifty streams and no more.
  const each = await Promise.all(Array.from({ length: viewers }, () => lineLatencies(server, path)))
  const missed = each.reduce((total, seen) => total + lines - seen.length, 0)
  if (missed > 0) throw new Error(`${missed} lines did not reach a viewer`)
  const all = each.flat()
  const p99 = percentile(all, 0.99)
  return {
    what: `line → ${viewers} viewer${viewers === 1 ? '' : 's'}, p50 and p99`,
    measured: `${ms(percentile(all, 0.5))}, ${ms(p99)}`,
    limit: null,
    aim: `p99 < ${aimMs} ms`,
    reached: p99 < aimMs,
  }
}

async function lineLatencies(server: Server, path: string): Promise<number[]> {
  const seen: number[] = []
  let rest = ''
  for await (const { event, data } of events(server, path)) {
    if (event === 'end') break
    if (event !== 'log') continue
    const now = epochMicros()
    const { step, text } = JSON.parse(data) as { step: number | string; text: string }
    if (String(step) !== '0') continue
    const said = (rest + text).split('\n')
    rest = said.pop() ?? ''
    for (const line of said) seen.push((now - Number(line) * 1e6) / 1000)
  }
  return seen
}
