import { describe, expect, test } from 'vitest'
import type { Ctx } from '../../src/core/ctx.ts'
import { tidy } from '../../src/core/maintenance/tidy.ts'
import { claimAgain, claimBuilds } from '../../src/core/runners/claim.ts'
import { registerRunner } from '../../src/core/runners/register.ts'
import { takeEvents } from '../../src/core/runners/take-events.ts'
import { days } from '../../src/lib/clock.ts'
import { Secret } from '../../src/lib/secret.ts'
import { eventsRequest, type RunnerEvent } from '../../src/protocol/messages.ts'
import type { FoundTest } from '../../src/protocol/tests.ts'
import { TestApp } from '../support/app.ts'
import { elementsOf, readHtml, textOf, withId } from '../support/html.ts'
import { workflow } from '../support/oore.ts'

describe('tests that a runner tells of', () => {
  test('are kept once, however often they are told', async () => {
    await using it = await leasedBuild()
    const events = it.found([found('a'), found('b', { status: 'failed' })])
    expect(await it.tell(events)).toBeNull()
    expect(await it.tell(events)).toBeNull()
    expect((await it.names()).toSorted()).toEqual(['a', 'b'])
    expect(await it.counts()).toEqual({
      total: 2,
      passed: 1,
      failed: 1,
      skipped: 0,
      duration_ms: 20,
    })
  })

  test('in several pieces are counted together, errors among the failed', async () => {
    await using it = await leasedBuild()
    await it.tell(it.found([found('a'), found('b', { status: 'error', duration_ms: null })]))
    await it.tell(it.found([found('c', { status: 'skipped' })], 2, 1))
    expect(await it.counts()).toEqual({
      total: 3,
      passed: 1,
      failed: 1,
      skipped: 1,
      duration_ms: 20,
    })
  })

  test('of a lease that was lost are replaced by those of the next', async () => {
    await using it = await leasedBuild()
    await it.tell(it.found([found('old'), found('older', { status: 'failed' })]))
    const [again] = await claimAgain(it.runner, [it.id])
    expect(await it.counts()).toBeNull()
    expect(await it.names()).toEqual([])
    await expect(it.tell(it.found([found('late')], 2, 1))).rejects.toMatchObject({
      trouble: 'gone',
    })
    await it.tell(it.found([found('new')]), again!.fence)
    expect(await it.names()).toEqual(['new'])
    expect(await it.counts()).toMatchObject({ total: 1, failed: 0 })
  })

  test.each([
    ['a name of more than 500 characters', { name: 'x'.repeat(501) }],
    ['a status that there is not', { status: 'flaky' }],
    ['details of more than 16,000 characters', { details: 'x'.repeat(16_001) }],
    ['a duration before it began', { duration_ms: -1 }],
  ])('with %s are refused', (_, changes) => {
    const event = { type: 'tests.found', seq: 0, at: 0, position: 1, first: 0 }
    const tests = [{ ...found('a'), ...changes }]
    expect(eventsRequest.safeParse({ events: [{ ...event, tests }] }).success).toBe(false)
  })

  test('lose what they said with the logs, and stay for statistics', async () => {
    await using it = await leasedBuild({ OORE_LOG_RETENTION_DAYS: '1' })
    await it.tell(it.found([found('a', { status: 'failed', message: 'no', details: 'at a.dart' })]))
    await it.tell([
      {
        type: 'build.finished',
        seq: 1,
        at: it.app.services.clock(),
        outcome: { is: 'failed', why: 'x' },
      },
    ])
    it.app.services.advance(days(2))
    await tidy(it.app.services.as({ is: 'system' }))
    const { data } = await it.list()
    expect(data).toMatchObject([{ name: 'a', status: 'failed', message: null, details: null }])
    expect(await it.counts()).toMatchObject({ failed: 1 })
  })
})

describe('GET /api/builds/:id/tests', () => {
  test('shows each test with its step, failures first', async () => {
    await using it = await leasedBuild()
    await it.tell(
      it.found([
        found('passes'),
        found('fails', {
          status: 'failed',
          message: 'no',
          details: 'at x',
          file: 'lib/a.dart',
          line: 3,
        }),
      ]),
    )
    expect(await it.list()).toEqual({
      data: [
        {
          suite: 'cart',
          name: 'fails',
          status: 'failed',
          duration_ms: 10,
          message: 'no',
          details: 'at x',
          file: 'lib/a.dart',
          line: 3,
          step: 0,
        },
        expect.objectContaining({ name: 'passes', message: null, step: 0 }),
      ],
      next_cursor: null,
    })
  })

  test.each([
    ['', ['e', 'f', 'p1', 'p2', 's']],
    ['sort=-duration_ms', ['p2', 'f', 'p1', 's']],
    ['sort=name', ['e', 'f', 'p1', 'p2', 's']],
  ])('is read page by page without a gap or a repeat: %s', async (query, names) => {
    await using it = await leasedBuild()
    await it.tell(it.found(five))
    const seen: string[] = []
    let path: string | null = `?limit=2&${query}`
    while (path !== null) {
      const answer = await it.app.asAdmin(`/api/builds/${it.id}/tests${path}`)
      expect(answer.status).toBe(200)
      const page = (await answer.json()) as ListJson
      seen.push(...page.data.map(({ name }) => name))
      const link = answer.headers.get('link')
      expect(link === null).toBe(page.next_cursor === null)
      path = link && new URL(/<([^>]+)>/.exec(link)![1]!, 'http://oore').search
    }
    expect(seen).toEqual(names)
  })

  test.each([
    ['status=failed', ['e', 'f']],
    ['status=error', ['e']],
    ['status=passed', ['p1', 'p2']],
    ['status=skipped', ['s']],
    ['q=CART_T', ['e']],
    ['q=p', ['p1', 'p2']],
    ['q=%25', []],
    ['step=0', ['e', 'f', 'p1', 'p2', 's']],
    ['step=1', []],
    ['step=7', []],
  ])('is narrowed by %s', async (query, names) => {
    await using it = await leasedBuild()
    await it.tell(it.found(five))
    expect(await it.names(query)).toEqual(names)
  })

  test.each([
    ['status=flaky', 400],
    ['step=x', 400],
    ['sort=luck', 400],
    ['cursor=nonsense', 400],
    ['colour=red', 400],
  ])('refuses %s', async (query, status) => {
    await using it = await leasedBuild()
    const answer = await it.app.asAdmin(`/api/builds/${it.id}/tests?${query}`)
    expect(answer.status).toBe(status)
  })

  test('is nothing for strangers, and nothing of what is not there', async () => {
    await using it = await leasedBuild()
    expect((await it.app.asStranger(`/api/builds/${it.id}/tests`)).status).toBe(401)
    expect((await it.app.asAdmin('/api/builds/none/tests')).status).toBe(404)
  })

  test('a build without reports has none, and says null', async () => {
    await using it = await leasedBuild()
    expect(await it.list()).toEqual({ data: [], next_cursor: null })
    expect(await it.counts()).toBeNull()
  })
})

describe('the pages', () => {
  test('the build tells what failed, why and where, before what was slow', async () => {
    await using it = await leasedBuild()
    await it.tell(it.found(five))
    const page = readHtml(await it.page(`/builds/${it.id}`))
    const section = textOf(withId(page, 'build-tests')!)
    expect(section).toContain('2 failed')
    expect(section).toContain('test/cart_test.dart:4')
    expect(section).toContain('10.04 is not 10.05')
    expect(textOf(withId(page, 'build-header')!)).toContain('2 of 5 failed')
    const links = elementsOf(page).map(({ attributes }) => attributes['href'])
    expect(links).toContain(`/builds/${it.id}/tests`)
  })

  test('the page of all tests keeps its filters in its links', async () => {
    await using it = await leasedBuild()
    await it.tell(it.found(five))
    const html = await it.page(`/builds/${it.id}/tests?status=failed&limit=1`)
    const page = readHtml(html)
    expect(textOf(withId(page, 'tests')!)).toContain('e')
    const next = elementsOf(page).find(({ attributes }) => attributes['rel'] === 'next')
    expect(next?.attributes['href']).toMatch(/\/tests\?status=failed&cursor=/)
  })

  test('a live page is told of tests when they come', async () => {
    await using it = await leasedBuild()
    const browser = await it.app.asBrowser()
    const answer = await browser.ask(`/builds/${it.id}/live?step=0`)
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
    await it.tell(it.found(five))
    let told = ''
    while (!told.includes('10.04 is not 10.05')) {
      const { value, done } = await reader.read()
      if (done) break
      told += value
    }
    await reader.cancel()
    expect(told).toContain('id="build-tests"')
    expect(told).toContain('10.04 is not 10.05')
  })
})

type ListJson = { data: { name: string }[]; next_cursor: string | null }

const found = (name: string, changes: Partial<FoundTest> = {}): FoundTest => ({
  suite: 'cart',
  name,
  status: 'passed',
  duration_ms: 10,
  message: null,
  details: null,
  file: null,
  line: null,
  ...changes,
})

const five: FoundTest[] = [
  found('p1'),
  found('f', { status: 'failed', duration_ms: 20, message: '10.04 is not 10.05' }),
  found('s', { status: 'skipped', duration_ms: 0 }),
  found('e', { status: 'error', duration_ms: null, file: 'test/cart_test.dart', line: 4 }),
  found('p2', { duration_ms: 30 }),
]

/** A build that a runner holds. */
async function leasedBuild(settings: Record<string, string> = {}) {
  const app = await TestApp.start(settings)
  const { build } = await app.build({ 'oore.yaml': workflow('true', 'true') })
  const { id: runnerId } = await registerRunner(
    app.services.as({ is: 'stranger' }),
    { token: 'pool-token', pool: new Secret('pool-token') },
    { name: 'test', slots: 2, pid: 1 },
  )
  const runner: Ctx = app.services.as({ is: 'runner', runnerId })
  const [claim] = await claimBuilds(runner, runnerId, 1)
  const { id } = build
  const get = async (path: string) => (await app.asAdmin(`/api${path}`)).json()
  const list = async (query = ''): Promise<ListJson> =>
    (await get(`/builds/${id}/tests?${query}`)) as ListJson
  return {
    app,
    id,
    runner,
    list,
    names: async (query = '') => (await list(query)).data.map(({ name }) => name),
    counts: async () => ((await get(`/builds/${id}`)) as { tests: unknown }).tests,
    page: async (path: string) => (await (await app.asBrowser()).ask(path)).text(),
    tell: (events: RunnerEvent[], fence = claim!.fence) => takeEvents(runner, id, fence, events),
    found: (tests: FoundTest[], first = 0, seq = 0): RunnerEvent[] => [
      { type: 'tests.found', seq, at: 0, position: 1, first, tests },
    ],
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}
