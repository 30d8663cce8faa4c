import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type KnownRepo, type Oore, startOore } from '../support/oore.ts'
import { makeSpeaker, type Speaker } from '../support/speaker.ts'
import { asSeen, logTexts, showsState, visit } from '../support/visitor.ts'

let oore: Oore
beforeAll(async () => {
  oore = await startOore()
})
afterAll(() => oore[Symbol.asyncDispose]())

let speaker: Speaker
let repo: KnownRepo
beforeEach(async () => {
  speaker = makeSpeaker()
  repo = await oore.repo({
    'oore.yaml': `
workflows:
  test:
    scripts:
      - name: Speak
        script: |
          ${speaker.command}
      - name: After
        script: echo after
`,
  })
})
afterEach(() => speaker[Symbol.dispose]())

const hostile = [
  `<img src=x onerror="document.title='gotcha'">`,
  `</div></section><script>document.title='gotcha'</script>`,
  `<hx-partial hx-target="#build-header">gone</hx-partial>`,
  `<template hx type="partial" hx-target="body"></template>`,
  `&lt;b&gt; &amp;amp; "quoted" 'single'`,
  `data: not an event`,
  `event: end`,
  `   indented\ttabbed   `,
  `javascript:alert(1) https://example.com/?a=1&b=<2>`,
].join('\n')

describe('the log in the browser is the log of the file', () => {
  test('when it was watched: colours, progress, hostile markup, no last line feed', async () => {
    const id = await repo.trigger()
    await using browser = await visit(oore, `/builds/${id}?step=0`)
    const { page, complaints } = browser
    await page.getByText('Nothing printed yet.').waitFor()
    await speaker.say('begin\n')
    await sees(page, 'begin')
    await page.getByText('Nothing printed yet.').waitFor({ state: 'hidden' })
    expect(await page.textContent('.log-range')).toBe('Lines 1–1')
    await speaker.say('\u001b[31mred \u001b[1mand bold\u001b[0m plain \u001b[38;5;208m208')
    await sees(page, 'red and bold plain 208')
    await speaker.say(' still orange\u001b[0m\n\u001b[32mgreen goes on\nin the next line\u001b[m\n')
    await sees(page, 'in the next line')
    for (const percent of [10, 60, 100]) {
      await speaker.say(`\rprogress ${percent}%`)
      await sees(page, `progress ${percent}%`)
    }
    await speaker.say(`\n${hostile}\nÄpfel 🍏 日本語\n\n`)
    await speaker.say('no line feed at the end')
    await sees(page, 'no line feed at the end')
    speaker.end()
    await showsState(page, /^Succeeded/)

    await equalsTheFile(page, id, '0')
    const watched = await logHtml(page)
    await page.reload()
    await equalsTheFile(page, id, '0')
    expect(await logHtml(page)).toEqual(watched)
    expect(await page.locator('#log-lines img, #log-lines script').count()).toBe(0)
    expect(await page.title()).toMatch(/^✓ /)
    expect(complaints).toEqual([])
  })

  test('when five thousand lines came at once', async () => {
    const id = await repo.trigger()
    await using browser = await visit(oore, `/builds/${id}?step=0`)
    const { page } = browser
    await speaker.say('begin\n')
    await sees(page, 'begin')
    const burst = Array.from({ length: 5000 }, (_, n) => `number ${n + 2} of the burst\n`).join('')
    await speaker.say(burst)
    await sees(page, 'number 5001 of the burst')
    speaker.end()
    await showsState(page, /^Succeeded/)

    // No row says what its line does not say, and none but announced ones are missing.
    const file = asSeen(await oore.log(id, '0'))
    const rows = await numbered(page)
    expect(rows.length).toBeGreaterThanOrEqual(1000)
    expect(rows.length).toBeLessThanOrEqual(3000)
    expect(rows.at(-1)?.number).toBe(5001)
    for (const { number, text } of rows) expect(text).toBe(file[number - 1])
    const [first] = rows
    const jumps = rows.filter((row, n) => n > 0 && row.number !== rows[n - 1]!.number + 1)
    expect(jumps.length).toBe(await page.locator('.log-gap').count())
    expect(first?.number === 1 || (await page.isVisible('[data-log-dropped]'))).toBe(true)

    // Window by window, everything is there.
    await page.goto(`${oore.url}/builds/${id}?step=0&from=1`)
    const seen = (await numbered(page)).map(({ text }) => text)
    const onward = page.getByRole('link', { name: /^Lines after/ })
    while (await onward.isVisible()) {
      await onward.click()
      await page.locator(`#s0-L${seen.length + 1}`).waitFor()
      seen.push(...(await numbered(page)).map(({ text }) => text))
    }
    expect(seen.length).toBe(file.length)
    expect(seen).toEqual(file)
  })
})

test('stdout and stderr are read together, marked, and alone', async () => {
  const both = await oore.repo({
    'oore.yaml': `
workflows:
  test:
    scripts:
      - name: Both
        script: |
          echo out one
          sleep 0.05
          echo err one >&2
          sleep 0.05
          echo out two
`,
  })
  const { id } = await oore.ended(await both.trigger())
  await using browser = await visit(oore, `/builds/${id}?step=0`)
  const { page } = browser
  expect(await logTexts(page)).toEqual(['out one', 'err one', 'out two'])
  expect(await page.getAttribute('#s0-L2', 'data-stream')).toBe('stderr')
  for (const stream of ['stderr', 'stdout'] as const) {
    await page.getByRole('link', { name: stream, exact: true }).click()
    await page.waitForURL((url) => url.searchParams.get('stream') === stream)
    expect(await logTexts(page)).toEqual(asSeen(await oore.log(id, '0', stream)))
    expect(await rawOf(page)).toBe(await oore.log(id, '0', stream))
  }
})

test('a page whose server was killed goes on where it was, without gap or repeat', async () => {
  const id = await repo.trigger()
  await using browser = await visit(oore, `/builds/${id}?step=0`)
  const { page } = browser
  await page.evaluate(() => document.body.setAttribute('data-loaded-once', ''))
  await speaker.say('one\ntwo\nthree begins')
  await sees(page, 'three begins')
  await oore.stop('SIGKILL')
  await page.getByText('Oore cannot be reached').waitFor()
  await speaker.say(' and ends\nfour, said to nobody\n')
  await oore.start()
  await sees(page, 'four, said to nobody')
  await page.getByText('Oore cannot be reached').waitFor({ state: 'hidden' })
  await speaker.say('five\n')
  await sees(page, 'five')
  speaker.end()
  await showsState(page, /^Succeeded/)

  expect(await page.getAttribute('body', 'data-loaded-once')).toBe('')
  const file = ['one', 'two', 'three begins and ends', 'four, said to nobody', 'five']
  expect(await logTexts(page)).toEqual(file)
  await equalsTheFile(page, id, '0')
})

test('a stream that is refused, or cut off before it begins, is asked for again', async () => {
  const id = await repo.trigger()
  await using browser = await visit(oore, '/builds')
  const { page } = browser
  let asked = 0
  await page.route('**/live?*', async (route) => {
    asked += 1
    if (asked === 1) return route.abort()
    if (asked === 2) return route.fulfill({ status: 503, body: '<p>Not now</p>' })
    return route.continue()
  })
  await page.goto(`${oore.url}/builds/${id}?step=0`)
  await page.getByText('Oore cannot be reached').waitFor()
  await speaker.say('one\n')
  await sees(page, 'one')
  await page.getByText('Oore cannot be reached').waitFor({ state: 'hidden' })
  speaker.end()
  await showsState(page, /^Succeeded/)
  expect(asked).toBe(3)
  expect(await logTexts(page)).toEqual(['one'])
  expect(await page.getByText('Not now').count()).toBe(0)
})

test('a tab that is not seen tells the end in its title, and catches up when it is', async () => {
  const id = await repo.trigger()
  await using browser = await visit(oore, `/builds/${id}?step=0`)
  const { page } = browser
  await speaker.say('one\n')
  await sees(page, 'one')
  await page.evaluate(hide, true)
  await speaker.say('two\n')
  speaker.end()
  await page.waitForFunction(() => document.title.startsWith('✓ '))
  expect(await logTexts(page)).toEqual(['one'])
  await page.evaluate(hide, false)
  await sees(page, 'two')
  expect(await logTexts(page)).toEqual(['one', 'two'])
})

test('without a chosen step the page goes along with the build', async () => {
  const id = await repo.trigger()
  await using browser = await visit(oore, `/builds/${id}`)
  const { page } = browser
  await speaker.say('begin\n')
  await sees(page, 'begin')
  speaker.end()
  await showsState(page, /^Succeeded/)
  expect(await page.getByRole('heading', { level: 2 }).first().textContent()).not.toBe('')
  // A step is chosen by hand, without loading the page again, and the way back leads back.
  await page.evaluate(() => document.body.setAttribute('data-loaded-once', ''))
  await page.locator('#step-list').getByRole('link', { name: 'After' }).click()
  await sees(page, 'after')
  expect(await logTexts(page)).toEqual(['after'])
  await page.locator('#step-list').getByRole('link', { name: 'Speak' }).click()
  await sees(page, 'begin')
  expect(await page.getAttribute('body', 'data-loaded-once')).toBe('')
  await page.goBack()
  await sees(page, 'after')
})

/** As a browser does when another tab is chosen, and this one again. */
const hide = (hidden: boolean): void => {
  Object.defineProperty(document, 'hidden', { configurable: true, value: hidden })
  document.dispatchEvent(new Event('visibilitychange'))
}

const sees = (page: Page, text: string): Promise<void> =>
  page.locator('#log-lines .log-text').getByText(text, { exact: true }).last().waitFor()

const logHtml = (page: Page): Promise<string[]> =>
  page.$$eval('#log-lines .log-text', (texts) => texts.map((text) => text.innerHTML))

const numbered = (page: Page): Promise<{ number: number; text: string }[]> =>
  page.$$eval('#log-lines .log-line', (rows) =>
    rows.map((row) => ({
      number: Number(row.querySelector('.log-number')?.textContent),
      text: row.querySelector('.log-text')?.textContent ?? '',
    })),
  )

/** What the link to the raw log gives. */
const rawOf = (page: Page): Promise<string> =>
  page.$eval('.log-raw', async (link) => (await fetch((link as HTMLAnchorElement).href)).text())

async function equalsTheFile(page: Page, id: string, step: string): Promise<void> {
  const raw = await oore.log(id, step)
  expect(await rawOf(page)).toBe(raw)
  const rows = await numbered(page)
  expect(rows.map(({ text }) => text)).toEqual(asSeen(raw))
  expect(rows.map(({ number }) => number)).toEqual(rows.map((_, n) => n + 1))
}
