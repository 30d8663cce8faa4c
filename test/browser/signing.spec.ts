import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { distributionName, keyInP12, p12Of, profileOf, signer } from '../support/apple-files.ts'
import { fits } from '../support/fits.ts'
import { startOore } from '../support/oore.ts'
import { visit } from '../support/visitor.ts'

const password = 'a-password-of-the-p12'
const p12 = (name = 'distribution.p12') => ({
  name,
  mimeType: 'application/x-pkcs12',
  buffer: p12Of(signer(), { password }),
})
const profile = { name: 'a.mobileprovision', mimeType: '', buffer: profileOf() }

const isOurs = (text: string) => !/favicon\.ico|422/.test(text)

describe.each([
  { javaScript: true, width: 1280 },
  { javaScript: false, width: 320 },
])('javaScript: $javaScript, $width pixels', (how) => {
  test('a certificate is refused, stored, found to fit, taken out and forgotten', async () => {
    await using oore = await startOore()
    await using browser = await visit(oore, '/settings/signing', how)
    const { page } = browser
    await page.getByRole('link', { name: 'Store a certificate' }).click()
    await page.getByLabel('Certificate with its private key').setInputFiles(p12())
    await page.getByLabel('Password of the file').fill('wrong')
    await page.getByRole('textbox', { name: 'Name' }).fill('Lumen')
    await page.getByRole('button', { name: 'Check and store' }).click()
    await page.locator('#field-password-error').waitFor()
    expect(await page.locator('#field-password-error').textContent()).toBe(
      'This password does not open the file.',
    )
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Lumen')
    await page.getByText('Choose the file again').waitFor()
    await fits(page, how)

    await page.getByLabel('Certificate with its private key').setInputFiles(p12())
    await page.getByLabel('Password of the file').fill(password)
    await page.getByRole('button', { name: 'Check and store' }).click()
    await page.getByRole('heading', { level: 1, name: 'Lumen' }).waitFor()
    await page.getByText(distributionName, { exact: true }).waitFor()
    const address = page.url()
    await fits(page, how)

    await page.goto(`${oore.url}/settings/signing/profiles`)
    await page.getByLabel('Provisioning profile', { exact: true }).setInputFiles(profile)
    await page.getByRole('button', { name: 'Check and store' }).click()
    await page.getByRole('heading', { level: 1, name: 'Wallet App Store' }).waitFor()
    await page.goto(`${oore.url}/settings/signing`)
    await page.getByRole('cell', { name: /Fits Wallet App Store Lumen/ }).waitFor()
    await fits(page, how)

    await page.goto(address)
    await page.getByRole('link', { name: 'Wallet App Store' }).waitFor()
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download the file' }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toBe('Lumen.p12')
    expect(keyInP12(readFileSync(await download.path()), password)).toBe(signer().key)
    await page.getByRole('button', { name: 'Show the passwords' }).click()
    await page.getByText(password, { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Back' }).click()
    expect(await page.getByText(/^Taken out by/).count()).toBe(2)

    await page.getByRole('link', { name: 'Remove…' }).click()
    await page.getByRole('button', { name: 'Remove it' }).click()
    await page.getByText('No certificate is stored yet.').waitFor()
    expect(browser.complaints.filter(isOurs)).toEqual([])
  })
})

test('a file that is dropped on the form is as good as one that was chosen', async () => {
  await using oore = await startOore()
  await using browser = await visit(oore, '/settings/signing/certificates')
  const { page } = browser
  const field = page.getByLabel('Certificate with its private key')
  const drop = (over: string, what: 'dragover' | 'dragleave' | 'drop', bytes: number[]) =>
    page.locator(over).evaluate(
      (element, [event, content]) => {
        const dataTransfer = new DataTransfer()
        for (const name of ['first.p12', 'second.p12']) {
          dataTransfer.items.add(new File([new Uint8Array(content)], name))
        }
        const init = { dataTransfer, bubbles: true, cancelable: true }
        return !element.dispatchEvent(new DragEvent(event, init))
      },
      [what, bytes] as const,
    )
  const bytes = [...p12().buffer]
  expect(await drop('h1', 'dragover', [])).toBe(false)
  expect(await drop('#field-name', 'dragover', [])).toBe(true)
  await page.locator('form[data-dropping]').waitFor()
  await drop('form[data-dropping]', 'dragleave', [])
  expect(await page.locator('form[data-dropping]').count()).toBe(0)
  expect(await drop('#field-name', 'drop', bytes)).toBe(true)
  const chosen = await field.evaluate((input) => {
    const { files } = input as HTMLInputElement
    return [...(files ?? [])].map(({ name }) => name)
  })
  expect(chosen).toEqual(['first.p12'])
  await page.getByLabel('Password of the file').fill(password)
  await page.getByRole('button', { name: 'Check and store' }).click()
  await page.getByText(distributionName, { exact: true }).waitFor()
  expect(browser.complaints.filter(isOurs)).toEqual([])
})
