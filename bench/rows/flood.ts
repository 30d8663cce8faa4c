import { ended, register, trigger } from '../support/builds.ts'
import { events } from '../support/events.ts'
import { type Figure, seconds } from '../support/figures.ts'
import { type Server, startServer } from '../support/server.ts'
import { gitRepository, scratch, workflow } from '../support/shell.ts'

const viewers = 10
const lines = 100_000
const script = `sleep 1; seq -f '%099.0f' ${lines}`

/** 100,000 lines at once to ten viewers: does every one of them get all, in order, and the end? */
export async function flood(): Promise<Figure[]> {
  using place = scratch()
  await using server = await startServer(place.dir)
  const id = await register(server, gitRepository(place.dir, { 'oore.yaml': workflow([script]) }))
  const build = await trigger(server, id)
  const path = `/api/builds/${build.id}/events`
  const endedAt = ended(server, build).then(() => performance.now())
  const seen = await Promise.all(Array.from({ length: viewers }, () => linesInOrder(server, path)))
  const lag = performance.now() - (await endedAt)
  const whole = seen.filter((count) => count === lines).length
  return [
    {
      what: '100,000 lines at once: viewers that got all, and the end',
      measured: `${whole} of ${viewers}, the last ${seconds(lag)} after the end`,
      limit: null,
      aim: 'all',
      reached: whole === viewers,
    },
  ]
}

/** How many lines came in the right order before the end. */
async function linesInOrder(server: Server, path: string): Promise<number> {
  let count = 0
  let rest = ''
  for await (const { event, data } of events(server, path)) {
    if (event === 'end') return count
    if (event !== 'log') continue
    const { step, text } = JSON.parse(data) as { step: number | string; text: string }
    if (String(step) !== '0') continue
    const said = (rest + text).split('\n')
    rest = said.pop() ?? ''
    for (const line of said) if (Number(line) === count + 1) count += 1
  }
  return -1
}
