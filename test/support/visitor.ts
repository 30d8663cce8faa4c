import type { Page } from 'playwright-core'
import { type BrowserOptions, openBrowser, type TestBrowser } from './browser.ts'
import type { Oore } from './oore.ts'

/** A browser that is signed in and stands at this path. */
export async function visit(
  oore: Oore,
  path: string,
  options: BrowserOptions = {},
): Promise<TestBrowser> {
  const browser = await openBrowser(options)
  const { json } = await oore.api('POST', '/login-links', { next: path })
  await browser.page.goto(json.url)
  return browser
}

/** What each row of the log says, without the line numbers and times beside it. */
export const logTexts = (page: Page): Promise<string[]> =>
  page.$$eval('#log-lines .log-text', (texts) => texts.map((text) => text.textContent ?? ''))

/** Waits until the state of the build, the first heading, reads so. */
export const showsState = (page: Page, sentence: RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name: sentence }).waitFor()

/** What a terminal shows of these bytes in the end: no orders to it, and each line's last state. */
export const asSeen = (raw: string): string[] =>
  raw
    .replace(/\n$/, '')
    .split('\n')
    // oxlint-disable-next-line no-control-regex -- the orders of a terminal begin with it
    .map((line) => line.replace(/\u001b\[[0-9;]*m/g, '').replace(/\r+$/, ''))
    .map((line) => line.slice(line.lastIndexOf('\r') + 1))
