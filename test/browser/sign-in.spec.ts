import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { type Oore, startOore } from '../support/oore.ts'

let oore: Oore
beforeAll(async () => {
  oore = await startOore()
})
afterAll(() => oore[Symbol.asyncDispose]())

describe.each([{ javaScript: true }, { javaScript: false }])('javaScript: $javaScript', (how) => {
  test('a stranger is led to the sign-in and back to where they wanted to go', async () => {
    await using browser = await openBrowser(how)
    const { page } = browser
    await page.goto(`${oore.url}/builds?status=failure`)
    expect(new URL(page.url()).pathname).toBe('/login')
    await signIn(page, oore.token)
    await page.getByRole('heading', { level: 1, name: 'Builds' }).waitFor()
    expect(page.url()).toBe(`${oore.url}/builds?status=failure`)
  })

  test('a wrong token is told in a sentence, and the right one still leads on', async () => {
    await using browser = await openBrowser(how)
    const { page } = browser
    await page.goto(`${oore.url}/repositories`)
    await signIn(page, 'not-the-token')
    await page.getByText('This is not the admin token').waitFor()
    expect(await page.inputValue('#token')).toBe('')
    await signIn(page, oore.token)
    await page.getByRole('heading', { level: 1, name: 'Repositories' }).waitFor()
  })

  test('who signs out is a stranger again, also behind the back button', async () => {
    await using browser = await openBrowser(how)
    const { page } = browser
    await page.goto(oore.url)
    await signIn(page, oore.token)
    await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor()
    await page.locator('summary[aria-label="Menu"]').click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to Oore' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Sign in to Oore' }).waitFor()
  })
})

test('the cookie lasts only when asked to, and no script can read it', async () => {
  for (const remember of [false, true]) {
    await using browser = await openBrowser()
    const { page, context } = browser
    await page.goto(oore.url)
    await page.getByLabel('Remember me on this device').setChecked(remember)
    await signIn(page, oore.token)
    await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor()
    const [cookie, ...others] = await context.cookies()
    expect(others).toEqual([])
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
    const days = ((cookie?.expires ?? 0) * 1000 - Date.now()) / 86_400_000
    if (remember) expect(days).toBeGreaterThan(6)
    else expect(cookie?.expires).toBe(-1)
    expect(await page.evaluate(() => document.cookie)).toBe('')
  }
})

test('sign-in never leads to another server', async () => {
  for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
    await using browser = await openBrowser()
    await browser.page.goto(`${oore.url}/login?next=${encodeURIComponent(next)}`)
    await signIn(browser.page, oore.token)
    await browser.page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor()
    expect(new URL(browser.page.url()).origin).toBe(oore.url)
  }
})

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Admin token').fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
}
