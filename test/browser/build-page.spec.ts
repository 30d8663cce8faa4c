import type { ServerResponse } from 'node:http'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { noFilters } from '../../src/core/builds/filters.ts'
import type { LogLine } from '../../src/core/logs/lines.ts'
import { CancelBuildPage } from '../../src/views/builds/cancel.tsx'
import { BuildsPage } from '../../src/views/builds/list.tsx'
import { BuildPage } from '../../src/views/builds/page.tsx'
import { BuildUpdate } from '../../src/views/builds/updates.tsx'
import { builds, now } from '../../src/views/gallery/builds.ts'
import { details } from '../../src/views/gallery/details.ts'
import { logView } from '../../src/views/gallery/log.ts'
import { AnsiPainter } from '../../src/views/log/ansi.ts'
import { logRows } from '../../src/views/log/lines.ts'
import { openBrowser, type TestBrowser } from '../support/browser.ts'
import { serveViews, shellAt } from '../support/view-server.ts'

const buildId = details.running.build.id
const buildUrl = `/builds/${buildId}`

/** A build that the test holds in its hand: what it is now, and who listens to its stream. */
let stage: {
  detail: typeof details.running
  listBuilds: typeof builds
  streams: { step: string; from: string; response: ServerResponse }[]
}
let server: Awaited<ReturnType<typeof serveViews>>
let browser: TestBrowser
let page: Page

beforeEach(async () => {
  stage = { detail: details.running, listBuilds: builds, streams: [] }
  server = await serveViews((url, request, response) => {
    const shell = shellAt(`${url.pathname}${url.search}`)
    if (url.pathname === '/builds') {
      const list = { data: stage.listBuilds, nextCursor: null }
      const names = { filters: noFilters, repositories: [], now }
      return text(BuildsPage({ shell: { ...shell, runningCount: 7 }, page: list, ...names }))
    }
    if (url.pathname === `${buildUrl}/cancel`) {
      return text(CancelBuildPage({ shell, build: stage.detail.build }))
    }
    const step = url.searchParams.get('step') ?? '1'
    if (url.pathname === `${buildUrl}/live`) {
      response.setHeader('content-type', 'text/event-stream')
      response.flushHeaders()
      const from = request.headers['last-event-id'] ?? url.searchParams.get('from')
      stage.streams.push({ step, from: String(from), response })
      return null
    }
    const log = {
      ...logView,
      html: rows(step, 1, 40),
      firstLine: 1,
      lastLine: 40,
      totalLines: null,
      resumeId: '40',
      stepLive: true,
    }
    return text(BuildPage({ shell, detail: stage.detail, chosen: step, log, now }))
  })
  browser = await openBrowser({ width: 1200, height: 600 })
  page = browser.page
})

afterEach(async () => {
  await browser[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

describe('a live log', () => {
  test('goes on after the connection broke, without gap or repeat', async () => {
    await page.goto(`${server.url}${buildUrl}?step=2`)
    const first = await stream(1)
    expect(first).toMatchObject({ step: '2', from: '40' })
    say(first.response, '2', 41, 50)
    await shows('s2-L50')
    first.response.destroy()
    await page.waitForFunction(
      () => document.querySelector<HTMLElement>('#offline')?.hidden === false,
    )

    const second = await stream(2)
    expect(second).toMatchObject({ step: '2', from: '50' })
    say(second.response, '2', 51, 60)
    await shows('s2-L60')
    await page.waitForFunction(() => document.querySelector<HTMLElement>('#offline')?.hidden)
    const ids = await page.$$eval('.log-line', (lines) => lines.map((line) => line.id))
    expect(ids).toEqual(Array.from({ length: 60 }, (_, n) => `s2-L${n + 1}`))
    expect(await page.textContent('[data-log-last]')).toBe('60')
  })

  test('stays at the end until the reader scrolls up, and counts what came since', async () => {
    await page.goto(`${server.url}${buildUrl}?step=2`)
    const { response } = await stream(1)
    say(response, '2', 41, 90)
    await shows('s2-L90')
    await page.waitForFunction(footIsSeen)

    await page.mouse.move(600, 300)
    await page.mouse.wheel(0, -600)
    await page.waitForSelector('[data-log="follow"][aria-pressed="false"]')
    say(response, '2', 91, 93)
    await shows('s2-L93')
    // A line that goes on takes its own place: it is not one more.
    const again = rows('2', 93, 93).replace('line 93', 'line 93 went on')
    const partial = `<hx-partial hx-target="#s2-L93" hx-swap="outerHTML">${again}</hx-partial>`
    response.write(message(partial, 93))
    await page.getByText('line 93 went on').waitFor()
    await page.getByRole('button', { name: '3 new lines' }).click()
    await page.waitForFunction(footIsSeen)
    await page.waitForSelector('[data-log="follow"][aria-pressed="true"]')
    expect(await page.isVisible('.new-lines')).toBe(false)
  })

  test('keeps at most three thousand lines, and says where the others are', async () => {
    await page.goto(`${server.url}${buildUrl}?step=2`)
    const { response } = await stream(1)
    say(response, '2', 41, 2000)
    say(response, '2', 2001, 4000)
    await shows('s2-L4000')
    await page.waitForFunction(() => document.querySelectorAll('.log-line').length === 3000)
    expect(await page.textContent('.log-range')).toBe('Lines 1,001–4,000')
    expect(await page.isVisible('[data-log-dropped]')).toBe(true)
  })

  test('moves to the step that runs, and the end is told in page, title and icon', async () => {
    await page.goto(`${server.url}${buildUrl}`)
    // Nobody chose a step: step 1 is left for step 2 once its stream says that it runs.
    const first = await stream(1)
    expect(first.step).toBe('1')
    tell(first.response, '1')
    const second = await stream(2)
    expect(second.step).toBe('2')

    stage.detail = { ...details.failure, artifacts: details.success.artifacts }
    tell(second.response, '2')
    second.response.end('event: end\ndata: failure\n\n')
    await page
      .getByRole('heading', { level: 1, name: 'Failed in Run tests after 6m 58s' })
      .waitFor()
    expect(await page.title()).toBe('✗ lumen/wallet #214 · Oore')
    expect(await page.getAttribute('#favicon', 'href')).toContain('failure')
    expect(await page.locator('.artifacts li').count()).toBe(7)
    await page.waitForSelector('[data-log="follow"]', { state: 'detached' })
    expect(browser.complaints).toEqual([])
  })
})

describe('the log by keys and addresses', () => {
  beforeEach(async () => {
    stage.detail = details.failure
    await page.goto(`${server.url}${buildUrl}?step=2`)
  })

  test('e goes from error to error and round again', async () => {
    const chosen = () => page.$$eval('[data-chosen]', (lines) => lines.map((line) => line.id))
    await page.keyboard.press('e')
    expect(await chosen()).toEqual(['s2-L13'])
    await page.keyboard.press('e')
    expect(await chosen()).toEqual(['s2-L26'])
    await page.keyboard.press('e')
    await page.keyboard.press('e')
    expect(await chosen()).toEqual(['s2-L13'])
  })

  test('a range is chosen with shift and can be linked', async () => {
    await page.click('#s2-L10 .log-number')
    await page.click('#s2-L12 .log-number', { modifiers: ['Shift'] })
    await page.waitForFunction(() => document.querySelectorAll('[data-chosen]').length === 3)
    expect(new URL(page.url()).hash).toBe('#s2-L10-L12')
    await page.reload()
    await page.waitForFunction(() => document.querySelectorAll('[data-chosen]').length === 3)
  })

  test('t changes how times are shown, and the choice is kept', async () => {
    expect(await page.isVisible('.log-time')).toBe(false)
    await page.keyboard.press('t')
    expect(await page.textContent('#s2-L4 .log-time')).toBe('+0.3s')
    await page.reload()
    expect(await page.textContent('#s2-L4 .log-time')).toBe('+0.3s')
    await page.keyboard.press('t')
    expect(await page.textContent('#s2-L4 .log-time')).toMatch(/^\d\d:\d\d:\d\d\.\d{3}$/)
  })

  test('single keys can be switched off', async () => {
    await page.keyboard.press('?')
    await page.getByRole('checkbox', { name: 'Single keys' }).uncheck()
    await page.keyboard.press('Escape')
    await page.keyboard.press('e')
    await page.keyboard.press('t')
    expect(await page.locator('[data-chosen]').count()).toBe(0)
    expect(await page.isVisible('.log-time')).toBe(false)
  })
})

test('cancel asks in a dialog, and Escape leaves everything as it was', async () => {
  await page.goto(`${server.url}${buildUrl}?step=2`)
  await page.getByRole('link', { name: 'Cancel' }).click()
  const dialog = page.getByRole('dialog', { name: 'Cancel build #214?' })
  await dialog.getByRole('button', { name: 'Cancel the build' }).waitFor()
  expect(await dialog.locator('form').getAttribute('action')).toBe(`${buildUrl}/cancel`)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  expect(new URL(page.url()).pathname).toBe(buildUrl)
})

test('Enter twice on cancel ends nothing: the harmless answer has the focus', async () => {
  await page.goto(`${server.url}${buildUrl}?step=2`)
  await page.getByRole('link', { name: 'Cancel', exact: true }).press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Cancel build #214?' })
  await dialog.getByRole('link', { name: 'Let it run' }).and(page.locator(':focus')).waitFor()
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'hidden' })
  expect(page.url()).toBe(`${server.url}${buildUrl}?step=2`)
})

test('what cannot be asked for is said, and nothing else happens', async () => {
  await page.goto(`${server.url}${buildUrl}?step=2`)
  await stream(1)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await browser.context.route('**/cancel', (route) => route.abort())
  await page.getByRole('link', { name: 'Cancel', exact: true }).click()
  const notice = page.getByRole('status').filter({ hasText: 'nothing was changed' })
  await notice.waitFor()
  expect(await notice.textContent()).toBe('Oore cannot be reached; nothing was changed. Try again.')
  await browser.context.unroute('**/cancel')
  await page.getByRole('link', { name: 'Cancel', exact: true }).click()
  await page.getByRole('dialog', { name: 'Cancel build #214?' }).waitFor()
  await notice.waitFor({ state: 'hidden' })
  expect(errors).toEqual([])
})

test('a list refreshes by itself and keeps the focus', async () => {
  await page.goto(`${server.url}/builds`)
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  const focused = () => page.evaluate(() => document.activeElement?.textContent)
  expect(await focused()).toBe(builds[1]?.commitMessage)

  stage.listBuilds = builds.map((build, n) =>
    n === 1 ? { ...build, status: 'cancelled' as const, finishedAt: now } : build,
  )
  await page.waitForFunction(() =>
    document.querySelectorAll('.builds tbody tr')[1]?.textContent.includes('Cancelled'),
  )
  expect(await focused()).toBe(builds[1]?.commitMessage)
  expect(await page.textContent('#running-count')).toContain('7')
})

test('without a script nothing is shown that would do nothing, and the page comes again', async () => {
  await using bare = await openBrowser({ javaScript: false })
  await bare.page.goto(`${server.url}${buildUrl}?step=2`)
  expect(await bare.page.locator('.js-only:visible').count()).toBe(0)
  expect(await bare.page.locator('noscript meta[http-equiv="refresh"]').count()).toBe(1)
  await bare.page.getByRole('link', { name: 'Install packages' }).click()
  expect(new URL(bare.page.url()).search).toBe('?step=0')
})

const footIsSeen = (): boolean => {
  const foot = document.querySelector('.log-foot')?.getBoundingClientRect()
  return foot !== undefined && foot.bottom <= innerHeight && foot.top > 0
}

const shows = (id: string) => page.waitForSelector(`#${id}`)

/** The nth stream that the page opened. */
async function stream(n: number) {
  await expect.poll(() => stage.streams.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(n)
  return stage.streams[n - 1]!
}

function say(response: ServerResponse, step: string, from: number, to: number): void {
  response.write(message(rows(step, from, to), to))
}

/** Tells the page how its parts are now. */
function tell(response: ServerResponse, chosen: string): void {
  response.write(
    message(
      text(
        BuildUpdate({
          detail: stage.detail,
          chosen,
          stream: 'all',
          withTests: true,
          may: () => true,
          now,
        }),
      ),
      40,
    ),
  )
}

const message = (html: string, id: number): string =>
  `id: ${id}\n${html
    .split('\n')
    .map((line) => `data: ${line}\n`)
    .join('')}\n`

const text = (html: { toString(): string | Promise<string> }): string => html.toString() as string

function rows(step: string, from: number, to: number): string {
  const lines = Array.from({ length: to - from + 1 }, (_, n): LogLine => {
    const number = from + n
    return {
      is: 'line',
      number,
      offset: number,
      stream: number % 7 === 0 ? 'stderr' : 'stdout',
      text: number % 13 === 0 ? `error: number ${number}` : `line ${number}`,
      at: now + number * 100,
      continued: false,
    }
  })
  return logRows(lines, step, new AnsiPainter())
}
