import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { fits } from '../support/fits.ts'
import { startOore } from '../support/oore.ts'
import { visit } from '../support/visitor.ts'

const secret = 'a-secret-of-this-test'

describe.each([
  { javaScript: true, width: 1280 },
  { javaScript: false, width: 320 },
])('javaScript: $javaScript, $width pixels', (how) => {
  test('a group is made, filled, imported into, changed and forgotten, and shows no secret', async () => {
    await using oore = await startOore()
    await using browser = await visit(oore, '/settings/variables', how)
    const { page } = browser
    await page.getByRole('textbox', { name: 'Name of a new group' }).fill('release')
    await page.getByRole('button', { name: 'Make the group' }).click()
    await page.getByRole('heading', { level: 1, name: 'release' }).waitFor()
    await page.getByText('No variables yet.').waitFor()
    await looksRight(page, how)

    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('1ST')
    await page.getByLabel('Value').fill(secret)
    await page.getByRole('button', { name: 'Store' }).click()
    await page.locator('#field-name-error').waitFor()
    expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('1ST')
    await looksRight(page, how)

    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('API_TOKEN')
    await page.getByLabel('Value').fill(secret)
    await page.getByRole('textbox', { name: 'Only for the environment' }).fill('production')
    await page.getByRole('button', { name: 'Store' }).click()
    const row = (name: string) => page.locator('tbody tr', { hasText: name })
    await row('API_TOKEN').waitFor()
    expect(await row('API_TOKEN').textContent()).toMatch(/Secret.*production.*Never/)
    await looksRight(page, how)

    await page.getByText('Import a .env file').click()
    await page.getByLabel('Text of the file').fill('FLAVOR=free\nTHIS IS NONE')
    await page.getByLabel('All of them are secret').uncheck()
    await page.getByRole('button', { name: 'Import' }).click()
    await page.locator('#field-content-error').waitFor()
    expect(await row('FLAVOR').count()).toBe(0)
    await page.getByLabel('Text of the file').fill('FLAVOR=free')
    await page.getByLabel('All of them are secret').uncheck()
    await page.getByRole('button', { name: 'Import' }).click()
    await row('FLAVOR').waitFor()
    expect(await row('FLAVOR').textContent()).toContain('free')

    await page.getByRole('link', { name: 'API_TOKEN' }).click()
    await page.getByRole('heading', { level: 1, name: 'API_TOKEN' }).waitFor()
    await looksRight(page, how)
    await page.getByRole('button', { name: 'Remove the variable' }).click()
    await page.getByRole('heading', { level: 1, name: 'release' }).waitFor()
    expect(await page.getByRole('link', { name: 'API_TOKEN' }).count()).toBe(0)

    await page.getByRole('link', { name: 'Remove…' }).click()
    await page.getByRole('button', { name: 'Remove them' }).click()
    await page.getByRole('heading', { level: 1, name: 'Variables' }).waitFor()
    expect(await page.getByText('release').count()).toBe(0)
    expect(browser.complaints.filter((text) => !/favicon\.ico|422/.test(text))).toEqual([])
  })
})

/** Fits, and has no secret in it. */
async function looksRight(page: Page, how: { javaScript: boolean }): Promise<void> {
  expect(await page.content()).not.toContain(secret)
  await fits(page, how)
}
