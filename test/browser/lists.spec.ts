import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KnownRepo, type Oore, startOore, workflow } from '../support/oore.ts'
import { makeSpeaker, type Speaker } from '../support/speaker.ts'
import { visit } from '../support/visitor.ts'

let oore: Oore
let green: KnownRepo
let many: KnownRepo
/** One more than a page of the list holds. */
const manyCount = 51

beforeAll(async () => {
  oore = await startOore()
  green = await oore.repo({ 'oore.yaml': workflow('true') })
  green.git.branch('feature/login')
  green.git.commit({ 'login.txt': 'login' }, 'Add the login page')
  // A configuration with a mistake makes builds that have ended as soon as they are asked for.
  many = await oore.repo({ 'oore.yaml': 'workflows: nothing' })
  for (let n = 0; n < manyCount; n += 1) await many.trigger()
  await oore.ended(await green.trigger({ branch: 'main' }))
  await oore.ended(await green.trigger({ branch: 'feature/login' }))
})
afterAll(() => oore[Symbol.asyncDispose]())

describe.each([{ javaScript: true }, { javaScript: false }])('javaScript: $javaScript', (how) => {
  test('the list of builds is narrowed by its form, and the address says how', async () => {
    await using browser = await visit(oore, '/builds', how)
    const { page } = browser
    await page.getByLabel('Status').selectOption({ label: 'Succeeded' })
    if (!how.javaScript) await page.getByRole('button', { name: 'Filter' }).click()
    await page.waitForURL((url) => url.searchParams.get('status') === 'success')
    expect(await titles(page)).toEqual(['Add the login page', 'Begin'])

    const search = page.locator('main').getByRole('searchbox')
    await search.fill('login')
    await search.press('Enter')
    await page.waitForURL((url) => url.searchParams.get('q') === 'login')
    expect(await titles(page)).toEqual(['Add the login page'])
    // What was left empty is not in the address, where a script can take it out.
    const query = new URL(page.url()).searchParams
    if (how.javaScript) expect([...query.keys()]).toEqual(['q', 'status', 'sort'])

    await page.getByRole('link', { name: /^Status: Succeeded/ }).click()
    await page.waitForURL((url) => !url.searchParams.has('status'))
    expect(new URL(page.url()).searchParams.get('q')).toBe('login')
  })

  test('a filter that leaves nothing says so and can be cleared', async () => {
    await using browser = await visit(oore, '/builds?branch=nowhere&status=success', how)
    const { page } = browser
    await page.getByText('No build matches these filters.').waitFor()
    await page.getByRole('link', { name: 'Clear the filters' }).click()
    await page.waitForURL(`${oore.url}/builds`)
    expect((await titles(page)).length).toBe(50)
  })

  test('older and newer pages hold every build once', async () => {
    await using browser = await visit(oore, `/builds?repository=${many.id}`, how)
    const { page } = browser
    const first = await rowIds(page)
    await page.getByRole('link', { name: 'Older' }).click()
    await page.waitForURL((url) => url.searchParams.has('cursor'))
    const second = await rowIds(page)
    expect(new Set([...first, ...second]).size).toBe(manyCount)
    expect(first.length + second.length).toBe(manyCount)
    await page.getByRole('link', { name: 'Newest' }).click()
    await page.waitForURL((url) => !url.searchParams.has('cursor'))
    expect(await rowIds(page)).toEqual(first)
  })
})

describe('rows that change', () => {
  let speaker: Speaker
  let repo: KnownRepo
  beforeAll(async () => {
    speaker = makeSpeaker()
    repo = await oore.repo({ 'oore.yaml': workflow(speaker.command) })
  })
  afterAll(() => speaker[Symbol.dispose]())

  test('do so by themselves, and new ones appear', async () => {
    await using browser = await visit(oore, `/builds?repository=${repo.id}`)
    const { page, complaints } = browser
    await page.getByText('No build matches these filters.').waitFor()
    const id = await repo.trigger()
    await page.reload()
    await page.evaluate(() => document.body.setAttribute('data-loaded-once', ''))
    const row = page.locator(`#b-${id}`)
    await row.getByText('Running').waitFor()
    await page.locator('#running-count').getByText('1', { exact: true }).waitFor()
    await row.getByRole('link').first().focus()

    const next = await repo.trigger()
    await page.locator(`#b-${next}`).waitFor()
    await oore.api('POST', `/builds/${id}/cancel`)
    await oore.api('POST', `/builds/${next}/cancel`)
    await row.getByText('Cancelled').waitFor()
    await page.locator('#running-count').getByText('0', { exact: true }).waitFor()
    expect(await page.getAttribute('body', 'data-loaded-once')).toBe('')
    const focused = await page.evaluate(() => document.activeElement?.closest('tr')?.id)
    expect(focused).toBe(`b-${id}`)
    expect(complaints).toEqual([])
  })
})

const titles = (page: Page): Promise<string[]> =>
  page.$$eval('.builds .what a', (links) => links.map((link) => link.textContent ?? ''))

const rowIds = (page: Page): Promise<string[]> =>
  page.$$eval('.builds tbody tr', (rows) => rows.map((row) => row.id))
