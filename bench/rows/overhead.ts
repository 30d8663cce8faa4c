import { ended, logOf, register, trigger } from '../support/builds.ts'
import { epochMicros } from '../support/clock.ts'
import { type Figure, median, ms, percentile } from '../support/figures.ts'
import { type Server, startServer } from '../support/server.ts'
import { gitRepository, leastBuild, scratch, timed, workflow } from '../support/shell.ts'

const rounds = 5
const buildsPerRound = 8
const fewSteps = 3
const manySteps = 23
const timesSlowest = 1.35
const stepAimMs = 3

/** A build of three trivial steps from trigger to end, and what one more step costs. */
export async function overhead(): Promise<Figure[]> {
  using place = scratch()
  await using server = await startServer(place.dir)
  const few = await subject(server, place.dir, fewSteps)
  const many = await subject(server, place.dir, manySteps)

  const times = {
    few: [] as number[],
    many: [] as number[],
    shell: [] as number[],
    shellMany: [] as number[],
  }
  await few.build()
  await many.build()
  // Taken in turns, so that whatever else the machine does falls on all alike.
  for (let round = 0; round < rounds; round += 1) {
    for (let n = 0; n < buildsPerRound; n += 1) times.few.push(await few.build())
    for (let n = 0; n < buildsPerRound; n += 1) times.shell.push(await few.shell())
    times.many.push(await many.build())
    times.shellMany.push(await many.shell())
  }
  const first = await firstStep(server, place.dir)

  const more = manySteps - fewSteps
  const step = (median(times.many) - median(times.few)) / more
  const shellStep = (median(times.shellMany) - median(times.shell)) / more
  const ratio = median(times.few) / median(times.shell)
  return [
    {
      what: 'build of 3 steps of `true`, trigger → end, median',
      measured: `${ms(median(times.few))}  (${ratio.toFixed(2)} ×)`,
      limit: `${ms(median(times.shell))}  shell: clone, 3 steps`,
      aim: `≤ ${timesSlowest} ×`,
      reached: ratio <= timesSlowest,
    },
    {
      what: 'the same, p95',
      measured: ms(percentile(times.few, 0.95)),
      limit: ms(percentile(times.shell, 0.95)),
      aim: null,
      reached: null,
    },
    {
      what: "trigger → first step's process, median",
      measured: ms(median(first)),
      limit: null,
      aim: null,
      reached: null,
    },
    {
      what: 'one more step',
      measured: ms(step),
      limit: `${ms(shellStep)}  shell`,
      aim: `≤ ${stepAimMs} ms`,
      reached: step <= stepAimMs,
    },
  ]
}

async function subject(server: Server, dir: string, steps: number) {
  const scripts = Array.from({ length: steps }, () => 'true')
  const repository = gitRepository(dir, { 'oore.yaml': workflow(scripts) })
  const id = await register(server, repository)
  const least = leastBuild(repository, scripts)
  return {
    shell: () => timed('bash', [least, repository, dir]),
    async build() {
      const startedAt = performance.now()
      await ended(server, await trigger(server, id))
      return performance.now() - startedAt
    },
  }
}

/** From sending the trigger to the first line that the first script says, by the shell's clock. */
async function firstStep(server: Server, dir: string): Promise<number[]> {
  const scripts = ['echo "$EPOCHREALTIME"', 'true', 'true']
  const id = await register(server, gitRepository(dir, { 'oore.yaml': workflow(scripts) }))
  const times: number[] = []
  for (let n = 0; n < rounds * 2; n += 1) {
    const askedAt = epochMicros()
    const build = await trigger(server, id)
    await ended(server, build)
    const said = Number((await logOf(server, build, 0)).toString()) * 1e6
    times.push((said - askedAt) / 1000)
  }
  return times
}
