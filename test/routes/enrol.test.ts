import { describe, expect, test } from 'vitest'
import { makeDeviceLink } from '../../src/core/devices/links.ts'
import { renameDevice } from '../../src/core/devices/change.ts'
import { listDeviceLinks, listDevices } from '../../src/core/devices/find.ts'
import { tidy } from '../../src/core/maintenance/tidy.ts'
import { days, minutes } from '../../src/lib/clock.ts'
import { dictionaryAt, textAt } from '../../src/lib/plist/plist.ts'
import { readPlist } from '../../src/lib/plist/read.ts'
import { TestApp } from '../support/app.ts'
import { admin } from '../support/ctx.ts'
import { elementsOf, readHtml, textOf } from '../support/html.ts'
import { answerTo } from '../support/phone.ts'

const udid = '00008110-001A2B3C4D5E6F70'
const phone = { UDID: udid, PRODUCT: 'iPhone15,2', VERSION: '22B83', DEVICE_NAME: 'Ada’s iPhone' }
const firstPage = { limit: 50, cursor: null }

async function appWithLink(settings: Record<string, string> = {}) {
  const app = await TestApp.start(settings)
  const made = await app.asAdmin('/api/signing/device-links', {
    json: { name: 'Testers', uses: 3 },
  })
  const json = (await made.json()) as { id: string; url: string; uses_left: number }
  const path = new URL(json.url).pathname
  return {
    app,
    made,
    json,
    path,
    profile: async () =>
      Buffer.from(await (await app.asStranger(`${path}/profile.mobileconfig`)).arrayBuffer()),
    send: (body: Uint8Array<ArrayBuffer>, from = '127.0.0.1') =>
      app.asStranger(`${path}/device`, {
        method: 'POST',
        headers: { 'content-type': 'application/pkcs7-signature' },
        body,
        from,
      }),
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}

describe('a link for testers', () => {
  test('is shown once, with its code, and is in no list afterwards', async () => {
    await using it = await appWithLink()
    expect(it.made.status).toBe(201)
    expect(it.json).toMatchObject({ name: 'Testers', uses_left: 3 })
    expect(it.path).toMatch(/^\/enroll\/[\w-]{43}$/)
    const list = await (await it.app.asAdmin('/api/signing/device-links')).text()
    expect(list).toContain(it.json.id)
    expect(list).not.toContain(it.path.slice(-43))

    const browser = await it.app.asBrowser()
    const answer = await browser.ask('/settings/signing/device-links', {
      form: { name: 'By page' },
    })
    const page = readHtml(await answer.text())
    const code = elementsOf(page).find(({ attributes }) => attributes['class'] === 'qr')
    expect(code?.attributes['src']).toMatch(/^data:image\/svg\+xml;base64,/)
    expect(textOf(page)).toMatch(/http:\/\/localhost:8080\/enroll\/[\w-]{43}/)
    const devices = await (await browser.ask('/settings/signing/devices')).text()
    expect(devices).toContain('By page')
    expect(devices).not.toMatch(/enroll\/[\w-]{43}/)
  })

  test('opens a page in plain words for whoever has it, and hides it from everybody else', async () => {
    await using it = await appWithLink()
    const answer = await it.app.asStranger(it.path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect(answer.headers.get('x-robots-tag')).toContain('noindex')
    const page = readHtml(await answer.text())
    const text = textOf(page)
    for (const word of ['UDID', 'model', 'version', 'name', 'Not Signed', 'https']) {
      expect(text).toContain(word)
    }
    const links = elementsOf(page).filter(({ name }) => name === 'a')
    expect(links.map(({ attributes }) => attributes['href'])).toContain(
      `${it.path}/profile.mobileconfig`,
    )
    // A look is not a use: link previews of messengers take none.
    await it.app.asStranger(it.path, { method: 'HEAD' })
    await it.profile()
    expect(await usesLeft(it.app)).toBe(3)
  })

  test('hands out a profile that asks for four things and answers to this very server', async () => {
    await using it = await appWithLink({ OORE_BASE_URL: 'https://ci.lumen.example' })
    const answer = await it.app.asStranger(`${it.path}/profile.mobileconfig`)
    expect(answer.headers.get('cache-control')).toContain('no-store')
    const list = readPlist(Buffer.from(await answer.arrayBuffer()))
    expect(textAt(list, 'PayloadUUID')).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/)
    const content = dictionaryAt(list, 'PayloadContent')
    expect(textAt(content, 'URL')).toBe(`https://ci.lumen.example${it.path}/device`)
    expect(textAt(content, 'Challenge')).toMatch(/^[\w-]{40,}$/)
  })

  test('lets a phone in once for each place, and one link’s challenge is no other’s', async () => {
    await using it = await appWithLink()
    const profileOfLink = await it.profile()
    const answer = answerTo(profileOfLink, phone)
    expect(new URL(answer.url).pathname).toBe(`${it.path}/device`)
    const done = await it.send(answer.body)
    expect([done.status, done.headers.get('location')]).toEqual([301, '/enroll/done'])
    const { data } = (await (await it.app.asAdmin('/api/signing/devices')).json()) as {
      data: { id: string }[]
    }
    const device = data[0]!
    expect(device).toMatchObject({
      udid,
      name: 'Ada’s iPhone',
      product: 'iPhone15,2',
      os_version: '22B83',
      enrolled: true,
      registered_by: null,
    })
    const one = await it.app.asAdmin(`/api/signing/devices/${device.id}`)
    expect(await one.json()).toEqual(device)

    const other = await makeDeviceLink(it.app.services.as(admin), { name: 'Other' })
    const stolen = await it.app.asStranger(`${other.url.pathname}/device`, {
      method: 'POST',
      headers: { 'content-type': 'application/pkcs7-signature' },
      body: answer.body,
    })
    expect(stolen.status).toBe(400)
    for (const [digit, status] of [
      ['1', 301],
      ['2', 301],
      ['3', 404],
    ] as const) {
      const another = answerTo(profileOfLink, { ...phone, UDID: `00008110-00${digit.repeat(14)}` })
      expect((await it.send(another.body)).status).toBe(status)
    }
    expect((await it.app.asStranger(it.path)).status).toBe(404)
  })

  test('takes no second place for a phone that tries again, and leaves it the name it was given', async () => {
    await using it = await appWithLink()
    const { body } = answerTo(await it.profile(), phone)
    expect((await it.send(body)).status).toBe(301)
    const known = await listDevices(it.app.services.as(admin), firstPage)
    await renameDevice(it.app.services.as(admin), known.data[0]!.id, 'Phone of the office')
    expect((await it.send(body)).status).toBe(301)
    expect(await usesLeft(it.app)).toBe(2)
    const { data } = await listDevices(it.app.services.as(admin), firstPage)
    expect(data).toMatchObject([{ udid, name: 'Phone of the office' }])
  })

  test('that is guessed is not told from one that has ended, and guessing is slowed down', async () => {
    await using it = await appWithLink()
    const answerOf = async (path: string) => {
      const answer = await it.app.asStranger(path, { from: '203.0.113.7' })
      const text = (await answer.text()).replaceAll(/\/enroll\/[\w-]+|[0-9A-Z]{26}/g, '')
      return [answer.status, text]
    }
    it.app.services.advance(days(8))
    expect(await answerOf(it.path)).toEqual(await answerOf(`/enroll/${'x'.repeat(43)}`))
    for (let i = 0; i < 58; i += 1) await answerOf(`/enroll/guess-${i}`)
    const [status] = await answerOf('/enroll/one-more')
    expect(status).toBe(429)
    expect((await it.app.asStranger(it.path, { from: '203.0.113.8' })).status).toBe(404)
  })

  test('is forgotten a month after it has ended', async () => {
    await using it = await appWithLink()
    const { services } = it.app
    const maintain = services.as({ is: 'system' })
    services.advance(days(7) + minutes(1))
    await tidy(maintain)
    expect((await listDeviceLinks(services.as(admin), firstPage)).data).toHaveLength(1)
    services.advance(days(30))
    await tidy(maintain)
    expect((await listDeviceLinks(services.as(admin), firstPage)).data).toEqual([])
  })
})

async function usesLeft(app: TestApp): Promise<number | undefined> {
  const { data } = await listDeviceLinks(app.services.as(admin), firstPage)
  return data[0]?.usesLeft
}
