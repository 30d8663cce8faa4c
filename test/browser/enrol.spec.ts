import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { wallClock } from '../../src/lib/clock.ts'
import { appStoreKey } from '../support/apple-files.ts'
import { openBrowser } from '../support/browser.ts'
import { issuerId, keyId } from '../support/fake-apple/key.ts'
import { startFakeApple } from '../support/fake-apple/server.ts'
import { fits } from '../support/fits.ts'
import { startOore } from '../support/oore.ts'
import { answerTo } from '../support/phone.ts'
import { visit } from '../support/visitor.ts'

const udid = '00008110-001A2B3C4D5E6F70'
const phone = { UDID: udid, PRODUCT: 'iPhone15,2', VERSION: '22B83', DEVICE_NAME: 'Ada’s iPhone' }

describe.each([
  { javaScript: true, width: 1280 },
  { javaScript: false, width: 320 },
])('javaScript: $javaScript, $width pixels', (how) => {
  test('a tester’s phone tells its UDID, and is registered at Apple with one button', async () => {
    const privateKey = appStoreKey()
    await using apple = await startFakeApple({
      keyId,
      issuerId,
      privateKey: privateKey.toString(),
      now: wallClock,
    })
    await using oore = await startOore({ OORE_ASC_BASE_URL: apple.url })
    await oore.api('POST', '/signing/app-store-keys', {
      content_base64: privateKey.toString('base64'),
      key_id: keyId,
      issuer_id: issuerId,
      name: 'our key',
    })
    await using admin = await visit(oore, '/settings/signing/devices', how)
    await admin.page.getByText('No device is known yet.').waitFor()
    await admin.page.getByLabel('What testers read').fill('Testers of Wallet')
    await admin.page.getByRole('button', { name: 'Make the link' }).click()
    const code = admin.page.getByRole('img', { name: 'QR code of the link' })
    await code.waitFor()
    if (how.javaScript) {
      expect(await code.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(
        0,
      )
    }
    const address = (await admin.page.locator('code.breakable').textContent()) ?? ''
    await fits(admin.page, how)

    await using tester = await openBrowser({ ...how, width: 390 })
    await tester.page.goto(address)
    await tester.page.getByRole('heading', { name: 'Testers of Wallet' }).waitFor()
    await fits(tester.page, how)
    const downloading = tester.page.waitForEvent('download')
    await tester.page.getByRole('link', { name: 'Tell my device’s UDID' }).click()
    const profile = readFileSync(await (await downloading).path())
    // From here on it is not the browser of the phone that goes on, but its settings.
    const { url, body } = answerTo(profile, phone)
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/pkcs7-signature' },
      body,
      redirect: 'manual',
    })
    expect(answer.status).toBe(301)
    await tester.page.goto(new URL(answer.headers.get('location') ?? '', oore.url).href)
    await tester.page.getByRole('heading', { name: 'Thank you' }).waitFor()
    await fits(tester.page, how)

    await admin.page.goto(`${oore.url}/settings/signing/devices`)
    await admin.page.getByText('19 devices').waitFor()
    await fits(admin.page, how)
    await admin.page.getByRole('link', { name: 'Ada’s iPhone' }).click()
    await admin.page.getByText('It told of itself by a link').waitFor()
    await fits(admin.page, how)
    await admin.page.getByRole('button', { name: 'Register it' }).click()
    await admin.page.getByText('Registered by the key').waitFor()
    expect(apple.has.devices).toMatchObject([{ attributes: { udid, name: 'Ada’s iPhone' } }])
    await admin.page.getByRole('link', { name: 'our key' }).click()
    await admin.page.getByRole('link', { name: 'Look at Apple' }).click()
    await admin.page.getByRole('cell', { name: /Ada’s iPhone/ }).waitFor()
    await fits(admin.page, how)
    for (const { complaints } of [admin, tester]) {
      expect(complaints.filter((text) => !text.includes('favicon.ico'))).toEqual([])
    }
  })
})
