import { register, trigger } from '../support/builds.ts'
import { type Figure, perSecond } from '../support/figures.ts'
import { type Server, startServer } from '../support/server.ts'
import { gitRepository, leastBuild, scratch, timed, workflow } from '../support/shell.ts'
import { events } from '../support/events.ts'

const builds = 200
const triggersAtOnce = 8
const aimedShare = 0.55
const scripts = ['true', 'true', 'true']

/** 200 builds of three trivial steps, from the first trigger to the last end. */
export async function throughput(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const concurrency of [2, 4]) figures.push(await atOnce(concurrency))
  return figures
}

async function atOnce(concurrency: number): Promise<Figure> {
  using place = scratch()
  const repository = gitRepository(place.dir, { 'oore.yaml': workflow(scripts) })
  const least = leastBuild(repository, scripts)
  const each = `seq ${builds} | xargs -P ${concurrency} -I{} bash ${least} ${repository} ${place.dir}`
  const limit = builds / ((await timed('bash', ['-c', each])) / 1000)

  await using server = await startServer(place.dir, {
    OORE_MAX_CONCURRENT_BUILDS: String(concurrency),
  })
  const id = await register(server, repository)
  const startedAt = performance.now()
  await queue(server, id)
  await allEnded(server)
  const reached = builds / ((performance.now() - startedAt) / 1000)

  const share = reached / limit
  return {
    what: `200 queued builds, ${concurrency} at a time`,
    measured: `${perSecond(reached)}  (${share.toFixed(2)} ×)`,
    limit: `${perSecond(limit)}  shell, ${concurrency} at a time`,
    aim: concurrency === 2 ? `≥ ${aimedShare} ×` : null,
    reached: concurrency === 2 ? share >= aimedShare : null,
  }
}

async function queue(server: Server, repositoryId: string): Promise<void> {
  let left = builds
  const worker = async () => {
    while (left > 0) {
      left -= 1
      await trigger(server, repositoryId)
    }
  }
  await Promise.all(Array.from({ length: triggersAtOnce }, worker))
}

/** Waits for the builds one after the other: the last to end is the last to be waited for. */
async function allEnded(server: Server): Promise<void> {
  for (const status of ['pending', 'running']) {
    for (;;) {
      const path = `/api/builds?status=${status}&limit=200`
      const { data } = await server.api<{ data: { id: string }[] }>('GET', path)
      if (data.length === 0) break
      for (const { id } of data.toReversed()) {
        for await (const event of events(server, `/api/builds/${id}/events?logs=false`)) {
          if (event.event === 'end') break
        }
      }
    }
  }
  const path = '/api/builds?status=success&limit=200'
  const { data } = await server.api<{ data: unknown[] }>('GET', path)
  if (data.length !== builds) throw new Error(`${builds - data.length} builds did not succeed`)
}
