import type { Credential } from '../../core/credentials/credential.ts'
import { days } from '../../lib/clock.ts'
import { idleCertificates, matrixOf } from '../../signing/apple/matrix.ts'
import type { Shell } from '../layout/shell.ts'
import { CalendarPage } from '../signing/calendar.tsx'
import { CredentialsPage } from '../signing/list.tsx'
import { SigningPage } from '../signing/overview.tsx'
import { CredentialPage } from '../signing/page.tsx'
import { PasswordsPage, RemoveCredentialPage } from '../signing/remove.tsx'
import { id, now } from './builds.ts'
import { type Entry, entry } from './entry.ts'

const stored = {
  isMadeHere: false,
  appleKey: null,
  lastUsed: { buildId: id(214), at: now - days(1) },
  createdBy: 'Ada',
  createdAt: now - days(90),
  updatedAt: now - days(90),
}

const certificate = (
  number: number,
  name: string,
  daysLeft: number,
  changes: Partial<Credential<'certificate'>['described']> = {},
): Credential<'certificate'> => ({
  ...stored,
  id: id(number),
  kind: 'certificate',
  name,
  expiresAt: now + days(daysLeft),
  described: {
    commonName: 'Apple Distribution: Lumen GmbH (L8M3N9P2Q4)',
    subject:
      'UID=L8M3N9P2Q4, CN=Apple Distribution: Lumen GmbH (L8M3N9P2Q4), OU=L8M3N9P2Q4, O=Lumen GmbH, C=DE',
    issuer:
      'CN=Apple Worldwide Developer Relations Certification Authority, OU=G3, O=Apple Inc., C=US',
    teamId: 'L8M3N9P2Q4',
    kind: 'distribution',
    serial: '5F2A90C31B44D1E0A7',
    sha1: String(number).padStart(40, 'a1'),
    sha256: String(number).padStart(64, 'b2'),
    notBefore: now - days(300),
    notAfter: now + days(daysLeft),
    ...changes,
  },
})

const distribution = certificate(801, 'Lumen distribution', 240)
const developer = certificate(802, 'Ada’s development certificate, which has a long name', 9, {
  commonName: 'Apple Development: Ada Lovelace (7X7X7X7X7X)',
  kind: 'development',
})

const profile = (
  number: number,
  name: string,
  daysLeft: number,
  changes: Partial<Credential<'profile'>['described']> = {},
): Credential<'profile'> => ({
  ...stored,
  id: id(number),
  kind: 'profile',
  name,
  expiresAt: now + days(daysLeft),
  described: {
    uuid: '5a2f7a31-1c0b-4f6c-9f0a-2b1c9d7e4411',
    name,
    teamId: 'L8M3N9P2Q4',
    teamName: 'Lumen GmbH',
    appIdName: 'Wallet',
    bundleId: 'com.lumen.wallet',
    kind: 'app_store',
    platforms: ['iOS', 'xrOS', 'visionOS'],
    createdAt: now - days(100),
    expiresAt: now + days(daysLeft),
    devices: [],
    certificates: [
      {
        sha1: distribution.described.sha1,
        commonName: distribution.described.commonName,
        notAfter: distribution.described.notAfter,
      },
    ],
    entitlements: {
      'application-identifier': 'L8M3N9P2Q4.com.lumen.wallet',
      'get-task-allow': false,
    },
    isXcodeManaged: false,
    ...changes,
  },
})

const profiles = [
  profile(811, 'Wallet App Store', 240),
  profile(812, 'Wallet ad hoc', 12, {
    kind: 'ad_hoc',
    devices: ['00008110-001A2B3C4D5E6F70', '00008120-000A1B2C3D4E5F60'],
  }),
  profile(813, 'Wallet widgets', 240, {
    bundleId: 'com.lumen.wallet.widgets.for-the-home-screen',
    certificates: [
      { sha1: 'f'.repeat(40), commonName: 'Apple Distribution: Old GmbH', notAfter: now },
    ],
  }),
  profile(814, 'Everything', -3, { bundleId: 'com.lumen.*', kind: 'enterprise' }),
  profile(815, 'Wallet for Macs', 200, { kind: 'developer_id', platforms: ['OSX'] }),
]

const keystore: Credential<'keystore'> = {
  ...stored,
  id: id(821),
  kind: 'keystore',
  name: 'upload_key',
  lastUsed: null,
  expiresAt: now + days(9000),
  described: {
    format: 'jks',
    alias: 'upload',
    aliases: [
      {
        alias: 'upload',
        subject: 'CN=Lumen, O=Lumen GmbH, C=DE',
        issuer: 'CN=Lumen, O=Lumen GmbH, C=DE',
        keyAlgorithm: 'RSA 2048',
        serial: '2B94D1868B789AAB',
        sha1: '8c536836b3d80cfdb9b75d925caf22a15a4a6076',
        sha256: '1053b79f6ea20a767689bb626de5c04514647e85b0672445d36eca5a7112ff02',
        notBefore: now - days(900),
        notAfter: now + days(9000),
      },
    ],
  },
}

const key: Credential<'app_store_key'> = {
  ...stored,
  id: id(831),
  kind: 'app_store_key',
  name: 'Lumen',
  expiresAt: null,
  described: { keyId: '2X9R4HXF34', issuerId: '57246542-96fe-1a63-e053-0824d011072a' },
}

const held = { certificates: [distribution, developer], profiles }
const all: Credential[] = [profiles[3]!, developer, profiles[1]!, profiles[0]!, distribution]

/** What there is to sign with. */
export function signingEntries(at: (path: string) => Shell): Entry[] {
  const shell = at('/settings/signing')
  const list = { shell, cursor: null, values: {}, errors: [], now }
  const one = {
    shell,
    history: [
      { deed: 'downloaded' as const, by: 'Ada', at: now - days(2) },
      { deed: 'added' as const, by: 'Ada', at: now - days(90) },
    ],
    held,
    keys: [key],
    errors: [],
    renewErrors: [],
    now,
  }
  return [
    entry('signing', SigningPage, {
      shell,
      counts: { certificate: 2, profile: 4, keystore: 1, app_store_key: 1 },
      expiring: all.slice(0, 3),
      matrix: matrixOf(held, now),
      idle: idleCertificates(held),
      now,
    }),
    entry('signing-none', SigningPage, {
      shell,
      counts: { certificate: 0, profile: 0, keystore: 0, app_store_key: 0 },
      expiring: [],
      matrix: [],
      idle: [],
      now,
    }),
    entry('signing-calendar', CalendarPage, {
      shell,
      page: { data: all, nextCursor: 'next' },
      cursor: 'here',
      now,
    }),
    entry('signing-calendar-none', CalendarPage, {
      shell,
      page: { data: [], nextCursor: null },
      cursor: null,
      now,
    }),
    entry('certificates', CredentialsPage, {
      ...list,
      kind: 'certificate',
      page: { data: held.certificates, nextCursor: 'next' },
    }),
    entry('certificates-refused', CredentialsPage, {
      ...list,
      kind: 'certificate',
      page: { data: [], nextCursor: null },
      values: { name: 'Lumen distribution' },
      errors: [
        { field: 'password', message: 'This password does not open the file.' },
        { field: 'file', message: 'The file is incomplete: it has 1200 bytes of 3400.' },
      ],
    }),
    entry('profiles', CredentialsPage, {
      ...list,
      kind: 'profile',
      page: { data: profiles, nextCursor: null },
    }),
    entry('keystores', CredentialsPage, {
      ...list,
      kind: 'keystore',
      page: { data: [keystore], nextCursor: null },
    }),
    entry('app-store-keys', CredentialsPage, {
      ...list,
      kind: 'app_store_key',
      page: { data: [key], nextCursor: null },
    }),
    entry('certificate', CredentialPage, {
      ...one,
      credential: distribution,
      values: { name: distribution.name },
    }),
    entry('profile', CredentialPage, {
      ...one,
      credential: profiles[1]!,
      values: { name: profiles[1]!.name },
    }),
    entry('profile-made-here', CredentialPage, {
      ...one,
      credential: { ...profiles[1]!, isMadeHere: true, appleKey: key.id },
      values: { name: profiles[1]!.name },
    }),
    entry('keystore', CredentialPage, {
      ...one,
      credential: keystore,
      values: { name: keystore.name },
    }),
    entry('app-store-key', CredentialPage, {
      ...one,
      credential: key,
      values: { name: key.name },
    }),
    entry('certificate-remove', RemoveCredentialPage, { shell, credential: distribution }),
    entry('certificate-passwords', PasswordsPage, {
      shell,
      credential: keystore,
      passwords: { store_password: 'correct horse battery staple', key_password: '' },
    }),
  ]
}

/** What the dashboard warns of. */
export const expiringCredentials: Credential[] = all.slice(0, 3)

/** What stored profiles and keys a device may have to do with. */
export const forDevices = { profiles, keys: [key] }

/** The key that Apple is asked with. */
export const appleKey = key

/** One of each kind, for tests. */
export const signingExamples: Credential[] = [distribution, profiles[0]!, keystore, key]
