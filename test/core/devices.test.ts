import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { addDevice } from '../../src/core/devices/add.ts'
import { removeDevice, renameDevice } from '../../src/core/devices/change.ts'
import { linkLifeMs } from '../../src/core/devices/device.ts'
import { listDeviceLinks, listDevices } from '../../src/core/devices/find.ts'
import { makeDeviceLink, removeDeviceLink } from '../../src/core/devices/links.ts'
import { textAt, dictionaryAt } from '../../src/lib/plist/plist.ts'
import { readPlist } from '../../src/lib/plist/read.ts'
import { writeXmlPlist } from '../../src/lib/plist/write.ts'
import { newId } from '../../src/lib/ids.ts'
import { TestApp } from '../support/app.ts'
import { unsignedText } from '../support/apple-files.ts'
import { admin } from '../support/ctx.ts'
import { signedBy } from '../support/phone.ts'

const udid = '00008110-001A2B3C4D5E6F70'
const firstPage = { limit: 50, cursor: null }

async function enrolment(uses = 2) {
  const app = await TestApp.start()
  const ctx = app.services.as(admin)
  const { link, url } = await makeDeviceLink(ctx, { name: 'Testers', uses })
  const profile = await app.asStranger(`${url.pathname}/profile.mobileconfig`)
  const list = readPlist(Buffer.from(await profile.arrayBuffer()))
  const content = dictionaryAt(list, 'PayloadContent')
  const challenge = textAt(content, 'Challenge') ?? ''
  const answer = (body: Buffer | string, type = 'application/pkcs7-signature') =>
    app.asStranger(new URL(textAt(content, 'URL') ?? '').pathname, {
      method: 'POST',
      headers: { 'content-type': type },
      body: new Uint8Array(Buffer.from(body)),
    })
  const phone = (changes: Record<string, string> = {}) => ({
    UDID: udid,
    PRODUCT: 'iPhone15,2',
    VERSION: '22B83',
    DEVICE_NAME: 'Ada’s iPhone',
    CHALLENGE: challenge,
    ...changes,
  })
  return {
    app,
    ctx,
    link,
    url,
    profile,
    list,
    answer,
    phone,
    known: async () => (await listDevices(ctx, firstPage)).data,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}

describe('enrolment', () => {
  test('asks a phone for its UDID, and knows it afterwards', async () => {
    await using on = await enrolment()
    expect(on.profile.headers.get('content-type')).toBe('application/x-apple-aspen-config')
    expect(textAt(on.list, 'PayloadType')).toBe('Profile Service')
    expect(dictionaryAt(on.list, 'PayloadContent').get('DeviceAttributes')).toEqual([
      'UDID',
      'PRODUCT',
      'VERSION',
      'DEVICE_NAME',
    ])
    const page = await on.app.asStranger(on.url.pathname)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('Testers')

    const done = await on.answer(signedBy(on.phone()))
    expect([done.status, done.headers.get('location')]).toEqual([301, '/enroll/done'])
    expect((await on.app.asStranger('/enroll/done')).status).toBe(200)
    expect(await on.known()).toMatchObject([
      { udid, name: 'Ada’s iPhone', product: 'iPhone15,2', osVersion: '22B83', isEnrolled: true },
    ])
    // The same phone once more is the same device, by its name here, and takes no second place.
    const again = signedBy(on.phone({ DEVICE_NAME: 'Ada', VERSION: '23A1' }), 'sha1')
    expect((await on.answer(again)).status).toBe(301)
    expect(await on.known()).toMatchObject([{ name: 'Ada’s iPhone', osVersion: '23A1' }])
    const other = (UDID: string) => on.answer(signedBy(on.phone({ UDID })))
    expect((await other('a'.repeat(40))).status).toBe(301)
    expect((await other('b'.repeat(40))).status).toBe(404)
  })

  test('takes signatures by elliptic keys, signers named by their key, and ways that it cannot check', async () => {
    await using on = await enrolment(3)
    const small = on.phone({ UDID: udid.toLowerCase() })
    expect((await on.answer(signedBy(small, 'sha256', true))).status).toBe(301)
    expect((await on.known()).map((each) => each.udid)).toEqual([udid])
    // By RSA-PSS, which is not checked here: the challenge alone is believed.
    const pss = signedBy(on.phone({ UDID: 'c'.repeat(40) }), 'sha256', false, [
      ...['-keyopt', 'rsa_padding_mode:pss'],
    ])
    expect((await on.answer(pss)).status).toBe(301)
    const changed = signedBy(on.phone({ UDID: 'a'.repeat(40) }), 'sha256', true)
    changed.write('b', changed.indexOf('a'.repeat(40)), 'latin1')
    expect((await on.answer(changed)).status).toBe(400)
  })

  test.each([
    [
      'a wrong challenge',
      (phone: Record<string, string>) => signedBy({ ...phone, CHALLENGE: 'x' }),
    ],
    ['no UDID', (phone: Record<string, string>) => signedBy({ ...phone, UDID: 'none' })],
    ['an unsigned list', (phone: Record<string, string>) => Buffer.from(writeXmlPlist(phone))],
    [
      'a list that was changed',
      (phone: Record<string, string>) => {
        const bytes = signedBy(phone)
        const at = bytes.indexOf(udid)
        bytes.write('00008110-FFFFFFFFFFFFFFFF', at, 'latin1')
        return bytes
      },
    ],
    [
      'a list that nobody has signed',
      (phone: Record<string, string>) => unsignedText(writeXmlPlist(phone)),
    ],
    ['half of one', (phone: Record<string, string>) => signedBy(phone).subarray(0, 900)],
    ['nothing', () => Buffer.alloc(0)],
  ])('takes no device from %s', async (_, make) => {
    await using on = await enrolment()
    const answer = await on.answer(make(on.phone()))
    expect(answer.status).toBe(400)
    expect(await on.known()).toEqual([])
    const [link] = (await listDeviceLinks(on.ctx, firstPage)).data
    expect(link?.usesLeft).toBe(2)
  })

  test('refuses what is too large, and other media types', async () => {
    await using on = await enrolment()
    expect((await on.answer(Buffer.alloc(70_000))).status).toBe(413)
    expect((await on.answer(signedBy(on.phone()), 'application/json')).status).toBe(415)
  })

  test('is over with its link: removed, past its time, or never there, all the same', async () => {
    await using on = await enrolment()
    const { app, ctx, link, url } = on
    const answers = async (path: string) => {
      const page = await app.asStranger(path)
      const profile = await app.asStranger(`${path}/profile.mobileconfig`)
      return [page.status, profile.status, (await page.text()).replace(/\/enroll\/[\w-]+/g, '')]
    }
    const never = await answers('/enroll/never-there')
    expect(never.slice(0, 2)).toEqual([404, 404])
    app.services.advance(linkLifeMs + 1)
    const [status] = await answers(url.pathname)
    expect(status).toBe(404)
    const { url: other, link: made } = await makeDeviceLink(ctx, { name: 'Other' })
    await removeDeviceLink(ctx, made.id)
    expect((await answers(other.pathname))[0]).toBe(404)
    await removeDeviceLink(ctx, link.id)
  })

  test('keeps no token that opens anything', async () => {
    await using on = await enrolment()
    const token = on.url.pathname.split('/').at(-1) ?? ''
    const path = on.app.services.config.database.url.replace('file:', '')
    expect(token).toHaveLength(43)
    for (const file of [path, `${path}-wal`]) {
      expect(readFileSync(file).includes(token)).toBe(false)
    }
  })
})

test('devices by hand are checked, renamed and forgotten, by administrators', async () => {
  await using app = await TestApp.start()
  const ctx = app.services.as(admin)
  await expect(addDevice(ctx, { udid: 'x', name: 'n' })).rejects.toMatchObject({
    fields: [{ field: 'udid' }],
  })
  await expect(addDevice(ctx, { udid, name: ' ' })).rejects.toMatchObject({
    fields: [{ field: 'name' }],
  })
  const device = await addDevice(ctx, { udid, name: 'one' })
  expect((await renameDevice(ctx, device.id, 'two')).name).toBe('two')
  const role = 'developer' as const
  const developer = app.services.as({ is: 'user', userId: newId(), name: 'D', role })
  expect((await listDevices(developer, firstPage)).data).toHaveLength(1)
  await expect(removeDevice(developer, device.id)).rejects.toMatchObject({ trouble: 'forbidden' })
  await removeDevice(ctx, device.id)
  expect((await listDevices(ctx, firstPage)).data).toEqual([])
})
