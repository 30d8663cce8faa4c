import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gallery } from '../../src/views/gallery.tsx'
import { openBrowser, type TestBrowser } from '../support/browser.ts'
import { serveViews, shellAt } from '../support/view-server.ts'

const entries = new Map(gallery(shellAt('/')).map((entry) => [entry.name, entry]))
let server: Awaited<ReturnType<typeof serveViews>>

beforeAll(async () => {
  server = await serveViews((url, _request, response) => {
    const entry = entries.get(url.pathname.slice(1))
    if (entry !== undefined) return entry.render().toString() as string
    if (url.pathname.endsWith('/qr.svg')) {
      response.setHeader('content-type', 'image/svg+xml')
      response.end('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 33 33"></svg>')
      return null
    }
    // The live stream of a page that only stands for a picture: open, and silent.
    response.setHeader('content-type', 'text/event-stream')
    response.flushHeaders()
    return null
  })
})
afterAll(() => server[Symbol.asyncDispose]())

/** What another width and other colours can change; the rest is said once. */
const looks = ['color-contrast', 'target-size', 'scrollable-region-focusable']

describe.each([
  { what: 'a desk in the light', colorScheme: 'light', width: 1440, rules: null },
  { what: 'a small phone in the dark', colorScheme: 'dark', width: 320, rules: looks },
] as const)('on $what', ({ colorScheme, width, rules }) => {
  let browser: TestBrowser
  beforeAll(async () => {
    browser = await openBrowser({ colorScheme, width, height: 800 })
  })
  afterAll(() => browser[Symbol.asyncDispose]())

  test.each([...entries.keys()])('%s is for everyone and fits', async (name) => {
    const { page, complaints } = browser
    complaints.length = 0
    await page.goto(`${server.url}/${name}`)
    // Our pages have no frames; without this axe opens a second window for each of them.
    const axe = new AxeBuilder({ page }).setLegacyMode()
    const { violations } = await (rules === null ? axe : axe.withRules(rules)).analyze()
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`)).toEqual(
      [],
    )
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect(tooWide).toBeLessThanOrEqual(0)
    expect(complaints).toEqual([])
  })
})
