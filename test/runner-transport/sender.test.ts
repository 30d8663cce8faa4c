import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as soon } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { KiB, MiB } from '../../src/lib/sizes.ts'
import type { FoundTest } from '../../src/protocol/tests.ts'
import type { Work } from '../../src/runner/build.ts'
import { logBytes, startRunnerServer, type Fate } from '../support/runner-server.ts'
import { aborted, door, startRunner, testClaim } from './support.ts'

describe('sendAll', () => {
  test.each([1, 2, 3])(
    'everything said arrives once and in order, whatever befalls the messages (seed %i)',
    async (seed) => {
      await using server = await startRunnerServer()
      const random = randomFrom(seed)
      const fates: Fate[] = ['lost', 'half', 'unanswered']
      server.setFate(() =>
        random() < 0.25 ? (fates[Math.floor(random() * 3)] ?? 'lost') : 'answered',
      )
      const told = new Map<string, { logs: Buffer[]; errors: Buffer[]; files: Buffer[] }>()
      await using _ = startRunner(server, async (work) => {
        told.set(work.claim.build_id, await saySomething(work, random))
        return { is: 'success' }
      })
      const claims = [testClaim(), testClaim(), testClaim()]
      server.offer(...claims)
      await server.until('all ends', () => claims.every(server.hasEnded))

      expect(server.breaches).toEqual([])
      for (const claim of claims) {
        const build = server.build(claim)
        const { logs = [], errors, files } = told.get(claim.build_id) ?? {}
        expect(logs.map((_log, position) => sha256(logBytes(build, position)))).toEqual(
          logs.map(sha256),
        )
        expect(
          logs.map((_log, at) => sha256(Buffer.concat(build.logs.get(at)?.stderr ?? []))),
        ).toEqual(errors?.map(sha256))
        expect(
          [...build.artifacts.values()].map((chunks) => sha256(Buffer.concat(chunks))),
        ).toEqual(files?.map(sha256))
        expect(build.events.map(({ seq }) => seq)).toEqual(build.events.map((_event, n) => n))
        expect(build.events.at(-1)?.type).toBe('build.finished')
      }
    },
  )

  test('the pieces of a test report travel one by one, each before the end of its step', async () => {
    await using server = await startRunnerServer()
    const sizes: number[] = []
    server.setFate(({ headers }) => {
      sizes.push(Number(headers['content-length'] ?? 0))
      return sizes.length % 3 === 0 ? 'unanswered' : 'answered'
    })
    const pieces = 40
    const details = 'x'.repeat(16_000)
    await using _ = startRunner(server, async ({ reporter }) => {
      reporter.stepStarted(1)
      for (let first = 0; first < pieces * 16; first += 16) {
        const tests = Array.from({ length: 16 }, (_each, n) => foundTest(`${first + n}`, details))
        reporter.testsFound({ position: 1, first, tests })
      }
      reporter.stepFinished(1, { is: 'failed', exitCode: 1, signal: null }, false)
      return { is: 'failed', why: 'no' }
    })
    const claim = testClaim()
    server.offer(claim)
    await server.until('the end', () => server.hasEnded(claim))
    const { events } = server.build(claim)
    expect(events.map(({ type }) => type)).toEqual([
      'step.started',
      ...Array.from({ length: pieces }, () => 'tests.found'),
      'step.finished',
      'build.finished',
    ])
    const names = events.flatMap((event) => (event.type === 'tests.found' ? event.tests : []))
    expect(names.map(({ name }) => Number(name))).toEqual(names.map((_each, n) => n))
    expect(Math.max(...sizes)).toBeLessThan(MiB)
  })

  test('a server that vanishes in the middle of a step hears the rest when it is back', async () => {
    await using server = await startRunnerServer()
    const vanished = door()
    const saidAll = door()
    await using runner = startRunner(server, async ({ reporter, clock }) => {
      reporter.stepStarted(0)
      reporter.said(0, 'stdout', clock(), Buffer.from('before\n'))
      await vanished.opened
      reporter.said(0, 'stdout', clock(), Buffer.from('during\n'))
      reporter.stepFinished(0, { is: 'success' }, false)
      saidAll.open()
      return { is: 'success' }
    })
    const claim = testClaim()
    server.offer(claim)
    await server.until('the line', () => server.builds.get(claim.build_id)?.logs.has(0) === true)
    await server.vanish()
    vanished.open()
    await saidAll.opened
    expect(runner.hasSpool(claim)).toBe(true)

    const backAt = performance.now()
    await server.comeBack()
    await server.until('the end', () => server.hasEnded(claim))
    expect(logBytes(server.build(claim), 0).toString()).toBe('before\nduring\n')
    expect(server.breaches).toEqual([])
    // The appearing socket wakes the sender: it does not wait for the end of its pause.
    expect(performance.now() - backAt).toBeLessThan(1000)
  })

  test('a server that lost the end of a log and some events gets them again', async () => {
    await using server = await startRunnerServer()
    const goOn = door()
    await using _ = startRunner(server, async ({ reporter, clock }) => {
      reporter.stepStarted(0)
      reporter.said(0, 'stdout', clock(), Buffer.from('one two '))
      await goOn.opened
      reporter.said(0, 'stdout', clock(), Buffer.from('three'))
      reporter.stepFinished(0, { is: 'success' }, false)
      return { is: 'success' }
    })
    const claim = testClaim()
    server.offer(claim)
    await server.until('the line', () => server.builds.get(claim.build_id)?.logs.has(0) === true)
    const build = server.build(claim)
    build.events.length = 0
    build.logs.set(0, { size: 4, chunks: [Buffer.from('one ')], stderr: [], skipped: 0 })
    goOn.open()
    await server.until('the end', () => server.hasEnded(claim))

    expect(logBytes(build, 0).toString()).toBe('one two three')
    expect(build.events.map(({ type }) => type)).toEqual([
      'step.started',
      'step.finished',
      'build.finished',
    ])
  })

  test('a server with a new database is registered with anew', async () => {
    await using server = await startRunnerServer()
    const goOn = door()
    await using _ = startRunner(server, async ({ reporter }) => {
      reporter.stepStarted(0)
      await goOn.opened
      return { is: 'success' }
    })
    const claim = testClaim()
    server.offer(claim)
    await server.until('the start', () => server.builds.get(claim.build_id)?.events.length === 1)
    expect(server.registrations()).toBe(1)
    await server.vanish()
    server.forgetTokens()
    await server.comeBack()
    goOn.open()
    await server.until('the end', () => server.hasEnded(claim))
    expect(server.registrations()).toBe(2)
  })

  test('what the spool had to drop is said to be missing, and the rest follows', async () => {
    await using server = await startRunnerServer()
    const gone = door()
    const saidAll = door()
    const lines = Array.from({ length: 5000 }, (_line, n) => `${`line ${n}`.padEnd(199)}\n`)
    await using _ = startRunner(server, async ({ reporter, clock }) => {
      reporter.stepStarted(0)
      await gone.opened
      for (const line of lines) reporter.said(0, 'stdout', clock(), Buffer.from(line))
      reporter.stepFinished(0, { is: 'success' }, false)
      saidAll.open()
      return { is: 'success' }
    })
    const limits = { build_ms: 60_000, step_ms: 60_000, log_bytes: 64 * KiB, grace_ms: 1000 }
    const claim = testClaim({ limits })
    server.offer(claim)
    await server.until('the start', () => server.builds.get(claim.build_id)?.events.length === 1)
    await server.vanish()
    gone.open()
    await saidAll.opened
    await server.comeBack()
    await server.until('the end', () => server.hasEnded(claim))

    const build = server.build(claim)
    const whole = lines.join('')
    const kept = logBytes(build, 0).toString()
    const log = build.logs.get(0)
    expect(log?.size).toBe(whole.length)
    expect(log?.skipped).toBe(whole.length - kept.length)
    expect(kept.length).toBeLessThanOrEqual(64 * KiB)
    const head = commonStart(kept, whole)
    expect(head).toBeGreaterThan(32 * KiB)
    expect(whole.endsWith(kept.slice(head))).toBe(true)
    expect(build.events[1]).toMatchObject({ log: { truncated: true, stdout_bytes: whole.length } })
    expect(server.breaches).toEqual([])
  })

  test('a refused message ends the build, and the runner goes on with others', async () => {
    await using server = await startRunnerServer()
    const reasons: unknown[] = []
    await using _ = startRunner(server, async ({ reporter, claim, signal, clock }) => {
      reporter.stepStarted(0)
      if (claim.fence === 1) {
        // A position that the protocol does not know.
        reporter.said(99_999, 'stdout', clock(), Buffer.from('?'))
        reasons.push(await aborted(signal))
      }
      return { is: 'success' }
    })
    server.refuse((request) => request.url?.includes('/steps/99999/') === true)
    const [bad, good] = [testClaim(), testClaim({ fence: 2 })]
    server.offer(bad)
    await server.until('the refusal', () => server.polls.at(-1)?.holding === 1)
    server.offer(good)
    await server.until('the other end', () => server.hasEnded(good))
    expect(reasons).toEqual(['interrupted'])
    expect(server.hasEnded(bad)).toBe(false)
  })

  test('no secret of the claim is on the disk while the build runs', async () => {
    await using server = await startRunnerServer()
    const [mask, password] = ['mask-0d5c9e4f', 'password-7b1f22aa']
    const looked = door()
    const files: { path: string; text: string; mode: number }[] = []
    await using runner = startRunner(server, async ({ reporter, artifactsDir, clock }) => {
      reporter.stepStarted(0)
      reporter.said(0, 'stdout', clock(), Buffer.from('cloning\n'))
      writeFileSync(join(artifactsDir, '0'), 'app')
      await looked.opened
      return { is: 'success' }
    })
    const claim = testClaim({ masks: [mask], environment: { TOKEN: mask } })
    claim.checkout.credential = { username: 'me', password }
    server.offer(claim)
    await server.until('the log', () => server.builds.get(claim.build_id)?.logs.has(0) === true)
    for (const name of readdirSync(runner.work, { recursive: true, encoding: 'utf8' })) {
      const path = join(runner.work, name)
      const stat = statSync(path)
      if (stat.isFile()) files.push({ path, text: readFileSync(path, 'latin1'), mode: stat.mode })
    }
    looked.open()
    await server.until('the end', () => server.hasEnded(claim))

    expect(files.some(({ text }) => text.includes('cloning'))).toBe(true)
    for (const { path, text } of files) {
      expect(text.includes(mask) || text.includes(password) ? path : null).toBe(null)
    }
  })

  test('a line reaches the server at once when it is alone', async () => {
    await using server = await startRunnerServer()
    const latencies: number[] = []
    let saidAt = 0
    let heard = () => {}
    server.onLog(() => {
      latencies.push(performance.now() - saidAt)
      heard()
    })
    await using _ = startRunner(server, async ({ reporter, clock }) => {
      reporter.stepStarted(0)
      for (let n = 0; n < 300; n++) {
        const arrived = new Promise<void>((resolve) => (heard = resolve))
        saidAt = performance.now()
        reporter.said(0, 'stdout', clock(), Buffer.from(`line ${n}\n`))
        await arrived
        await soon()
      }
      reporter.stepFinished(0, { is: 'success' }, false)
      return { is: 'success' }
    })
    const claim = testClaim()
    server.offer(claim)
    await server.until('the end', () => server.hasEnded(claim))
    const sorted = latencies.toSorted((a, b) => a - b)
    const [median = NaN, p99 = NaN] = [sorted[150], sorted[297]]
    report(`a line alone: median ${median.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`)
    expect(median).toBeLessThan(10)
  })

  test('a flood leaves in large bodies, and no faster than it is taken', async () => {
    await using server = await startRunnerServer()
    const chunk = Buffer.from(`${'x'.repeat(99)}\n`.repeat(650))
    const total = 400 * chunk.length
    let messages = 0
    let startedAt = 0
    server.onLog(() => (messages += 1))
    await using _ = startRunner(server, async ({ reporter, clock }) => {
      reporter.stepStarted(0)
      startedAt = performance.now()
      for (let sent = 0; sent < total; sent += chunk.length) {
        reporter.said(0, 'stdout', clock(), chunk)
        await soon()
      }
      reporter.stepFinished(0, { is: 'success' }, false)
      return { is: 'success' }
    })
    const claim = testClaim({
      limits: { build_ms: 60_000, step_ms: 60_000, log_bytes: 512 * MiB, grace_ms: 1000 },
    })
    server.offer(claim)
    await server.until('the end', () => server.hasEnded(claim))
    const tookMs = performance.now() - startedAt
    report(`a flood: ${(total / 1000 / tookMs).toFixed(0)} MB/s in ${messages} messages`)
    expect(server.build(claim).logs.get(0)?.size).toBe(total)
    expect(messages).toBeLessThan(300)
  })
})

/** A few steps with output on both streams and a few artifacts, all at random. */
async function saySomething({ reporter, artifactsDir, clock }: Work, random: () => number) {
  const logs: Buffer[] = []
  const errors: Buffer[] = []
  const files: Buffer[] = []
  for (let position = 0; position < 4; position++) {
    const out: Buffer[] = []
    const err: Buffer[] = []
    reporter.stepStarted(position)
    for (let n = Math.floor(random() * 30); n > 0; n--) {
      const bytes = randomBytes(1 + Math.floor(random() ** 4 * 200_000))
      const stream = random() < 0.3 ? 'stderr' : 'stdout'
      reporter.said(position, stream, clock(), bytes)
      out.push(bytes)
      if (stream === 'stderr') err.push(bytes)
      if (random() < 0.5) await soon()
    }
    reporter.stepFinished(position, { is: 'success' }, false)
    logs.push(Buffer.concat(out))
    errors.push(Buffer.concat(err))
  }
  for (const [index, bytes] of [0, 1, 3_000_000].entries()) {
    const content = randomBytes(bytes)
    const file = join(artifactsDir, String(index))
    writeFileSync(file, content)
    files.push(content)
    const name = `app-${index}.apk`
    reporter.artifactFound({
      index,
      name,
      path: `out/${name}`,
      sizeBytes: bytes,
      sha256: sha256(content),
      file,
    })
  }
  return { logs, errors, files }
}

/** The same row of numbers for the same seed (mulberry32), so that a failure can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function commonStart(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}

const foundTest = (name: string, details: string): FoundTest => ({
  suite: 's',
  name,
  status: 'failed',
  duration_ms: 1,
  message: null,
  details,
  file: null,
  line: null,
})

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const report = (line: string): boolean => process.stdout.write(`      ${line}\n`)
