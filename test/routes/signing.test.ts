import { describe, expect, test } from 'vitest'
import { days } from '../../src/lib/clock.ts'
import {
  appStoreKey,
  distributionName,
  keystoreFile,
  p12Of,
  profileOf,
  signer,
  team,
} from '../support/apple-files.ts'
import { type Asker, type Browser, TestApp } from '../support/app.ts'
import { personWith } from '../support/sign-in.ts'

type Json = ReturnType<typeof JSON.parse>

const password = 'a-password-of-the-p12'
const issuer_id = '57246542-96fe-1a63-e053-0824d011072a'
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

const uploads = {
  certificates: () => ({ content_base64: base64(p12Of(signer(), { password })), password }),
  profiles: () => ({ content_base64: base64(profileOf()) }),
  keystores: () => ({
    content_base64: base64(keystoreFile('upload.jks')),
    store_password: 'store-pass-1',
    key_password: 'key-pass-1',
  }),
  'app-store-keys': () => ({
    content_base64: base64(appStoreKey()),
    file_name: 'AuthKey_2X9R4HXF34.p8',
    issuer_id,
  }),
}
type Noun = keyof typeof uploads

async function store(ask: Asker, noun: Noun, more: object = {}): Promise<Json> {
  const answer = await ask(`/api/signing/${noun}`, { json: { ...uploads[noun](), ...more } })
  const json: Json = await answer.json()
  if (answer.status !== 201) throw new Error(JSON.stringify(json))
  return json
}

/** The form of a page, with a file in it. */
function sent(fields: Record<string, string>, file: Uint8Array, name: string) {
  const body = new FormData()
  body.append('file', new Blob([file as BlobPart]), name)
  for (const [field, text] of Object.entries(fields)) body.append(field, text)
  return { method: 'POST', body }
}

const pageOf = async (browser: Browser, path: string): Promise<string> =>
  (await browser.ask(path)).text()

const noStore = (answer: Response) => answer.headers.get('cache-control')

describe('the API', () => {
  test('answers with what was read, and with nothing that was secret', async () => {
    await using app = await TestApp.start()
    const certificate = await store(app.asAdmin, 'certificates', { name: 'distribution' })
    expect(certificate).toMatchObject({
      id: expect.stringMatching(/^[0-9A-Z]{26}$/) as string,
      name: 'distribution',
      kind: 'distribution',
      common_name: distributionName,
      subject: expect.stringContaining(`OU=${team}`) as string,
      team_id: team,
      serial: expect.stringMatching(/^5F2A/) as string,
      sha1: signer().sha1,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      not_after: '2045-01-01T00:00:00.000Z',
      created_at: '2026-01-01T12:00:00.000Z',
      last_used_at: null,
      last_used_build_id: null,
    })
    expect(await store(app.asAdmin, 'profiles', { name: 'wallet' })).toMatchObject({
      name: 'wallet',
      uuid: expect.stringMatching(/^0{8}-/) as string,
      profile_name: 'Wallet App Store',
      team_id: team,
      bundle_id: 'com.lumen.wallet',
      kind: 'app_store',
      expires_at: '2040-06-01T00:00:00.000Z',
      devices: [],
      certificates: [{ sha1: signer().sha1, common_name: distributionName }],
      entitlements: { 'application-identifier': `${team}.com.lumen.wallet` },
    })
    expect(await store(app.asAdmin, 'keystores')).toMatchObject({
      name: 'upload',
      format: 'jks',
      alias: 'upload',
      aliases: [{ alias: 'upload', not_after: '2054-12-25T00:00:00.000Z' }],
    })
    expect(await store(app.asAdmin, 'app-store-keys')).toMatchObject({
      name: 'Key 2X9R4HXF34',
      key_id: '2X9R4HXF34',
      issuer_id,
    })
    for (const noun of Object.keys(uploads)) {
      const list = await (await app.asAdmin(`/api/signing/${noun}`)).text()
      expect(list).not.toMatch(/pass-1|a-password|PRIVATE|sealed|content_base64|"password/)
    }
  })

  test('names the field of every refusal, in a sentence', async () => {
    await using app = await TestApp.start()
    const p12 = base64(p12Of(signer(), { password }))
    const jks = base64(keystoreFile('two.jks'))
    const tries: [Noun, object, field: string, says: RegExp][] = [
      ['certificates', { content_base64: p12, password: 'x' }, 'password', /does not open/],
      ['certificates', { content_base64: 'AAAA' }, 'file', /few bytes|is no \.p12/],
      ['profiles', { content_base64: p12 }, 'file', /not a provisioning profile/],
      ['profiles', { ...uploads.profiles(), name: 'a/b' }, 'name', /write up to 100 letters/],
      ['keystores', { content_base64: jks, store_password: 'x' }, 'store_password', /not open/],
      ['keystores', { content_base64: jks, store_password: 'store-pass-2' }, 'alias', /say which/],
      ['keystores', { ...uploads.keystores(), key_password: 'x' }, 'key_password', /not the key/],
      ['app-store-keys', { content_base64: base64(appStoreKey()) }, 'key_id', /is missing/],
      ['app-store-keys', { ...uploads['app-store-keys'](), issuer_id: 'x' }, 'issuer_id', /UUID/],
    ]
    for (const [noun, json, field, says] of tries) {
      const answer = await app.asAdmin(`/api/signing/${noun}`, { json })
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
      expect([noun, answer.status, await answer.json()]).toMatchObject([
        noun,
        422,
        { errors: [{ field, message: expect.stringMatching(says) as string }] },
      ])
      const list: Json = await (await app.asAdmin(`/api/signing/${noun}`)).json()
      expect(list.data).toEqual([])
    }
  })

  test('tells of what is stored already, replaces, renames and removes, by id or by name', async () => {
    await using app = await TestApp.start()
    const first = await store(app.asAdmin, 'profiles', { name: 'wallet' })
    const taken = await app.asAdmin('/api/signing/profiles', {
      json: { ...uploads.profiles(), name: 'wallet' },
    })
    expect([taken.status, await taken.json()]).toMatchObject([
      409,
      { detail: expect.stringContaining('“replace”') as string },
    ])
    const renewed = await store(app.asAdmin, 'profiles', { name: 'wallet', replace: true })
    expect(renewed.id).toBe(first.id)
    expect(renewed.uuid).not.toBe(first.uuid)

    const path = '/api/signing/profiles/wallet'
    expect(await (await app.asAdmin(path)).json()).toMatchObject({ id: first.id })
    const renamed = await app.asAdmin(path, { method: 'PATCH', json: { name: 'Wallet (new)' } })
    expect(await renamed.json()).toMatchObject({ id: first.id, name: 'Wallet (new)' })
    expect((await app.asAdmin(path)).status).toBe(404)
    const byName = '/api/signing/profiles/Wallet%20(new)'
    expect((await app.asAdmin(byName, { method: 'DELETE' })).status).toBe(204)
    expect((await app.asAdmin(byName)).status).toBe(404)
    expect((await app.asAdmin(byName, { method: 'DELETE' })).status).toBe(404)
  })

  test('lists in pages, by name, with a link to the next', async () => {
    await using app = await TestApp.start()
    for (const name of ['c', 'a', 'b']) await store(app.asAdmin, 'profiles', { name })
    const page = await app.asAdmin('/api/signing/profiles?limit=2')
    const first: Json = await page.json()
    expect(first.data.map((each: Json) => each.name)).toEqual(['a', 'b'])
    expect(page.headers.get('link')).toMatch(/rel="next"/)
    const rest = await app.asAdmin(`/api/signing/profiles?limit=2&cursor=${first.next_cursor}`)
    expect(await rest.json()).toMatchObject({ data: [{ name: 'c' }], next_cursor: null })
  })

  test('hands out file and passwords to owners, by a POST that no cache keeps', async () => {
    await using app = await TestApp.start()
    await store(app.asAdmin, 'certificates', { name: 'distribution' })
    const { browser } = await personWith(app, 'owner')
    const path = '/api/signing/certificates/distribution/download'
    const answer = await browser.ask(path, { method: 'POST' })
    const got: Json = await answer.json()
    expect([answer.status, noStore(answer)]).toEqual([200, expect.stringContaining('no-store')])
    expect(got).toMatchObject({ name: 'distribution', file_name: 'distribution.p12', password })
    const again = { content_base64: got.content_base64, password: got.password, replace: true }
    expect(
      await store(app.asAdmin, 'certificates', { ...again, name: 'distribution' }),
    ).toMatchObject({ sha1: signer().sha1 })
    expect((await browser.ask(path)).status).toBe(405)
    const admin = await personWith(app, 'admin', 'second')
    expect((await admin.browser.ask(path, { method: 'POST' })).status).toBe(403)
  })
})

describe('the pages', () => {
  test('show a form again with what was typed, without passwords, and say to choose the file anew', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const fields = {
      store_password: 'typed-secret',
      alias: 'typed-alias',
      key_password: '',
      name: 'x',
    }
    const answer = await browser.ask(
      '/settings/signing/keystores',
      sent(fields, keystoreFile('two.jks'), 'two.jks'),
    )
    const text = await answer.text()
    expect(answer.status).toBe(422)
    expect(text).toContain('This password does not open the keystore.')
    expect(text).toContain('id="field-store_password-error"')
    expect(text).toMatch(/value="typed-alias"/)
    expect(text).toContain('Choose the file again')
    expect(text).not.toContain('typed-secret')
  })

  test('lead from the overview to each, and show all that it says of itself', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const made = await browser.ask(
      '/settings/signing/certificates',
      sent({ password, name: 'distribution' }, p12Of(signer(), { password }), 'x.p12'),
    )
    const path = made.headers.get('location') ?? ''
    expect([made.status, path]).toEqual([
      303,
      expect.stringMatching(/^\/settings\/signing\/certificates\/[0-9A-Z]{26}$/),
    ])
    const certificate = await pageOf(browser, path)
    const fingerprint = signer().sha1.toUpperCase().match(/../g)?.join(':') ?? ''
    for (const text of [distributionName, team, fingerprint, '2045-01-01', 'Stored', 'Rename']) {
      expect(certificate).toContain(text)
    }
    await store(app.asAdmin, 'profiles', { name: 'wallet' })
    const overview = await pageOf(browser, '/settings/signing')
    for (const text of ['com.lumen.wallet', 'wallet', 'distribution', 'Fits']) {
      expect(overview).toContain(text)
    }
    expect(await pageOf(browser, '/settings/signing/profiles')).toContain('com.lumen.wallet')
    expect(await pageOf(browser, '/settings')).toContain('href="/settings/signing"')
  })

  test('say what to do where a profile’s certificate is not stored', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const profile = await store(app.asAdmin, 'profiles', { name: 'wallet' })
    const overview = await pageOf(browser, '/settings/signing')
    expect(overview).toContain('Fits nothing')
    expect(overview).toContain('Store it with its private key (.p12)')
    const shown = await pageOf(browser, `/settings/signing/profiles/${profile.id}`)
    expect(shown).toContain('Not stored here')
    await store(app.asAdmin, 'certificates', { name: 'distribution' })
    expect(await pageOf(browser, `/settings/signing/profiles/${profile.id}`)).toMatch(
      /Stored<\/span> as/,
    )
    expect(await pageOf(browser, '/settings/signing')).not.toContain('Fits nothing')
  })

  test('mark what ends soon and what has ended', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const ends = (day: string) => ({ changes: { ExpirationDate: new Date(`${day}T12:00:00Z`) } })
    const bytes = base64(profileOf(ends('2026-01-11')))
    await store(app.asAdmin, 'profiles', { name: 'soon', content_base64: bytes })
    await store(app.asAdmin, 'profiles', { name: 'later' })
    expect(await pageOf(browser, '/settings/signing/profiles')).toContain('Expires in 10 days')
    expect(await pageOf(browser, '/settings/signing')).toContain('Ends soon')
    app.services.advance(days(11))
    // Its session has ended too by now.
    const later = await app.asBrowser()
    expect(await pageOf(later, '/settings/signing/profiles')).toContain('Expired yesterday')
  })

  test('hand the file to owners as an attachment, the passwords on a page, and write both down', async () => {
    await using app = await TestApp.start()
    const { id } = await store(app.asAdmin, 'keystores')
    const { browser } = await personWith(app, 'owner', 'Olga')
    const path = `/settings/signing/keystores/${id}`
    expect(await pageOf(browser, path)).toContain('Download the file')
    const file = await browser.ask(`${path}/download`, { method: 'POST' })
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="upload.jks"')
    expect(noStore(file)).toContain('no-store')
    expect(Buffer.from(await file.arrayBuffer()).equals(keystoreFile('upload.jks'))).toBe(true)
    const secrets = await browser.ask(`${path}/passwords`, { method: 'POST' })
    expect(noStore(secrets)).toContain('no-store')
    const text = await secrets.text()
    expect([text.includes('store-pass-1'), text.includes('key-pass-1')]).toEqual([true, true])
    const history = await pageOf(browser, path)
    expect(history.match(/Taken out/g)).toHaveLength(2)
    expect(history).toContain('Olga')

    for (const role of ['admin', 'developer'] as const) {
      const other = await personWith(app, role, role)
      const shown = await pageOf(other.browser, path)
      expect([role, shown.includes('Download'), shown.includes('Olga')]).toEqual([
        role,
        false,
        true,
      ])
      for (const what of ['download', 'passwords']) {
        const refused = await other.browser.ask(`${path}/${what}`, { method: 'POST' })
        expect([role, what, refused.status]).toEqual([role, what, 403])
      }
    }
  })

  test('give no file to a link, nor to a form of another site', async () => {
    await using app = await TestApp.start()
    const { id } = await store(app.asAdmin, 'keystores')
    const browser = await app.asBrowser()
    const path = `/settings/signing/keystores/${id}/download`
    expect((await browser.ask(path)).status).toBe(405)
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    expect((await browser.ask(path, { method: 'POST', headers })).status).toBe(403)
    const shown: Json = await (await app.asAdmin(`/api/signing/keystores/${id}`)).json()
    expect(shown.id).toBe(id)
  })

  test('rename, and ask before something is forgotten', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const { id } = await store(app.asAdmin, 'keystores')
    const path = `/settings/signing/keystores/${id}`
    const wrong = await browser.ask(path, { form: { name: 'a/b' } })
    expect([wrong.status, (await wrong.text()).includes('value="a/b"')]).toEqual([422, true])
    expect((await browser.ask(path, { form: { name: 'Play upload' } })).status).toBe(303)
    const asked = await pageOf(browser, `${path}/remove`)
    expect(asked).toContain('Play upload')
    expect(asked).toContain('Nothing is revoked')
    expect((await browser.ask(`${path}/remove`, { form: {} })).status).toBe(303)
    expect((await browser.ask(path)).status).toBe(404)
  })
})
