import { describe, expect, test } from 'vitest'
import { days } from '../../src/lib/clock.ts'
import { readCertificate } from '../../src/signing/apple/certificate.ts'
import {
  covers,
  fit,
  type Held,
  type HeldCertificate,
  type HeldProfile,
  withoutDevices,
} from '../../src/signing/apple/fit.ts'
import { idleCertificates, matrixOf } from '../../src/signing/apple/matrix.ts'
import { readProfile } from '../../src/signing/apple/profile.ts'
import { profileOf, type Signer, signer, team } from '../support/apple-files.ts'
import { noon } from '../support/clock.ts'

const own = signer()
const development = signer({ name: 'Apple Development: Ada (AAAAAAAAAA)' })
const expired = signer({ name: 'Apple Development: Old (AAAAAAAAAA)', until: '2025-12-31' })

const certificate = (name: string, { der }: Signer): HeldCertificate => {
  const described = readCertificate(der)
  return { id: name, name, described: { ...described, kind: described.kind ?? 'distribution' } }
}

type Source = NonNullable<Parameters<typeof profileOf>[0]>
const profile = (name: string, source: Source = {}): HeldProfile => ({
  id: name,
  name,
  described: readProfile(profileOf(source)),
})

const held = (certificates: HeldCertificate[], ...profiles: HeldProfile[]): Held => ({
  certificates,
  profiles,
})
const distribution = certificate('distribution', own)
const namesOf = (all: readonly { name: string }[]) => all.map(({ name }) => name)

const bundle = (kind: 'app_store' | 'ad_hoc', bundleId: string, all: Held, now = noon) => {
  const found = fit({ by: 'bundle', kind, bundleId }, all, now)
  return { ...found, profiles: namesOf(found.profiles), certificates: namesOf(found.certificates) }
}
const adHoc = { changes: { ProvisionedDevices: ['00008030-1E'] } }
const until = (day: string) => ({ changes: { ExpirationDate: new Date(day) } })

describe('a bundle identifier', () => {
  test('is signed with its own profile before a pattern, the longer before the shorter', () => {
    const all = held(
      [distribution],
      profile('everything', { bundleId: '*' }),
      profile('company', { bundleId: 'com.lumen.*' }),
      profile('own'),
    )
    expect(bundle('app_store', 'com.lumen.wallet', all).profiles).toEqual(['own'])
    expect(bundle('app_store', 'com.lumen.other', all).profiles).toEqual(['company'])
    expect(bundle('app_store', 'org.example.app', all).profiles).toEqual(['everything'])
  })

  test('is signed with the newest of several, and with none that has ended while one has not', () => {
    const all = held(
      [distribution],
      profile('early', until('2027-01-01')),
      profile('late', until('2028-01-01')),
      profile('ended', { ...until('2025-12-31'), bundleId: 'com.lumen.wallet' }),
    )
    expect(bundle('app_store', 'com.lumen.wallet', all).profiles).toEqual(['late'])
    const soon = bundle('app_store', 'com.lumen.wallet', all, Date.parse('2027-12-30'))
    expect(soon).toMatchObject({ profiles: ['late'], problems: [] })
    expect(soon.warnings).toEqual(['The profile "late" expires on 1 January 2028.'])
  })

  test('brings its extensions along, each with its own, and says which cannot be signed', () => {
    const all = held(
      [distribution],
      profile('app'),
      profile('widgets', { bundleId: 'com.lumen.wallet.widgets' }),
      profile('watch', { bundleId: 'com.lumen.wallet.watch', certificates: [development] }),
      profile('neighbour', { bundleId: 'com.lumen.wallets' }),
    )
    const found = bundle('app_store', 'com.lumen.wallet', all)
    expect([found.profiles, found.certificates]).toEqual([['app', 'widgets'], ['distribution']])
    expect(found.warnings).toEqual([expect.stringContaining('The profile "watch"')])
  })

  test.each<[what: string, all: Held, says: RegExp]>([
    ['nothing is stored', held([]), /^No App Store profile for com\.lumen\.wallet is stored\./],
    [
      'only another kind is',
      held([distribution], profile('a', adHoc)),
      /For that identifier only ad hoc is stored/,
    ],
    [
      'only another identifier is',
      held([distribution], profile('a', { bundleId: 'com.lumen.other' })),
      /Of that kind there are profiles for com\.lumen\.other/,
    ],
    [
      'the profile has ended',
      held([distribution], profile('a', until('2025-12-31'))),
      /expired on/,
    ],
    [
      'Xcode manages it',
      held([distribution], profile('a', { changes: { IsXcodeManaged: true } })),
      /is managed by Xcode/,
    ],
    ['no certificate is stored', held([], profile('a')), /none of them is stored here/],
    [
      'only one of the same team is',
      held([certificate('mine', development)], profile('a')),
      new RegExp(`of the team ${team} only "mine" is stored here`),
    ],
    [
      'its certificate has ended',
      held([certificate('old', expired)], profile('a', { certificates: [expired] })),
      /"old", which is stored here, expired on 31 December 2025/,
    ],
    [
      'the profile contains none',
      held([distribution], profile('a', { certificates: [] })),
      /no certificate: none is in it/,
    ],
  ])('is not signed where %s', (_what, all, says) => {
    const found = bundle('app_store', 'com.lumen.wallet', all)
    expect(found).toMatchObject({ profiles: [], certificates: [] })
    expect(found.problems).toEqual([expect.stringMatching(says)])
  })

  test('needs devices where it is for devices', () => {
    const none = profile('a', { changes: { ProvisionedDevices: [] } })
    const found = bundle('ad_hoc', 'com.lumen.wallet', held([distribution], none))
    expect(found.problems).toEqual([expect.stringContaining('is for no device at all')])
  })

  test('has a profile for each system, and that for iOS must hold', () => {
    const mac = { changes: { Platform: ['OSX'] } }
    const all = held([distribution], profile('ios', until('2026-06-01')), profile('mac', mac))
    expect(bundle('app_store', 'com.lumen.wallet', all).profiles).toEqual(['ios', 'mac'])
    const ended = held([distribution], profile('ios', until('2025-12-01')), profile('mac', mac))
    expect(bundle('app_store', 'com.lumen.wallet', ended).problems).toEqual([
      expect.stringMatching(/The profile "ios" .* expired/),
    ])
    const tv = profile('tv', {
      changes: { Platform: ['tvOS'], ExpirationDate: new Date('2025-12-01') },
    })
    const both = bundle('app_store', 'com.lumen.wallet', held([distribution], profile('ios'), tv))
    expect(both).toMatchObject({
      profiles: ['ios'],
      warnings: [expect.stringContaining('The profile "tv"')],
    })
    // A pattern for another system is no reason to hold the app back.
    const pattern = profile('all', { bundleId: '*', ...until('2025-12-01') })
    const besides = bundle(
      'app_store',
      'com.lumen.wallet',
      held([distribution], pattern, profile('mac', mac)),
    )
    expect(besides).toMatchObject({
      profiles: ['mac'],
      problems: [],
      warnings: [expect.stringContaining('The profile "all"')],
    })
    const onlyMac = held([distribution], profile('mac', mac))
    expect(bundle('app_store', 'com.lumen.wallet', onlyMac).profiles).toEqual(['mac'])
    expect(
      matrixOf(all, noon).map(({ platform, cells }) => [platform, cells.app_store.profile?.name]),
    ).toEqual([
      ['iOS', 'ios'],
      ['OSX', 'mac'],
    ])
  })

  test('tells which devices a profile for devices is without', () => {
    const known = (name: string, udid: string, product: string | null = null) => ({
      name,
      udid,
      product,
    })
    const ada = known('Ada’s iPhone', '00008030-1e', 'iPhone15,2')
    const bob = known('Bob’s iPad', '00008030-2E')
    const mac = known('A Mac', '00006000-1', 'Mac14,2')
    const hoc = profile('hoc', adHoc)
    expect(withoutDevices([hoc], [ada, mac])).toEqual([])
    expect(withoutDevices([hoc, profile('store')], [ada, bob])).toEqual([
      expect.stringMatching(/^The profile "hoc" does not contain Bob’s iPad, which is known here/),
    ])
    const many = ['1', '2', '3', '4', '5'].map((each) => known(each, each))
    expect(withoutDevices([hoc], many)[0]).toContain('1, 2, 3 and 2 more, which are known')
  })

  test('is covered by patterns at a dot alone', () => {
    expect(covers('com.lumen.*', 'com.lumen.wallet.widgets')).toBe(true)
    expect(covers('com.lumen.*', 'com.lumens.wallet')).toBe(false)
    expect(covers('com.lumen.*', 'com.lumen')).toBe(false)
    expect(covers('com.lumen.wallet', 'com.lumen.wallet.widgets')).toBe(false)
  })
})

describe('names', () => {
  const by = (profiles: string[], certificates: string[], all: Held) =>
    fit({ by: 'reference', profiles, certificates }, all, noon)

  test('are taken as they are written, and those that are not there are told with what is', () => {
    const all = held([distribution, certificate('dev', development)], profile('wallet'))
    expect(by(['wallet'], ['distribution'], all)).toMatchObject({ problems: [] })
    expect(by(['Wallet'], ['x'], all).problems).toEqual([
      expect.stringContaining('There is no profile "Wallet": stored are wallet.'),
      expect.stringContaining('There is no certificate "x": stored are distribution, dev.'),
    ])
    expect(by(['wallet'], ['dev'], all).problems).toEqual([
      expect.stringContaining('of those stored it contains "distribution"'),
    ])
    const old = held([certificate('old', expired)])
    expect(by([], ['old'], old).problems).toEqual([expect.stringContaining('expired on')])
  })
})

describe('the matrix', () => {
  test('has a row for each identifier, and says of each kind whether it fits', () => {
    const all = held(
      [distribution],
      profile('store'),
      profile('hoc', { ...adHoc, certificates: [development] }),
      profile('soon', { bundleId: 'com.lumen.a', ...until('2026-01-10') }),
    )
    const rows = matrixOf(all, noon)
    const stateOf = (row: number, kind: 'app_store' | 'ad_hoc' | 'enterprise') => {
      const { state, profile: chosen, text } = rows[row]!.cells[kind]
      return [state, chosen?.name ?? null, text]
    }
    expect(rows.map(({ bundleId }) => bundleId)).toEqual(['com.lumen.a', 'com.lumen.wallet'])
    expect(stateOf(0, 'app_store')).toEqual(['expires_soon', 'soon', 'Expires on 10 January 2026.'])
    expect(stateOf(1, 'app_store')).toEqual(['fits', 'store', null])
    expect(stateOf(1, 'ad_hoc')).toEqual(['misfit', 'hoc', expect.stringContaining('only "dist')])
    expect(stateOf(1, 'enterprise')).toEqual(['none', null, null])
    expect(matrixOf(all, noon + days(9))[0]!.cells.app_store.state).toBe('misfit')
  })

  test('names the certificates that nothing is signed with', () => {
    const all = held([distribution, certificate('dev', development)], profile('store'))
    expect(namesOf(idleCertificates(all))).toEqual(['dev'])
  })
})
