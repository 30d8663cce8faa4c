import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type KnownRepo, type Oore, startOore, workflow } from '../support/oore.ts'
import { visit } from '../support/visitor.ts'

let oore: Oore
let repo: KnownRepo
beforeAll(async () => {
  oore = await startOore()
})
afterAll(() => oore[Symbol.asyncDispose]())
beforeEach(async () => {
  repo = await oore.repo({ 'oore.yaml': workflow('echo first', 'echo second') })
})

const editAddress = () => `/repositories/${repo.id}/pipeline/edit`
const editor = (page: Page) => page.getByRole('textbox', { name: 'Configuration (YAML)' })
const summary = (page: Page, text: string | RegExp) =>
  page.locator('#check-summary').getByText(text).waitFor()

/** The numbers of the lines that bear a mark, as far as they are drawn. */
const markedLines = (page: Page): Promise<string[]> =>
  page.locator('.editor-host').evaluate((host) => {
    const root = host.shadowRoot!
    const numbers = [...root.querySelectorAll('.cm-lineNumbers .cm-gutterElement')]
    return [...root.querySelectorAll('.cm-gutter-lint .cm-gutterElement')]
      .filter((element) => element.querySelector('.cm-lint-marker') !== null)
      .map((element) => {
        const { top } = element.getBoundingClientRect()
        const near = numbers.find((one) => Math.abs(one.getBoundingClientRect().top - top) < 2)
        return near?.textContent ?? '?'
      })
  })

describe('the editor', () => {
  test('marks the line of a mistake while it is typed, and lets go of it when it is mended', async () => {
    await using browser = await visit(oore, editAddress())
    const { page, complaints } = browser
    await summary(page, 'Valid, with 1 workflow')
    expect(await markedLines(page)).toEqual([])

    const text = 'workflows:\n  a:\n    scripts:\n      - nmae: Build\n'
    await replaceText(page, text)
    await summary(page, /^\d+ errors?/)
    expect(await page.inputValue('textarea[name="content"]')).toBe(text)
    expect(await markedLines(page)).toContain('4')

    await page.locator('#check-problems a').first().click()
    await page.keyboard.type('X')
    expect(await page.inputValue('textarea[name="content"]')).toMatch(/^ {6}-.*X/m)

    await replaceText(page, workflow('echo mended'))
    await summary(page, 'Valid, with 1 workflow')
    expect(await markedLines(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('stores what is written, and shows who stored it', async () => {
    await using browser = await visit(oore, `/repositories/${repo.id}/pipeline`)
    const { page, complaints } = browser
    await page.getByText('Each build uses the file as it is at its own commit.').waitFor()
    await page.getByRole('link', { name: 'Edit', exact: true }).click()
    await replaceText(page, workflow('echo from the editor'))
    await page.getByRole('button', { name: 'Store it' }).click()
    await page.getByText('Version 1, stored in Oore by').waitFor()
    await page.locator('pre').getByText('echo from the editor').first().waitFor()
    expect(complaints).toEqual([])
  })

  test('leads on by Escape and Tab, where Tab alone indents', async () => {
    await using browser = await visit(oore, editAddress())
    const { page } = browser
    await replaceText(page, '')
    await page.keyboard.press('Tab')
    await page.keyboard.type('a')
    expect(await page.inputValue('textarea[name="content"]')).toBe('  a')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Store it')
  })

  test('keeps letters from the page’s own keys, and searches', async () => {
    await using browser = await visit(oore, editAddress())
    const { page, complaints } = browser
    await replaceText(page, '')
    await page.keyboard.type('gb?/jk')
    expect(new URL(page.url()).pathname).toBe(editAddress())
    expect(await page.inputValue('textarea[name="content"]')).toBe('gb?/jk')
    await page.keyboard.press('Control+f')
    await page.locator('.cm-search input[name="search"]').pressSequentially('gb')
    await page.locator('.cm-searchMatch').first().waitFor()
    expect(complaints).toEqual([])
  })

  test('says quietly that nothing was checked, and checks again when the server is back', async () => {
    await using browser = await visit(oore, editAddress())
    const { page } = browser
    await summary(page, 'Valid')
    await page.route('**/pipeline/check', (route) => route.abort())
    await replaceText(page, 'workflows: []')
    await summary(page, 'Not checked: the server does not answer')
    await page.unroute('**/pipeline/check')
    await page.keyboard.type(' ')
    await summary(page, /error/)
  })

  test('shows only the answer to the newest text', async () => {
    await using browser = await visit(oore, editAddress())
    const { page } = browser
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    let asked = 0
    await page.route('**/pipeline/check', async (route) => {
      asked += 1
      if (asked === 1) await held
      await route.continue().catch(() => {})
    })
    await page.evaluate(() => {
      const summary = document.querySelector('#check-summary')!
      const note = () => {
        document.body.dataset['said'] =
          `${document.body.dataset['said'] ?? ''}|${summary.textContent}`
      }
      new MutationObserver(note).observe(summary, { childList: true })
    })
    const first = page.waitForRequest('**/pipeline/check')
    await replaceText(page, 'workflows: []')
    await first
    await replaceText(page, `${workflow('true')} `)
    await page.waitForResponse('**/pipeline/check')
    release()
    const last = page.waitForResponse('**/pipeline/check')
    await page.keyboard.type(' ')
    await last
    await summary(page, 'Valid, with 1 workflow')
    expect((await page.getAttribute('body', 'data-said')) ?? '').not.toContain('error')
  })
})

test('without a script a text is validated, led to by its lines, and stored', async () => {
  await using browser = await visit(oore, editAddress(), { javaScript: false })
  const { page } = browser
  const text = page.getByLabel('Configuration (YAML)')
  await text.fill('workflows:\n  a:\n    scripts:\n      - nmae: Build\n')
  await page.getByRole('button', { name: 'Validate' }).click()
  await page.getByText('This configuration cannot be used yet. Nothing was stored.').waitFor()
  expect(await text.inputValue()).toContain('nmae')
  await page.locator('#check-problems a').first().click()
  expect(new URL(page.url()).hash).toBe('#line-4')
  await page.locator('#line-4').getByText('nmae').waitFor()

  await text.fill(workflow('echo by hand'))
  await page.getByRole('button', { name: 'Store it' }).click()
  await page.getByText('Version 1, stored in Oore').waitFor()
})

test('two who write at once are told of each other, and neither loses a word', async () => {
  await using browser = await visit(oore, editAddress())
  const { page } = browser
  await replaceText(page, workflow('echo mine'))
  const theirs = { format: 'yaml', content: workflow('echo theirs') }
  await oore.api('PUT', `/repositories/${repo.id}/pipeline`, theirs)
  await page.getByRole('button', { name: 'Store it' }).click()
  await page.getByText('While you wrote this').waitFor()
  expect(await page.inputValue('textarea[name="content"]')).toContain('echo mine')
  await page.getByRole('button', { name: 'Store mine over version 1' }).click()
  await page.getByText('Version 2, stored in Oore').waitFor()
})

test('an old version is looked at, compared and restored without a script', async () => {
  for (const script of ['echo one', 'echo two']) {
    const content = workflow(script)
    await oore.api('PUT', `/repositories/${repo.id}/pipeline`, { format: 'yaml', content })
  }
  await using browser = await visit(oore, `/repositories/${repo.id}/pipeline`, {
    javaScript: false,
  })
  const { page } = browser
  await page.getByRole('link', { name: 'Version 2' }).click()
  await page.locator('del').getByText('echo one').first().waitFor()
  await page.locator('ins').getByText('echo two').first().waitFor()
  await page.goBack()
  await page.getByRole('link', { name: 'Version 1' }).click()
  await page.getByRole('button', { name: 'Restore this version' }).click()
  await page.getByText('Version 3, stored in Oore').waitFor()
  await page.getByRole('link', { name: 'Back to the repository’s file…' }).click()
  await page.getByText('then use oore.yaml').waitFor()
  await page.getByRole('button', { name: 'Use the repository’s file' }).click()
  await page.getByText('Each build uses the file as it is at its own commit.').waitFor()
})

test('a draft runs once and changes nothing else', async () => {
  await using browser = await visit(oore, editAddress())
  const { page } = browser
  await replaceText(page, workflow('echo only this once'))
  await page.getByRole('button', { name: 'Run once with this' }).click()
  await page.waitForURL(/\/builds\/[0-9A-Z]{26}/)
  await page.getByText('a draft that was not stored').waitFor()
  const { json } = await oore.api('GET', `/repositories/${repo.id}/pipeline`)
  expect(json.source).toBe('repository')
})

test('an event is explained in place', async () => {
  await using browser = await visit(oore, `/repositories/${repo.id}/pipeline`)
  const { page, complaints } = browser
  await page.evaluate(() => document.body.setAttribute('data-loaded-once', ''))
  await page.getByLabel('Branch', { exact: true }).fill('feature/x')
  await page.getByRole('button', { name: 'Explain' }).click()
  await page
    .locator('#explain-answer')
    .getByText(/runs: /)
    .first()
    .waitFor()
  expect(await page.getAttribute('body', 'data-loaded-once')).toBe('')
  expect(complaints).toEqual([])
})

test('the editor with its marks is for everyone', async () => {
  await using browser = await visit(oore, editAddress(), { colorScheme: 'dark' })
  const { page, complaints } = browser
  await replaceText(page, 'workflows:\n  a:\n    scripts:\n      - nmae: Build\n')
  await summary(page, /^\d+ errors?/)
  // Our pages have no frames; without this axe opens a second window for each of them.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`)).toEqual([])
  expect(complaints).toEqual([])
})

/** Puts a text in the place of the editor's, as somebody who pastes, and looks whether it is there. */
async function replaceText(page: Page, text: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await editor(page).focus()
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Delete')
    if (text !== '') await page.keyboard.insertText(text)
    // A page that is still being put in place may take the focus along.
    if ((await page.inputValue('textarea[name="content"]')) === text || attempt === 3) return
  }
}
