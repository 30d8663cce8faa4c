import { describe, expect, test } from 'vitest'
import { addCredential } from '../../src/core/credentials/add.ts'
import { seconds } from '../../src/lib/clock.ts'
import { TestApp } from '../support/app.ts'
import { appStoreKey } from '../support/apple-files.ts'
import { admin } from '../support/ctx.ts'
import { issuerId, keyId } from '../support/fake-apple/key.ts'
import { startFakeApple } from '../support/fake-apple/server.ts'
import { readHtml, textOf } from '../support/html.ts'

const udid = '00008110-001A2B3C4D5E6F70'
const key = '/api/signing/app-store-keys/our%20key'

async function withApple() {
  const privateKey = appStoreKey()
  let now = (): number => 0
  const apple = await startFakeApple({
    keyId,
    issuerId,
    privateKey: privateKey.toString(),
    now: () => now(),
  })
  const app = await TestApp.start({ OORE_ASC_BASE_URL: apple.url })
  now = app.services.clock
  const stored = await addCredential(app.services.as(admin), 'app_store_key', {
    file: { name: `AuthKey_${keyId}.p8`, bytes: privateKey },
    fields: { issuer_id: issuerId },
    name: 'our key',
  })
  const browser = await app.asBrowser()
  return {
    apple,
    app,
    browser,
    page: `/settings/signing/app-store-keys/${stored.id}/apple`,
    post: async (path: string, json: unknown) => {
      const answer = await app.asAdmin(path, { json })
      // Answers are read as JSON by tests, which say what they expect.
      return { status: answer.status, json: (await answer.json()) as Record<string, unknown> }
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      await apple[Symbol.asyncDispose]()
    },
  }
}

describe('by the API', () => {
  test('an app goes from nothing to a profile that names a device, and on to one more', async () => {
    await using it = await withApple()
    const app = await it.post(`${key}/bundle-ids`, { bundle_id: 'com.lumen.wallet' })
    expect(app).toMatchObject({ status: 201, json: { bundle_id: 'com.lumen.wallet' } })
    const device = await it.post(`${key}/devices`, { name: 'Ada’s iPhone', udid })
    expect(device.status).toBe(201)
    expect(Object.keys(device.json)).toEqual(['id', 'name', 'udid', 'platform', 'status', 'model'])
    const certificate = await it.post(`${key}/certificates`, { kind: 'distribution' })
    expect(certificate).toMatchObject({ status: 201, json: { made_here: true } })
    const wish = { bundle_id: 'com.lumen.wallet', kind: 'ad_hoc', name: 'testers' }
    const profile = await it.post(`${key}/profiles`, wish)
    expect(profile).toMatchObject({ status: 201, json: { name: 'testers', devices: [udid] } })
    expect(await it.post(`${key}/profiles`, wish)).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining('testers') },
    })

    const added = await it.post('/api/signing/devices', { udid: 'A'.repeat(40), name: 'old iPad' })
    expect(added.json).toMatchObject({ udid: 'a'.repeat(40), registered_by: null })
    const path = `/api/signing/devices/${String(added.json['id'])}`
    const registered = await it.post(`${path}/register`, { key: 'our key' })
    expect(registered).toMatchObject({ status: 200, json: { registered_by: expect.any(String) } })
    it.app.services.advance(seconds(1))
    const renewed = await it.post('/api/signing/profiles/testers/renew', {
      add_device: 'a'.repeat(40),
      deletes_old: true,
    })
    expect(renewed).toMatchObject({ status: 200, json: { devices: [udid, 'a'.repeat(40)] } })
    expect(it.apple.has.profiles).toHaveLength(1)

    const shown = await (await it.app.asAdmin(`${key}/apple`)).json()
    expect(shown).toMatchObject({
      bundle_ids: [{ bundle_id: 'com.lumen.wallet' }],
      devices: [{ udid }, { udid: 'a'.repeat(40) }],
      certificates: [{ stored_as: certificate.json['name'] }],
      profiles: [{ stored_as: 'testers', devices: 2, devices_missing: 0, state: 'ACTIVE' }],
    })
  })

  test('Apple’s own words arrive with the status that says whether to try again', async () => {
    await using it = await withApple()
    it.apple.fail({
      is: 'status',
      status: 403,
      code: 'FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED',
    })
    const agreement = await it.app.asAdmin(`${key}/apple`)
    expect([agreement.status, await agreement.text()]).toEqual([
      409,
      expect.stringContaining('Account Holder'),
    ])
    it.apple.fail({ is: 'status', status: 429, headers: { 'retry-after': '90' } })
    const limited = await it.app.asAdmin(`${key}/apple`)
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([503, '90'])
    it.apple.fail({ is: 'dropped' })
    expect((await it.app.asAdmin(`${key}/apple`)).status).toBe(503)
  })
})

describe('by the page', () => {
  test('each form does its part, and says beside its field what is wrong', async () => {
    await using it = await withApple()
    const { browser, page } = it
    const text = async (answer: Response) => textOf(readHtml(await answer.text()))
    expect(await text(await browser.ask(page))).toContain('None yet.')

    const wrong = await browser.ask(`${page}/bundle-ids`, { form: { app_bundle_id: 'com lumen' } })
    const html = await wrong.text()
    expect(wrong.status).toBe(422)
    expect(html).toContain('field-app_bundle_id-error')
    expect(html).toContain('value="com lumen"')
    const app = await browser.ask(`${page}/bundle-ids`, {
      form: { app_bundle_id: 'com.lumen.wallet', app_name: '' },
    })
    expect([app.status, app.headers.get('location')]).toEqual([303, page])
    await browser.ask(`${page}/devices`, { form: { device_name: 'Ada’s iPhone', udid } })
    const certificate = await browser.ask(`${page}/certificates`, {
      form: { certificate_kind: 'distribution', certificate_name: 'ours' },
    })
    expect(certificate.headers.get('location')).toMatch(/\/signing\/certificates\/\w{26}$/)
    const fields = { bundle_id: 'com.lumen.wallet', kind: 'ad_hoc', name: 'testers' }
    const unknown = await browser.ask(`${page}/profiles`, {
      form: { ...fields, devices: 'a'.repeat(40) },
    })
    expect(await text(unknown)).toContain('not registered and enabled at Apple')
    const profile = await browser.ask(`${page}/profiles`, {
      form: { ...fields, devices: `${udid}\n`, certificate: 'ours' },
    })
    const address = profile.headers.get('location') ?? ''
    expect(address).toMatch(/\/signing\/profiles\/\w{26}$/)
    it.app.services.advance(seconds(1))
    expect(await text(await browser.ask(address))).toContain('Then delete the old one at Apple')
    const renewed = await browser.ask(`${address}/renew`, { form: { deletes_old: 'true' } })
    expect(renewed.headers.get('location')).toBe(address)
    expect(it.apple.has.profiles).toHaveLength(1)

    it.apple.addDevice('one more', 'b'.repeat(40))
    const shown = await text(await browser.ask(page))
    for (const words of ['com.lumen.wallet', 'Stored as', '1 device missing: renew it']) {
      expect(shown).toContain(words)
    }
    expect(it.apple.calls.filter((call) => call.startsWith('DELETE /v1/certificates'))).toEqual([])

    expect(shown).not.toContain('Store it here')
    await browser.ask(`${address}/remove`, { form: {} })
    const withButton = await (await browser.ask(page)).text()
    const [, store = ''] = /action="([^"]+\/store)"/.exec(withButton) ?? []
    const stored = await browser.ask(store, { form: {} })
    const storedAt = stored.headers.get('location') ?? ''
    expect(storedAt).toMatch(/\/signing\/profiles\/\w{26}$/)
    const offered = await text(await browser.ask(storedAt))
    expect(offered).toContain('Renew it')
    expect(offered).not.toContain('delete the old one')
  })

  test('what was refused is said where it was asked for, and nothing typed is lost where Apple is away', async () => {
    await using it = await withApple()
    const { browser, page } = it
    it.apple.addBundleId('com.lumen.wallet')
    it.apple.addDevice('first', udid)
    await it.post(`${key}/certificates`, { kind: 'distribution' })
    const wish = { bundle_id: 'com.lumen.wallet', kind: 'ad_hoc', name: 'testers' }
    const profile = await it.post(`${key}/profiles`, wish)
    const profilePage = `/settings/signing/profiles/${String(profile.json['id'])}`
    const unknown = await browser.ask(`${profilePage}/renew`, {
      form: { add_device: 'a'.repeat(40) },
    })
    expect(unknown.status).toBe(422)
    const said = await unknown.text()
    expect(said).toContain('not registered and enabled at Apple')
    expect(said).toContain('<h1>')
    expect(said).toContain('Renew it')

    const added = await it.post('/api/signing/devices', { udid: 'a'.repeat(40), name: 'old iPad' })
    const devicePage = `/settings/signing/devices/${String(added.json['id'])}`
    it.apple.fail({ is: 'dropped' })
    const keyField = /name="key" value="(\w{26})"/.exec(
      await (await browser.ask(devicePage)).text(),
    )
    const away = await browser.ask(`${devicePage}/register`, { form: { key: keyField?.[1] ?? '' } })
    expect(away.status).toBe(503)
    expect(await away.text()).toContain('old iPad')
    const typed = await browser.ask(`${page}/devices`, {
      form: { device_name: 'Ada’s iPhone', udid: 'zz' },
    })
    expect(typed.status).toBe(422)
    const html = await typed.text()
    expect(html).toContain('value="zz"')
    expect(html).toContain('field-udid-error')
    expect(html).not.toContain('None yet.')
  })

  test('of a device registers it and has a profile renewed with it', async () => {
    await using it = await withApple()
    const { browser } = it
    it.apple.addBundleId('com.lumen.wallet')
    it.apple.addDevice('first', udid)
    await it.post(`${key}/certificates`, { kind: 'distribution' })
    await it.post(`${key}/profiles`, {
      bundle_id: 'com.lumen.wallet',
      kind: 'ad_hoc',
      name: 'testers',
    })
    const added = await it.post('/api/signing/devices', { udid: 'a'.repeat(40), name: 'old iPad' })
    const path = `/settings/signing/devices/${String(added.json['id'])}`
    const before = await (await browser.ask(path)).text()
    expect(before).toContain('Register it')
    expect(before).toContain('Does not name it.')
    const keyField = /name="key" value="(\w{26})"/.exec(before)?.[1] ?? ''
    const done = await browser.ask(`${path}/register`, { form: { key: keyField } })
    expect([done.status, done.headers.get('location')]).toEqual([303, path])
    const [, renew = ''] = /action="([^"]+\/renew)"/.exec(before) ?? []
    it.app.services.advance(seconds(1))
    await browser.ask(renew, { form: { add_device: 'a'.repeat(40) } })
    const after = await (await browser.ask(path)).text()
    expect(after).toContain('Register it again')
    expect(after).toContain('can be installed on this device')
    const wrong = await browser.ask(path, { form: { name: ' ' } })
    expect(wrong.status).toBe(422)
    await browser.ask(path, { form: { name: 'the old iPad' } })
    expect(await (await browser.ask(path)).text()).toContain('the old iPad')
  })
})
