import { describe, expect, test } from 'vitest'
import { dictionaryAt, textAt } from '../../src/lib/plist/plist.ts'
import { readPlist } from '../../src/lib/plist/read.ts'
import { exportOptions, type ExportWish } from '../../src/signing/apple/export-options.ts'

const wish: ExportWish = {
  kind: 'app_store',
  teamId: 'L8M3N9P2Q4',
  certificate: 'Apple Distribution: Lumen & Söhne, Inc. <L8M3N9P2Q4>',
  profiles: { 'com.lumen.wallet': 'Wallet "Store"', 'com.lumen.wallet.widgets': 'Widgets' },
  xcode: '16.2',
}
const listOf = (more: Partial<ExportWish>) =>
  readPlist(Buffer.from(exportOptions({ ...wish, ...more })))

describe('the method', () => {
  test.each<[xcode: string | null, methods: string[]]>([
    ['15.2', ['development', 'ad-hoc', 'app-store', 'enterprise', 'developer-id']],
    ['9', ['development', 'ad-hoc', 'app-store', 'enterprise', 'developer-id']],
    [null, ['development', 'ad-hoc', 'app-store', 'enterprise', 'developer-id']],
    ['15.3', ['debugging', 'release-testing', 'app-store-connect', 'enterprise', 'developer-id']],
    ['15.10', ['debugging', 'release-testing', 'app-store-connect', 'enterprise', 'developer-id']],
    ['26.0.1', ['debugging', 'release-testing', 'app-store-connect', 'enterprise', 'developer-id']],
  ])('has the names that Xcode %s knows', (xcode, methods) => {
    const kinds = ['development', 'ad_hoc', 'app_store', 'enterprise', 'developer_id'] as const
    expect(kinds.map((kind) => textAt(listOf({ kind, xcode }), 'method'))).toEqual(methods)
  })
})

test('names come through markup as they are, each bundle identifier with its profile', () => {
  const list = listOf({})
  expect(textAt(list, 'signingCertificate')).toBe(wish.certificate)
  expect(textAt(list, 'teamID')).toBe(wish.teamId)
  expect(textAt(list, 'signingStyle')).toBe('manual')
  expect(Object.fromEntries(dictionaryAt(list, 'provisioningProfiles'))).toEqual(wish.profiles)
})

test('what somebody wants otherwise wins, the rest stays', () => {
  const manifest = { appURL: 'https://ci.example.com/a.ipa?x=1&y=2' }
  const list = listOf({ custom: { uploadSymbols: false, method: 'ad-hoc', manifest, count: 3 } })
  expect(list.get('uploadSymbols')).toBe(false)
  expect(list.get('stripSwiftSymbols')).toBe(true)
  expect(textAt(list, 'method')).toBe('ad-hoc')
  expect(Object.fromEntries(dictionaryAt(list, 'manifest'))).toEqual(manifest)
  expect(list.get('count')).toBe(3)
})
