import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Oore, startOore, workflow } from '../support/oore.ts'
import { makeSpeaker, type Speaker } from '../support/speaker.ts'
import { showsState, visit } from '../support/visitor.ts'

let oore: Oore
let speaker: Speaker
let running: string
beforeAll(async () => {
  oore = await startOore()
  speaker = makeSpeaker()
  running = await (await oore.repo({ 'oore.yaml': workflow(speaker.command, 'true') })).trigger()
})
afterAll(async () => {
  speaker[Symbol.dispose]()
  await oore[Symbol.asyncDispose]()
})

test('the first tab skips to the content, and from there on the way is short', async () => {
  await using browser = await visit(oore, '/builds')
  const { page } = browser
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Skip to the content')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true)
})

test('single keys go to places, search and help', async () => {
  await using browser = await visit(oore, '/')
  const { page } = browser
  await page.keyboard.press('/')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('quick-search')
  // What is typed into a field is text: g, b and ? do nothing there.
  await page.keyboard.type('gb?')
  expect(await page.inputValue('#quick-search')).toBe('gb?')
  expect(await page.getByRole('dialog').count()).toBe(0)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.searchParams.get('q') === 'gb?')

  for (const [key, path] of [
    ['r', '/repositories'],
    ['w', '/webhooks'],
    ['d', '/'],
    ['b', '/builds'],
  ] as const) {
    await page.keyboard.press('g')
    await page.keyboard.press(key)
    await page.waitForURL(`${oore.url}${path}`)
  }
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await help.getByText('Go to the dashboard').waitFor()
  await page.keyboard.press('Escape')
  await help.waitFor({ state: 'hidden' })
})

test('a row is chosen and opened by keys', async () => {
  await using browser = await visit(oore, '/builds')
  const { page } = browser
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${oore.url}/builds/${running}`)
})

test('a line of the log is chosen by keys, and tabs pass by the lines', async () => {
  await using browser = await visit(oore, `/builds/${running}?step=setup`)
  const { page } = browser
  await page.locator('#ssetup-L2').waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.hash === '#ssetup-L2')
  await page.locator('#ssetup-L2[data-chosen]').waitFor()
  await page.locator('#log-lines').focus()
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.closest('#log-lines'))).toBe(null)
})

test('cancel is reached by tabs, asked in a dialog, and the focus comes back', async () => {
  await using browser = await visit(oore, `/builds/${running}`)
  const { page } = browser
  await showsState(page, /^Running/)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  for (let tabs = 0; (await focused(page)) !== 'Cancel'; tabs += 1) {
    expect(tabs).toBeLessThan(10)
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Cancel build #1?' })
  await dialog.waitFor()
  expect(await page.evaluate(() => document.activeElement?.closest('dialog') !== null)).toBe(true)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  expect(await focused(page)).toBe('Cancel')
})

test('the focus stays where it is while the build goes on', async () => {
  await using browser = await visit(oore, `/builds/${running}?step=0`)
  const { page } = browser
  const step = page.locator('#step-list a').nth(1)
  await step.focus()
  const was = await focused(page)
  await speaker.say('one\n')
  await page.locator('#log-lines').getByText('one', { exact: true }).waitFor()
  speaker.end()
  await showsState(page, /^Succeeded/)
  expect(await focused(page)).toBe(was?.replace('Running', 'Succeeded'))
  // Choosing a step by the keyboard leaves the focus on it.
  await page.locator('#step-list a').first().focus()
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.searchParams.get('step') === 'setup')
  await page.getByRole('heading', { level: 2, name: 'Get the code' }).waitFor()
  expect(await focused(page)).toContain('Get the code')
})

/** What has the focus, without its times. */
const focused = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => {
    const copy = document.activeElement?.cloneNode(true)
    if (!(copy instanceof Element)) return undefined
    for (const time of copy.querySelectorAll('.step-time')) time.remove()
    return copy.textContent?.trim()
  })
