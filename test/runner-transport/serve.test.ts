import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as soon } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { logBytes, startRunnerServer } from '../support/runner-server.ts'
import { aborted, door, saying, startRunner, testClaim } from './support.ts'

describe('serve', () => {
  test('a claim is run, and what it said arrives in order and whole', async () => {
    await using server = await startRunnerServer()
    await using runner = startRunner(server, saying('hello\n'))
    const claim = testClaim()
    server.offer(claim)
    await server.until('the end', () => server.hasEnded(claim))

    const build = server.build(claim)
    expect(build.outcome).toEqual({ is: 'success' })
    expect(build.events.map(({ type, seq }) => `${seq} ${type}`)).toEqual([
      '0 step.started',
      '1 step.finished',
      '2 build.finished',
    ])
    expect(logBytes(build, 0).toString()).toBe('hello\n')
    expect(server.breaches).toEqual([])
    await runner.stop()
    expect(runner.hasSpool(claim)).toBe(false)
  })

  test('two builds run at once, and never more than there are slots', async () => {
    await using server = await startRunnerServer()
    let now = 0
    let most = 0
    await using _ = startRunner(server, async ({ reporter }) => {
      now += 1
      most = Math.max(most, now)
      reporter.stepStarted(0)
      for (let turn = 0; turn < 20; turn++) await soon()
      reporter.stepFinished(0, { is: 'success' }, false)
      now -= 1
      return { is: 'success' }
    })
    const claims = Array.from({ length: 20 }, () => testClaim())
    server.offer(...claims)
    const ended = () => [...server.builds.values()].filter(({ outcome }) => outcome).length
    await server.until('all of them', () => ended() === claims.length)

    expect(most).toBe(2)
    expect(server.polls.every(({ free_slots, holding }) => free_slots + holding <= 2)).toBe(true)
    expect(server.breaches).toEqual([])
  })

  test('a cancel reaches the build, and what it said until then is kept', async () => {
    await using server = await startRunnerServer()
    const reasons: unknown[] = []
    await using _ = startRunner(server, async ({ reporter, signal, clock }) => {
      reporter.stepStarted(0)
      reporter.said(0, 'stdout', clock(), Buffer.from('working'))
      reasons.push(await aborted(signal))
      reporter.stepFinished(0, { is: 'cancelled' }, false)
      return { is: 'cancelled' }
    })
    const claim = testClaim()
    server.offer(claim)
    await server.until('the log', () => server.builds.get(claim.build_id)?.logs.has(0) === true)
    server.cancel(claim)
    await server.until('the end', () => server.hasEnded(claim))

    expect(reasons).toEqual(['cancelled'])
    expect(server.build(claim).outcome).toEqual({ is: 'cancelled' })
    expect(logBytes(server.build(claim), 0).toString()).toBe('working')
  })

  test('a lost lease ends the build, and nothing more is said of it', async () => {
    await using server = await startRunnerServer()
    const over = door()
    await using runner = startRunner(server, async ({ reporter, signal }) => {
      reporter.stepStarted(0)
      await aborted(signal)
      reporter.stepFinished(0, { is: 'cancelled' }, false)
      over.open()
      return { is: 'broken', kind: 'interrupted', why: 'lost' }
    })
    const claim = testClaim()
    server.offer(claim)
    await server.until('the start', () => server.builds.get(claim.build_id)?.events.length === 1)
    server.revoke(claim)
    await over.opened
    await server.until('a poll without it', () => server.polls.at(-1)?.holding === 0)

    expect(server.build(claim).events).toHaveLength(1)
    expect(runner.hasSpool(claim)).toBe(false)
  })

  test('the same build under a new fence begins anew when the old one has ended', async () => {
    await using server = await startRunnerServer()
    const told: string[] = []
    await using _ = startRunner(server, async ({ claim, reporter, signal, clock }) => {
      told.push(`begin ${claim.fence}`)
      reporter.stepStarted(0)
      if (claim.fence === 1) await aborted(signal)
      reporter.said(0, 'stdout', clock(), Buffer.from(`under fence ${claim.fence}`))
      reporter.stepFinished(0, { is: 'success' }, false)
      told.push(`end ${claim.fence}`)
      return { is: 'success' }
    })
    const claim = testClaim()
    server.offer(claim)
    await server.until('the start', () => server.builds.get(claim.build_id)?.events.length === 1)
    server.revoke(claim)
    server.offer({ ...claim, fence: 2 })
    await server.until('the end', () => server.hasEnded(claim))

    expect(told).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2'])
    expect(logBytes(server.build(claim), 0).toString()).toBe('under fence 2')
    expect(server.breaches).toEqual([])
  })

  test('drain finish: what runs goes on, nothing new is taken, until work is wanted again', async () => {
    await using server = await startRunnerServer()
    const doors = [door(), door()]
    let begun = 0
    await using _ = startRunner(server, async () => {
      await doors[begun++]?.opened
      return { is: 'success' }
    })
    const [first, second] = [testClaim(), testClaim()]
    server.offer(first)
    await server.until('the claim', () => server.polls.at(-1)?.holding === 1)
    server.drain('finish')
    await server.until('no free slot', () => server.polls.at(-1)?.free_slots === 0)
    server.offer(second)
    doors[0]?.open()
    await server.until('the first end', () => server.hasEnded(first))
    expect(server.builds.has(second.build_id)).toBe(false)

    server.drain('none')
    doors[1]?.open()
    await server.until('the second', () => server.hasEnded(second))
  })

  test('drain interrupt: what runs ends as interrupted', async () => {
    await using server = await startRunnerServer()
    await using _ = startRunner(server, async ({ signal }) => ({
      is: 'broken',
      kind: 'interrupted',
      why: String(await aborted(signal)),
    }))
    const claim = testClaim()
    server.offer(claim)
    await server.until('the claim', () => server.polls.at(-1)?.holding === 1)
    server.drain('interrupt')
    await server.until('the end', () => server.hasEnded(claim))
    expect(server.build(claim).outcome).toMatchObject({ kind: 'interrupted', why: 'interrupted' })
  })

  test('a build whose execution throws is broken, with the reason', async () => {
    await using server = await startRunnerServer()
    await using _ = startRunner(server, () => Promise.reject(new Error('out of luck')))
    const claim = testClaim()
    server.offer(claim)
    await server.until('the end', () => server.hasEnded(claim))
    expect(server.build(claim).outcome).toMatchObject({
      is: 'broken',
      kind: 'setup',
      why: expect.stringContaining('out of luck'),
    })
  })

  test('stopped while builds run: they end as interrupted, and the server hears it', async () => {
    await using server = await startRunnerServer()
    await using runner = startRunner(server, async ({ signal }) => ({
      is: 'broken',
      kind: 'interrupted',
      why: String(await aborted(signal)),
    }))
    const claim = testClaim()
    server.offer(claim)
    await server.until('the claim', () => server.polls.at(-1)?.holding === 1)
    expect(await runner.stop()).toBe('stopped')
    expect(server.build(claim).outcome).toMatchObject({ kind: 'interrupted' })
    expect(runner.hasSpool(claim)).toBe(false)
  })

  test('an idle runner ends by itself when no server has been there for long', async () => {
    await using server = await startRunnerServer()
    await using runner = startRunner(server, saying(''), { orphanAfterMs: 100 })
    await server.until('a poll', () => server.polls.length > 0)
    await server.vanish()
    expect(await runner.ended).toBe('orphaned')
  })

  test('a runner whose server was removed ends, even with a build that nobody took', async () => {
    await using server = await startRunnerServer()
    const goOn = door()
    await using runner = startRunner(server, async ({ reporter }) => {
      reporter.stepStarted(0)
      await goOn.opened
      return { is: 'success' }
    })
    const claim = testClaim()
    server.offer(claim)
    await server.until('the start', () => server.builds.get(claim.build_id)?.events.length === 1)
    await server.vanish()
    await rm(server.directory, { recursive: true })
    goOn.open()
    expect(await runner.ended).toBe('orphaned')
  })

  test('a build whose spool cannot be written is broken, with what to do', async () => {
    await using server = await startRunnerServer()
    await using runner = startRunner(server, async ({ reporter, signal, clock }) => {
      reporter.said(0, 'stdout', clock(), Buffer.from('lost'))
      return { is: 'broken', kind: 'interrupted', why: String(signal.reason) }
    })
    const claim = testClaim()
    await mkdir(join(runner.work, 'builds'))
    await writeFile(join(runner.work, 'builds', claim.build_id), 'in the way')
    server.offer(claim)
    await server.until('the end', () => server.hasEnded(claim))
    expect(server.build(claim).outcome).toMatchObject({
      is: 'broken',
      kind: 'setup',
      why: expect.stringMatching(/could not keep what the build said.*Free some space/),
    })
  })

  test('a sentence that is too long for the protocol is cut, not refused', async () => {
    await using server = await startRunnerServer()
    const why = 'git said: '.repeat(1000)
    await using _ = startRunner(server, async () => ({ is: 'broken', kind: 'setup', why }))
    const claim = testClaim()
    server.offer(claim)
    await server.until('the end', () => server.hasEnded(claim))
    expect(server.build(claim).outcome).toEqual({
      is: 'broken',
      kind: 'setup',
      why: `${why.slice(0, 3999)}…`,
    })
  })
})
