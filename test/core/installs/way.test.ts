import { describe, expect, test } from 'vitest'
import type { AppInfo, Package } from '../../../src/core/installs/install.ts'
import { type Circumstances, deviceOf, wayTo } from '../../../src/core/installs/way.ts'

const now = Date.UTC(2026, 10, 20)

const app = (changes: Partial<AppInfo> = {}): Package => ({
  is: 'read',
  app: {
    title: 'Wallet',
    bundleId: 'com.lumen.wallet',
    version: '2.4.0',
    buildNumber: '214',
    minimumOs: '15.0',
    profile: { kind: 'ad_hoc', expiresAt: now + 1, deviceCount: 2, bundleIds: 'com.lumen.wallet' },
    icon: null,
    ...changes,
  },
})

const way = (changes: Partial<Circumstances>) =>
  wayTo({
    kind: 'ipa',
    package: app(),
    device: 'ios_safari',
    baseUrl: new URL('https://ci.example'),
    now,
    ...changes,
  })

/** As they are sent by browsers of these years. */
const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15'
const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15'

describe('deviceOf', () => {
  test.each([
    [`${iphone} (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1`, 'ios_safari'],
    [`${iphone} (KHTML, like Gecko) CriOS/137.0.7151.51 Mobile/15E148 Safari/604.1`, 'ios_other'],
    [`${iphone} (KHTML, like Gecko) FxiOS/139.0 Mobile/15E148 Safari/605.1.15`, 'ios_other'],
    [
      `${iphone} (KHTML, like Gecko) Version/18.0 EdgiOS/137.0 Mobile/15E148 Safari/604.1`,
      'ios_other',
    ],
    [`${iphone} (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/450.0.0]`, 'ios_other'],
    [
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36',
      'android',
    ],
    [`${mac} (KHTML, like Gecko) Version/18.5 Safari/605.1.15`, 'mac'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0', 'other'],
    ['', 'other'],
  ])('%s is %s', (userAgent, device) => {
    expect(deviceOf(userAgent)).toBe(device)
  })
})

describe('wayTo', () => {
  test('an iOS app is installed from Safari, over https', () => {
    expect(way({})).toMatchObject({ is: 'here' })
    expect(way({ device: 'mac' })).toMatchObject({
      is: 'here',
      hint: expect.stringMatching(/iPad only/),
    })
  })

  test.each([
    ['ios_other', /Safari/],
    ['android', /runs Android/],
    ['other', /code below/],
  ] as const)('an iOS app on %s is installed elsewhere', (device, why) => {
    expect(way({ device })).toEqual({ is: 'elsewhere', why: expect.stringMatching(why) })
  })

  const profile = { kind: 'ad_hoc', expiresAt: null, deviceCount: 1, bundleIds: null } as const
  test.each<[what: string, changes: Partial<Circumstances>, why: RegExp]>([
    ['a server without https', { baseUrl: new URL('http://ci.example') }, /OORE_BASE_URL/],
    ['a file that is no app', { package: { is: 'unread', why: 'it is no zip' } }, /it is no zip/],
    ['an app without an id', { package: app({ bundleId: null }) }, /CFBundleIdentifier/],
    ['an app without a profile', { package: app({ profile: null }) }, /provisioning profile/],
    [
      'an app for the App Store',
      { package: app({ profile: { ...profile, kind: 'app_store' } }) },
      /TestFlight/,
    ],
    [
      'an expired profile',
      { package: app({ profile: { ...profile, expiresAt: now } }) },
      /has expired/,
    ],
    [
      'a profile for another app',
      { package: app({ profile: { ...profile, bundleIds: 'com.lumen.other' } }) },
      /com\.lumen\.other.*com\.lumen\.wallet/,
    ],
  ])('%s: nowhere, and why', (_what, changes, why) => {
    for (const device of ['ios_safari', 'mac', 'other'] as const) {
      expect(way({ device, ...changes })).toEqual({
        is: 'nowhere',
        why: expect.stringMatching(why),
      })
    }
  })

  test('a profile for many apps fits those that begin as it says', () => {
    const fits = (bundleIds: string) =>
      way({ package: app({ profile: { ...profile, bundleIds } }) }).is
    expect([fits('*'), fits('com.lumen.*'), fits('com.other.*')]).toEqual([
      'here',
      'here',
      'nowhere',
    ])
  })

  test('an Android app is installed on Android, also without https', () => {
    const apk = { kind: 'apk', package: { is: 'unopened' } } as const
    const baseUrl = new URL('http://ci.example')
    expect(way({ ...apk, baseUrl, device: 'android' })).toMatchObject({ is: 'here' })
    for (const device of ['ios_safari', 'ios_other', 'mac', 'other'] as const) {
      expect(way({ ...apk, device })).toMatchObject({ is: 'elsewhere' })
    }
  })
})
