import type { AppleAccount } from '../../core/apple/show.ts'
import type { Shell } from '../layout/shell.ts'
import { ApplePage } from '../signing/apple.tsx'
import { id, now } from './builds.ts'
import { type Entry, entry } from './entry.ts'
import { appleKey as key } from './signing.ts'

const account: AppleAccount = {
  key,
  devices: [
    {
      id: 'D1',
      name: 'Ada’s iPhone',
      udid: '00008110-001A2B3C4D5E6F70',
      platform: 'IOS',
      status: 'ENABLED',
      deviceClass: 'IPHONE',
      model: 'iPhone 15 Pro',
    },
  ],
  waiting: [
    {
      id: id(871),
      udid: 'a1b2'.repeat(10),
      name: 'The old iPad of the meeting room',
      product: null,
      osVersion: null,
      isEnrolled: false,
      registeredBy: null,
      createdAt: now,
    },
  ],
  bundleIds: [
    { id: 'B1', identifier: 'com.lumen.*', name: 'All of Lumen', platform: 'IOS' },
    { id: 'B2', identifier: 'com.lumen.wallet', name: 'Wallet', platform: 'IOS' },
  ],
  certificates: [
    {
      id: 'C1',
      name: 'Apple Distribution: Lumen GmbH (L8M3N9P2Q4)',
      certificateType: 'DISTRIBUTION',
      serialNumber: '5F2A90C31B44D1E0A7',
      expirationDate: '2027-08-01T10:00:00Z',
      displayName: 'Lumen GmbH',
      heldAs: 'Lumen distribution',
    },
  ],
  profiles: [
    {
      id: 'P1',
      name: 'com.lumen.wallet app_store 2026-11-01 100000',
      uuid: '5a2f7a31-1c0b-4f6c-9f0a-2b1c9d7e4411',
      profileType: 'IOS_APP_STORE',
      profileState: 'ACTIVE',
      expirationDate: '2027-11-01T10:00:00Z',
      heldAs: null,
      bundleId: 'com.lumen.wallet',
      devices: null,
    },
    {
      id: 'P2',
      name: 'com.lumen.wallet ad_hoc 2026-11-01 100000',
      uuid: '6a2f7a31-1c0b-4f6c-9f0a-2b1c9d7e4411',
      profileType: 'IOS_APP_ADHOC',
      profileState: 'INVALID',
      expirationDate: '2027-11-01T10:00:00Z',
      heldAs: 'Wallet ad hoc',
      bundleId: 'com.lumen.wallet',
      devices: { named: 12, missing: 1 },
    },
  ],
}

/** What a team has at Apple. */
export function appleEntries(at: (path: string) => Shell): Entry[] {
  const shell = at('/settings/signing')
  return [
    entry('apple', ApplePage, { shell, account, refused: null }),
    entry('apple-away', ApplePage, {
      shell,
      account: { key },
      refused: {
        form: 'app' as const,
        values: { app_bundle_id: 'com lumen' },
        errors: [
          { field: 'app_bundle_id', message: 'The bundle id must be like com.example.app.' },
        ],
      },
    }),
    entry('apple-none', ApplePage, {
      shell,
      account: { key, devices: [], waiting: [], bundleIds: [], certificates: [], profiles: [] },
      refused: {
        form: 'device' as const,
        values: { name: 'Ada’s iPhone', udid: 'x' },
        errors: [{ field: 'udid', message: 'The udid must be 8 and 16 digits.' }],
      },
    }),
  ]
}
