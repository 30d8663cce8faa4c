import { execFileSync } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { bareServer } from '../support/bare-server.ts'
import { register } from '../support/builds.ts'
import { type Figure, ms, percentile, seconds } from '../support/figures.ts'
import { type Answer, type Call, client, type Client } from '../support/http.ts'
import { type Server, startServer } from '../support/server.ts'
import { gitRepository, scratch } from '../support/shell.ts'

const secret = 'bench-secret-of-the-webhook'
const ratePerSecond = 200
const steadySeconds = 15
const burst = 10_000
const burstAtOnce = 16
/** One push in so many goes to a branch that is built; of the others it is said why they are not. */
const buildEvery = 20
const pageEveryMs = 100
const settledWithinMs = 180_000

const pipeline = `workflows:
  release:
    triggering:
      events: [push]
      branch_patterns:
        - pattern: release/*
    scripts:
      - "true"
`

/** Deliveries of a GitHub webhook at a steady rate, and ten thousand at once. */
export async function deliveries(): Promise<Figure[]> {
  return [await steady(), await allAtOnce()]
}

async function steady(): Promise<Figure> {
  using place = scratch()
  await using bare = await bareServer(0, join(place.dir, 'bare'), secret)
  const limit = await atRate(bare.url, (at) => ({
    method: 'POST',
    path: '/',
    ...hook(at, '0'.repeat(40)),
  }))
  await using server = await startServer(place.dir)
  const { path, head } = await hookOf(server, place.dir)
  const taken = await atRate(server.url, (at) => ({ method: 'POST', path, ...hook(at, head) }))
  const accepted = taken.answers.filter(({ status }) => status === 202).length
  const p99 = percentile(taken.latencies, 0.99)
  return {
    what: `hook stored and answered, p99, ${ratePerSecond}/s for ${steadySeconds} s`,
    measured: `${ms(p99)}, ${accepted} of ${taken.answers.length} taken`,
    limit: `${ms(percentile(limit.latencies, 0.99))}  bare Node, append to a file`,
    aim: '< 100 ms, all taken',
    reached: p99 < 100 && accepted === taken.answers.length,
  }
}

async function allAtOnce(): Promise<Figure> {
  using place = scratch()
  await using server = await startServer(place.dir)
  const { path, head } = await hookOf(server, place.dir)
  const sender = client(server.url, burstAtOnce)
  const reader = client(server.url, 2)
  const startedAt = performance.now()
  let isDone = false
  const looking = pages(server, reader, () => isDone)
  let sent = 0
  let accepted = 0
  const worker = async () => {
    while (sent < burst) {
      sent += 1
      const answer = await sender.send({ method: 'POST', path, ...hook(sent, head) })
      if (answer.status === 202) accepted += 1
    }
  }
  await Promise.all(Array.from({ length: burstAtOnce }, worker))
  const storedMs = performance.now() - startedAt
  const verdicts = await settled(server)
  const settledMs = performance.now() - startedAt
  isDone = true
  const slow = await looking
  sender.close()
  reader.close()
  const wanted = Math.floor(burst / buildEvery)
  const counted = Object.entries(verdicts).map(([status, n]) => `${n} ${status}`)
  const isWhole =
    accepted === burst && verdicts['processed'] === wanted && verdicts['ignored'] === burst - wanted
  return {
    what: `${burst} deliveries at once: stored, then decided; pages meanwhile p99`,
    measured: `${seconds(storedMs)}, ${seconds(settledMs)} (${counted.join(', ')}); ${ms(percentile(slow, 0.99))}`,
    limit: null,
    aim: `none lost; pages < 300 ms`,
    reached: isWhole && percentile(slow, 0.99) < 300,
  }
}

async function hookOf(server: Server, dir: string): Promise<{ path: string; head: string }> {
  const repository = gitRepository(dir, { 'oore.yaml': pipeline })
  const id = await register(server, repository, { webhook_secret: secret, provider: 'github' })
  await server.api('PUT', `/api/repositories/${id}/pipeline`, { format: 'yaml', content: pipeline })
  const head = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repository, encoding: 'utf8' })
  return { path: `/api/webhooks/github/${id}`, head: head.trim() }
}

/** A push as GitHub sends it, as far as it is read; `head` is what the built branches stand at. */
function hook(at: number, head: string): Pick<Call, 'headers' | 'body'> {
  const [before, other] = [at + 1, at + 2].map((n) => n.toString(16).padStart(40, '0'))
  const after = at % buildEvery === 0 ? head : other
  const ref = at % buildEvery === 0 ? `refs/heads/release/${at}` : 'refs/heads/main'
  const body = JSON.stringify({ ref, before, after, pusher: { name: 'ada' } })
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${signature}`,
      'x-oore-signature-256': `sha256=${signature}`,
    },
  }
}

/** Calls at a steady rate, whatever the answers take: a late answer holds no later call back. */
async function atRate(
  url: string,
  next: (at: number) => Call,
): Promise<{ answers: Answer[]; latencies: number[] }> {
  const connection = client(url, 64)
  const latencies: number[] = []
  const startedAt = performance.now()
  const calls: Promise<Answer>[] = []
  for (let at = 1; at <= ratePerSecond * steadySeconds; at += 1) {
    const dueMs = startedAt + (at * 1000) / ratePerSecond - performance.now()
    if (dueMs > 1) await wait(dueMs)
    const askedAt = performance.now()
    calls.push(
      connection.send(next(at)).then((answer) => {
        latencies.push(performance.now() - askedAt)
        return answer
      }),
    )
  }
  const answers = await Promise.all(calls)
  connection.close()
  return { answers, latencies }
}

/** Opens the list of builds and the list of deliveries in turn, until it is over. */
async function pages(server: Server, reader: Client, isDone: () => boolean): Promise<number[]> {
  const latencies: number[] = []
  for (let at = 0; !isDone(); at += 1) {
    const askedAt = performance.now()
    const path = at % 2 === 0 ? '/builds' : '/webhooks'
    await reader.send({ path, headers: { ...server.authorization, accept: 'text/html' } })
    latencies.push(performance.now() - askedAt)
    await wait(pageEveryMs)
  }
  return latencies
}

/** Waits until no delivery waits, and counts what became of them. */
async function settled(server: Server): Promise<Record<string, number>> {
  const deadline = performance.now() + settledWithinMs
  type Listed = { data: { status: string }[]; next_cursor: string | null }
  for (;;) {
    const left = await server.api<Listed>('GET', '/api/webhooks/events?status=received&limit=1')
    if (left.data.length === 0) break
    if (performance.now() > deadline) throw new Error('deliveries are still not decided')
    await wait(pageEveryMs)
  }
  const counts: Record<string, number> = {}
  let cursor = ''
  do {
    const page = await server.api<Listed>(
      'GET',
      `/api/webhooks/events?event=push&limit=200${cursor}`,
    )
    for (const { status } of page.data) counts[status] = (counts[status] ?? 0) + 1
    cursor = page.next_cursor === null ? '' : `&cursor=${encodeURIComponent(page.next_cursor)}`
  } while (cursor !== '')
  return counts
}
