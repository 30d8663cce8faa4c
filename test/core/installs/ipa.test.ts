import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import type { Package } from '../../../src/core/installs/install.ts'
import { readIpa } from '../../../src/core/installs/ipa.ts'
import {
  adHocProfile,
  applePng,
  ipaOf,
  plistOf,
  type PlistSourceDictionary,
  walletInfo,
  zipOf,
} from '../../support/apps.ts'

const home = mkdtempSync(join(tmpdir(), 'oore-ipa-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

let count = 0
async function read(bytes: Buffer | Promise<Buffer>): Promise<Package> {
  const file = join(home, String((count += 1)))
  writeFileSync(file, await bytes)
  return readIpa(file)
}

async function unread(bytes: Buffer | Promise<Buffer>): Promise<string> {
  const found = await read(bytes)
  return found.is === 'unread' ? found.why : `it was read: ${JSON.stringify(found)}`
}

describe('readIpa', () => {
  test('finds what the app says of itself, and what it is signed for', async () => {
    expect(await read(ipaOf())).toEqual({
      is: 'read',
      app: {
        title: 'Wallet',
        bundleId: 'com.lumen.wallet',
        version: '2.4.0',
        buildNumber: '214',
        minimumOs: '15.0',
        profile: {
          kind: 'ad_hoc',
          expiresAt: Date.UTC(2026, 11, 1),
          deviceCount: 2,
          bundleIds: 'com.lumen.wallet',
        },
        icon: null,
      },
    })
  })

  const { ProvisionedDevices: _, ...noDevices } = adHocProfile
  test.each<[kind: string, profile: PlistSourceDictionary]>([
    ['ad_hoc', adHocProfile],
    ['app_store', noDevices],
    ['enterprise', { ...noDevices, ProvisionsAllDevices: true }],
    ['development', { ...adHocProfile, Entitlements: { 'get-task-allow': true } }],
  ])('tells a profile for %s', async (kind, profile) => {
    expect(await read(ipaOf({ profile }))).toMatchObject({ app: { profile: { kind } } })
  })

  test('an app without a profile, a title or a version is one too', async () => {
    const info = { CFBundleIdentifier: 'com.lumen.wallet', CFBundleName: '' }
    expect(await read(ipaOf({ info, profile: null }))).toMatchObject({
      app: { title: null, version: null, profile: null, icon: null },
    })
  })

  test('what an app calls itself is one line of some length', async () => {
    const info = { ...walletInfo, CFBundleDisplayName: `a\u202e\nb${'c'.repeat(500)}` }
    const found = await read(ipaOf({ info }))
    const title = found.is === 'read' ? (found.app.title ?? '') : ''
    expect(title).toMatch(/^a bc+…$/)
    expect(title.length).toBe(200)
  })

  test('its largest icon is drawn anew, so that every browser shows it', async () => {
    const more = {
      'Payload/Runner.app/AppIcon60x60@2x.png': applePng(2, 2, [1, 2, 3]),
      'Payload/Runner.app/AppIcon60x60@3x.png': applePng(3, 3, [200, 100, 50]),
    }
    const found = await read(ipaOf({ more }))
    const icon = Buffer.from((found.is === 'read' && found.app.icon) || [])
    expect(icon.toString('latin1', 12, 16)).toBe('IHDR')
    expect([icon.readUInt32BE(16), icon.readUInt32BE(20)]).toEqual([3, 3])
    const at = icon.indexOf('IDAT')
    const rows = inflateSync(icon.subarray(at + 4, at + 4 + icon.readUInt32BE(at - 4)))
    expect([...rows.subarray(0, 9)]).toEqual([0, 200, 100, 50, 255, 200, 100, 50, 255])
  })

  test('an icon that is none, or unpacks to more than it says, is left out', async () => {
    const bomb = applePng(3, 3, [0, 0, 0])
    bomb.writeUInt32BE(1, bomb.indexOf('IHDR') + 4)
    for (const icon of ['<svg onload=alert(1)>', bomb, applePng(2000, 1, [0, 0, 0])]) {
      const more = { 'Payload/Runner.app/AppIcon60x60@2x.png': icon }
      expect(await read(ipaOf({ more }))).toMatchObject({ is: 'read', app: { icon: null } })
    }
  })
})

describe('a file that means harm', () => {
  test('is no zip, or one without an app', async () => {
    expect(await unread(Buffer.from('no zip'))).toMatch(/no zip/)
    expect(await unread(Buffer.alloc(0))).toMatch(/no zip/)
    expect(await unread((await ipaOf()).subarray(0, 200))).toMatch(/no zip/)
    expect(await unread(zipOf({ 'a.txt': 'a' }))).toMatch(/no Payload/)
    expect(await unread(zipOf({ 'Payload/a.app/x.png': 'a' }))).toMatch(/no Info\.plist/)
  })

  test('holds two apps, of which one would be shown and the other installed', async () => {
    const more = { 'Payload/Other.app/Info.plist': plistOf(walletInfo) }
    expect(await unread(ipaOf({ more }))).toMatch(/more than one app/)
  })

  test('holds a file twice', async () => {
    const bytes = await ipaOf({ more: { 'Payload/Runner.app/Info.plisT': 'another' } })
    const twice = Buffer.from(bytes.toString('latin1').replaceAll('plisT', 'plist'), 'latin1')
    expect(await unread(twice)).toMatch(/twice/)
  })

  test('has names that lead elsewhere', async () => {
    const bytes = await ipaOf({ more: { 'aa/etc/passwd': 'root' } })
    const evil = Buffer.from(bytes.toString('latin1').replaceAll('aa/etc', '../etc'), 'latin1')
    expect(await unread(evil)).toMatch(/not sound/)
  })

  test('unpacks to more than anyone needs, or to more than it says', async () => {
    const info = { ...walletInfo, Filler: 'x'.repeat(2_000_000) }
    const bomb = await ipaOf({ info })
    expect(bomb.length).toBeLessThan(10_000)
    expect(await unread(bomb)).toMatch(/too large/)

    // The sizes in the list say 700 bytes; the stream holds two million.
    const size = Buffer.alloc(4)
    size.writeUInt32LE(plistOf(info).length)
    const small = Buffer.alloc(4)
    small.writeUInt32LE(700)
    const lying = Buffer.from(
      bomb.toString('latin1').replaceAll(size.toString('latin1'), small.toString('latin1')),
      'latin1',
    )
    expect(lying).not.toEqual(bomb)
    expect(await unread(lying)).toMatch(/does not unpack/)
  })

  test('has a broken list or a broken profile', async () => {
    expect(await unread(ipaOf({ info: Buffer.from('bplist00') }))).toMatch(/cut short/)
    const more = { 'Payload/Runner.app/embedded.mobileprovision': 'nothing' }
    expect(await unread(ipaOf({ profile: null, more }))).toMatch(/no property list/)
  })
})
