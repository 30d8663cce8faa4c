import { describe, expect, test } from 'vitest'
import { createCertificate } from '../../src/core/apple/create-certificate.ts'
import { createProfile } from '../../src/core/apple/create-profile.ts'
import { renewProfile } from '../../src/core/apple/renew-profile.ts'
import { registerAppId } from '../../src/core/apple/register-app-id.ts'
import { registerDevice, registerKnownDevice } from '../../src/core/apple/register-device.ts'
import { showApple } from '../../src/core/apple/show.ts'
import { storeProfile } from '../../src/core/apple/store-profile.ts'
import { addCredential } from '../../src/core/credentials/add.ts'
import { showCredential, showHeld } from '../../src/core/credentials/find.ts'
import { removeCredential } from '../../src/core/credentials/remove.ts'
import type { Ctx } from '../../src/core/ctx.ts'
import { schema } from '../../src/db/client.ts'
import { days, minutes, seconds } from '../../src/lib/clock.ts'
import { newId } from '../../src/lib/ids.ts'
import { fit } from '../../src/signing/apple/fit.ts'
import { addDevice } from '../../src/core/devices/add.ts'
import { showDevice } from '../../src/core/devices/find.ts'
import { appStoreKey, profileOf } from '../support/apple-files.ts'
import { admin, makeServices } from '../support/ctx.ts'
import { issuerId, keyId } from '../support/fake-apple/key.ts'
import { startFakeApple } from '../support/fake-apple/server.ts'

const udid = '00008110-001A2B3C4D5E6F70'

async function account({ perPage = 200, otherKey = false } = {}) {
  const privateKey = appStoreKey()
  // Both go by one clock, as the tests hold it.
  let now = (): number => 0
  const apple = await startFakeApple({
    keyId,
    issuerId,
    privateKey: (otherKey ? appStoreKey() : privateKey).toString(),
    now: () => now(),
    perPage,
  })
  const services = await makeServices({ OORE_ASC_BASE_URL: apple.url })
  now = services.clock
  const ctx = services.as(admin)
  const storeKey = (name: string) =>
    addCredential(ctx, 'app_store_key', {
      file: { name: `AuthKey_${keyId}.p8`, bytes: privateKey },
      fields: { issuer_id: issuerId },
      name,
    })
  await storeKey('our key')
  return {
    storeKey,
    apple,
    services,
    ctx,
    async [Symbol.asyncDispose]() {
      await apple[Symbol.asyncDispose]()
      await services[Symbol.asyncDispose]()
    },
  }
}

const waiting = (ctx: Ctx) => ctx.db.read.select().from(schema.signingRequests).all()

describe('an account at Apple', () => {
  test('gets certificates and profiles that fit, and shows what is held here', async () => {
    await using all = await account()
    const { apple, ctx } = all
    apple.addBundleId('com.lumen.wallet')
    apple.addBundleId('com.lumen.wallet.widgets')
    const certificate = await createCertificate(ctx, 'our key', { kind: 'distribution' })
    expect(certificate).toMatchObject({ isMadeHere: true, described: { kind: 'distribution' } })
    const wish = { bundle_id: 'com.lumen.wallet', kind: 'app_store' as const, name: 'store' }
    const profile = await createProfile(ctx, 'our key', wish)
    expect(profile).toMatchObject({ name: 'store', described: { bundleId: 'com.lumen.wallet' } })
    const kind = 'app_store' as const
    const found = fit(
      { by: 'bundle', kind, bundleId: 'com.lumen.wallet' },
      await showHeld(ctx),
      ctx.clock(),
    )
    expect(found.problems).toEqual([])
    expect(found.certificates.map(({ id }) => id)).toEqual([certificate.id])
    const shown = await showApple(ctx, 'our key')
    expect(shown.certificates).toMatchObject([{ heldAs: certificate.name }])
    expect(shown.profiles).toMatchObject([{ heldAs: 'store' }])
    expect(JSON.stringify(shown)).not.toContain('Content')
  })

  test('registers devices, once each, and makes profiles for all of them', async () => {
    await using all = await account()
    const { apple, ctx } = all
    apple.addBundleId('com.lumen.wallet')
    await createCertificate(ctx, 'our key', { kind: 'distribution' })
    const wish = { bundle_id: 'com.lumen.wallet', kind: 'ad_hoc' as const, name: 'testers' }
    await expect(createProfile(ctx, 'our key', wish)).rejects.toMatchObject({
      message: expect.stringContaining('no device is registered'),
    })
    const first = await registerDevice(ctx, 'our key', { name: 'Ada’s phone', udid })
    expect(await registerDevice(ctx, 'our key', { name: 'again', udid })).toEqual(first)
    const profile = await createProfile(ctx, 'our key', wish)
    expect(profile.described.devices).toEqual([udid])

    await registerDevice(ctx, 'our key', { name: 'second', udid: 'a'.repeat(40) })
    all.services.advance(seconds(1))
    const renewed = await renewProfile(ctx, 'testers', {})
    expect(renewed).toMatchObject({ id: profile.id, name: 'testers' })
    expect(renewed.described.devices).toEqual([udid, 'a'.repeat(40)])
    expect(apple.has.profiles).toHaveLength(2)
    all.services.advance(seconds(1))
    await renewProfile(ctx, 'testers', { deletes_old: true })
    expect(apple.has.profiles).toHaveLength(2)
  })

  test('has profiles that are there already stored here, renewed by the same key, and never deleted', async () => {
    await using all = await account()
    const { apple, ctx } = all
    apple.addBundleId('com.lumen.wallet')
    await createCertificate(ctx, 'our key', { kind: 'distribution' })
    const wish = { bundle_id: 'com.lumen.wallet', kind: 'app_store' as const, name: 'store' }
    const made = await createProfile(ctx, 'our key', wish)
    await expect(storeProfile(ctx, 'our key', made.described.uuid)).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringContaining('"store"'),
    })
    await removeCredential(ctx, 'profile', 'store')
    await expect(storeProfile(ctx, 'our key', 'store')).rejects.toMatchObject({
      trouble: 'not_found',
    })
    const atApple = made.described.name
    const stored = await storeProfile(ctx, 'our key', atApple, { name: 'store' })
    expect(stored).toMatchObject({
      name: 'store',
      isMadeHere: false,
      described: { uuid: made.described.uuid },
    })
    all.services.advance(seconds(1))
    const renewed = await renewProfile(ctx, 'store', { deletes_old: true })
    expect([renewed.id, renewed.isMadeHere]).toEqual([stored.id, true])
    expect(apple.has.profiles).toHaveLength(2)

    apple.has.certificates.splice(0)
    await expect(storeProfile(ctx, 'our key', atApple)).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringContaining('no longer good at Apple'),
    })
  })

  test('renews profiles with the certificates of before while one of them is good, whatever came since', async () => {
    await using all = await account()
    const { apple, ctx } = all
    apple.addBundleId('com.lumen.wallet')
    await createCertificate(ctx, 'our key', { kind: 'distribution', name: 'first' })
    const wish = { bundle_id: 'com.lumen.wallet', kind: 'app_store' as const, name: 'store' }
    const sha1 = ({ described }: Awaited<ReturnType<typeof createProfile>>) =>
      described.certificates.map((each) => each.sha1)
    const before = sha1(await createProfile(ctx, 'our key', wish))
    all.services.advance(days(1))
    await createCertificate(ctx, 'our key', { kind: 'distribution', name: 'second' })
    expect(sha1(await renewProfile(ctx, 'store', {}))).toEqual(before)
    all.services.advance(seconds(1))
    const other = sha1(await renewProfile(ctx, 'store', { certificate: 'second' }))
    expect(other).not.toEqual(before)
    await removeCredential(ctx, 'certificate', 'second')
    all.services.advance(seconds(1))
    expect(sha1(await renewProfile(ctx, 'store', {}))).toEqual(before)
  })

  test('renews one profile once at a time, so that no device is lost and none is left over at Apple', async () => {
    await using all = await account()
    const { apple, ctx } = all
    apple.addBundleId('com.lumen.wallet')
    await createCertificate(ctx, 'our key', { kind: 'distribution' })
    const udids = ['a', 'b', 'c'].map((letter) => letter.repeat(40))
    for (const each of udids) apple.addDevice(each, each)
    const wish = { bundle_id: 'com.lumen.wallet', kind: 'ad_hoc' as const, name: 'testers' }
    await createProfile(ctx, 'our key', { ...wish, devices: udids.slice(0, 1) })
    const ticking: Ctx = {
      ...ctx,
      clock: () => {
        all.services.advance(1)
        return ctx.clock()
      },
    }
    await Promise.all(
      udids
        .slice(1)
        .map((each) => renewProfile(ticking, 'testers', { add_device: each, deletes_old: true })),
    )
    const stored = await showCredential(ctx, 'profile', 'testers')
    expect(stored.described.devices.toSorted()).toEqual(udids)
    expect(apple.has.profiles).toHaveLength(1)
  })

  test('takes the profile whose answer was lost, and says of a disabled device that it is', async () => {
    await using all = await account()
    const { apple, ctx } = all
    apple.addBundleId('com.lumen.wallet')
    await createCertificate(ctx, 'our key', { kind: 'distribution' })
    const wish = { bundle_id: 'com.lumen.wallet', kind: 'app_store' as const, name: 'store' }
    apple.fail({ is: 'lost' }, 'POST')
    expect(await createProfile(ctx, 'our key', wish)).toMatchObject({ name: 'store' })
    expect(apple.has.profiles).toHaveLength(1)
    apple.fail(null)
    apple.addDevice('old', udid, { status: 'DISABLED' })
    await expect(registerDevice(ctx, 'our key', { name: 'old', udid })).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringContaining('disabled there'),
    })
  })

  test('goes on with a key that was removed and stored anew', async () => {
    await using all = await account()
    const { apple, ctx } = all
    apple.addBundleId('com.lumen.wallet')
    await createCertificate(ctx, 'our key', { kind: 'distribution' })
    const wish = { bundle_id: 'com.lumen.wallet', kind: 'app_store' as const, name: 'store' }
    const profile = await createProfile(ctx, 'our key', wish)
    await removeCredential(ctx, 'app_store_key', 'our key')
    await expect(renewProfile(ctx, 'store', {})).rejects.toMatchObject({
      fields: [{ field: 'key', message: expect.stringContaining('store one') }],
    })
    await all.storeKey('another name')
    all.services.advance(seconds(1))
    const renewed = await renewProfile(ctx, 'store', {})
    expect(renewed).toMatchObject({ id: profile.id, name: 'store' })
    expect(renewed.described.uuid).not.toBe(profile.described.uuid)
  })

  test('makes profiles for the devices that are wanted, and of those only for ones that iOS may have', async () => {
    await using all = await account()
    const { apple, ctx } = all
    apple.addBundleId('com.lumen.wallet')
    apple.addDevice('mac', 'c'.repeat(40), { platform: 'MAC_OS', deviceClass: 'MAC' })
    apple.addDevice('tv', 'd'.repeat(40), { deviceClass: 'APPLE_TV' })
    apple.addDevice('off', 'e'.repeat(40), { status: 'DISABLED' })
    await createCertificate(ctx, 'our key', { kind: 'distribution' })
    const wish = { bundle_id: 'com.lumen.wallet', kind: 'ad_hoc' as const, name: 'testers' }
    await expect(createProfile(ctx, 'our key', wish)).rejects.toMatchObject({
      message: expect.stringContaining('no device is registered'),
    })
    const [a, b] = ['a'.repeat(40), 'b'.repeat(40)]
    for (const each of [udid, a, b]) apple.addDevice(`phone ${each}`, each)
    for (const [devices, words] of [
      [['c'.repeat(40)], 'not registered and enabled'],
      [[], 'at least one'],
    ] as const) {
      await expect(createProfile(ctx, 'our key', { ...wish, devices })).rejects.toMatchObject({
        fields: [{ field: 'devices', message: expect.stringContaining(words) }],
      })
    }
    await expect(
      createProfile(ctx, 'our key', { ...wish, kind: 'app_store', devices: [a] }),
    ).rejects.toMatchObject({ fields: [{ field: 'devices' }] })
    const chosen = [udid.toLowerCase(), udid]
    const made = await createProfile(ctx, 'our key', { ...wish, devices: chosen })
    expect(made.described.devices).toEqual([udid])
    await expect(createProfile(ctx, 'our key', wish)).rejects.toMatchObject({
      fields: [{ field: 'name' }],
    })
    expect(apple.has.profiles).toHaveLength(1)
    expect((await showApple(ctx, 'our key')).profiles).toMatchObject([
      { heldAs: 'testers', bundleId: 'com.lumen.wallet', devices: { named: 1, missing: 2 } },
    ])

    all.services.advance(seconds(1))
    const one = await renewProfile(ctx, 'testers', { add_device: a })
    expect(one.described.devices).toEqual([udid, a])
    apple.has.devices.find(({ attributes }) => attributes['udid'] === udid)!.attributes['status'] =
      'DISABLED'
    all.services.advance(seconds(1))
    const two = await renewProfile(ctx, 'testers', { add_device: b })
    expect(two.described.devices).toEqual([a, b])
    all.services.advance(seconds(1))
    apple.fail({ is: 'status', status: 403 }, 'DELETE')
    await expect(renewProfile(ctx, 'testers', { deletes_old: true })).rejects.toMatchObject({
      message: expect.stringMatching(/made anew and is stored.*old one is still at Apple/),
    })
    expect(apple.has.profiles).toHaveLength(4)
    const held = await showCredential(ctx, 'profile', 'testers')
    expect(held.described.uuid).not.toBe(two.described.uuid)
  })

  test('deletes no profile that Oore did not have made, and renews none for another system', async () => {
    await using all = await account()
    const { apple, ctx } = all
    apple.addBundleId('com.lumen.wallet')
    const certificate = await createCertificate(ctx, 'our key', { kind: 'distribution' })
    const store = (name: string, changes: Parameters<typeof profileOf>[0]) =>
      addCredential(ctx, 'profile', {
        file: { name: '', bytes: profileOf(changes) },
        fields: {},
        name,
      })
    await store('by hand', {})
    await store('for Macs', { changes: { Platform: ['OSX'] } })
    await addCredential(ctx, 'app_store_key', {
      file: { name: 'AuthKey_ABCDE12345.p8', bytes: appStoreKey() },
      fields: { issuer_id: issuerId },
      name: 'another key',
    })
    // Of several keys one has to be named.
    await expect(renewProfile(ctx, 'by hand', {})).rejects.toMatchObject({
      fields: [{ field: 'key' }],
    })
    await expect(renewProfile(ctx, 'for Macs', { key: 'our key' })).rejects.toMatchObject({
      message: expect.stringContaining('OSX'),
    })
    expect(apple.calls.filter((call) => call.includes('profiles'))).toEqual([])
    const renewed = await renewProfile(ctx, 'by hand', { key: 'our key', deletes_old: true })
    expect(renewed.described.certificates).toMatchObject([{ sha1: certificate.described.sha1 }])
    expect(apple.calls.filter((call) => call.startsWith('DELETE'))).toEqual([])
  })

  test('registers what is known here, and knows it afterwards', async () => {
    await using all = await account()
    const { apple, ctx } = all
    const key = await showCredential(ctx, 'app_store_key', 'our key')
    const known = await addDevice(ctx, { udid: udid.toLowerCase(), name: 'x'.repeat(60) })
    expect(known).toMatchObject({ udid, registeredBy: null })
    expect(await showDevice(ctx, known.id)).toEqual(known)
    const done = await registerKnownDevice(ctx, known.id, { key: 'our key' })
    expect(done.registeredBy).toBe(key.id)
    expect(apple.has.devices).toMatchObject([{ attributes: { udid, name: 'x'.repeat(50) } }])
    await registerKnownDevice(ctx, known.id, { key: 'our key' })
    expect(apple.has.devices).toHaveLength(1)
    expect((await showApple(ctx, 'our key')).waiting).toEqual([])
    await expect(registerKnownDevice(ctx, newId(), { key: 'our key' })).rejects.toMatchObject({
      trouble: 'not_found',
    })
  })

  test('registers app ids, once each', async () => {
    await using all = await account()
    const { apple, ctx } = all
    const wish = { bundle_id: 'com.lumen.wallet-app' }
    const made = await registerAppId(ctx, 'our key', wish)
    expect(made).toMatchObject({ identifier: wish.bundle_id, name: 'com lumen wallet app' })
    expect(await registerAppId(ctx, 'our key', wish)).toEqual(made)
    await registerAppId(ctx, 'our key', { bundle_id: 'com.lumen.*', name: 'All of Lumen' })
    expect((await showApple(ctx, 'our key')).bundleIds.map(({ name }) => name)).toEqual([
      'All of Lumen',
      'com lumen wallet app',
    ])
    expect(apple.has.bundleIds).toHaveLength(2)
    for (const [field, wrong] of [
      ['bundle_id', { bundle_id: 'com lumen' }],
      ['name', { bundle_id: 'com.lumen', name: 'a.b' }],
    ] as const) {
      await expect(registerAppId(ctx, 'our key', wrong)).rejects.toMatchObject({
        fields: [{ field }],
      })
    }
  })

  test('is read over many pages, and never by another host', async () => {
    await using all = await account({ perPage: 2 })
    const { apple, ctx } = all
    for (let i = 0; i < 5; i += 1) apple.addDevice(`phone ${i}`, String(i).padStart(40, '0'))
    expect((await showApple(ctx, 'our key')).devices).toHaveLength(5)
  })

  test('at the limit of certificates revokes nothing, and says which there are', async () => {
    await using all = await account()
    const { apple, ctx } = all
    await createCertificate(ctx, 'our key', { kind: 'distribution', name: 'one' })
    await createCertificate(ctx, 'our key', { kind: 'distribution', name: 'two' })
    const third = createCertificate(ctx, 'our key', { kind: 'distribution', name: 'three' })
    await expect(third).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringMatching(/Apple Distribution: Lumen GmbH.*Oore revokes none/),
    })
    expect(apple.has.certificates).toHaveLength(2)
    expect(apple.calls.filter((call) => call.startsWith('DELETE'))).toEqual([])
  })

  test('asks for nothing that could not be stored, and never loses what was issued', async () => {
    await using all = await account()
    const { apple, ctx } = all
    const wish = { kind: 'distribution' as const, name: 'one' }
    const first = await createCertificate(ctx, 'our key', wish)
    await expect(createCertificate(ctx, 'our key', wish)).rejects.toMatchObject({
      trouble: 'conflict',
      fields: [{ field: 'name' }],
    })
    await expect(createCertificate(ctx, 'our key', { ...wish, name: 'a/b' })).rejects.toMatchObject(
      { trouble: 'invalid' },
    )
    expect(apple.has.certificates).toHaveLength(1)

    // Two without a name of their own are called alike by Apple.
    const kind = 'development' as const
    const [a, b] = [
      await createCertificate(ctx, 'our key', { kind }),
      await createCertificate(ctx, 'our key', { kind }),
    ]
    expect(b.name).toBe(`${a.name} 2`)
    expect(b.described.sha1).not.toBe(a.described.sha1)
    const replaced = await createCertificate(ctx, 'our key', { ...wish, replace: true })
    expect(replaced.id).toBe(first.id)
    expect(replaced.described.sha1).not.toBe(first.described.sha1)
  })

  test.each(['lost', 'garbled'] as const)(
    'whose answer is %s has issued it all the same',
    async (is) => {
      await using all = await account()
      const { apple, ctx } = all
      apple.fail({ is }, 'POST')
      const made = await createCertificate(ctx, 'our key', { kind: 'distribution', name: 'one' })
      expect(made).toMatchObject({ name: 'one', isMadeHere: true })
      expect(apple.has.certificates).toHaveLength(1)
      expect(await waiting(ctx)).toEqual([])
      apple.fail(null)
      await createCertificate(ctx, 'our key', { kind: 'distribution', name: 'two' })
      expect(apple.has.certificates).toHaveLength(2)
    },
  )

  test('that cannot be asked afterwards either is asked again for what it issued', async () => {
    await using all = await account()
    const { apple, ctx } = all
    const wish = { kind: 'distribution' as const, name: 'one' }
    // What was asked for is done, and then the line is dead.
    apple.fail({ is: 'lost' })
    await expect(createCertificate(ctx, 'our key', wish)).rejects.toMatchObject({
      trouble: 'unavailable',
      message: expect.stringContaining('ask again'),
    })
    expect(apple.has.certificates).toHaveLength(1)
    const [request] = await waiting(ctx)
    expect(request?.keySealed).not.toContain('PRIVATE KEY')
    apple.fail(null)
    // Also when the key of App Store Connect was stored anew meanwhile.
    await removeCredential(ctx, 'app_store_key', 'our key')
    await all.storeKey('our key')
    const made = await createCertificate(ctx, 'our key', wish)
    expect(made).toMatchObject({ name: 'one' })
    expect(apple.has.certificates).toHaveLength(1)
    expect(await waiting(ctx)).toEqual([])
  })

  test('is not asked twice at once, and again after a while where nothing was issued', async () => {
    await using all = await account()
    const { apple, ctx } = all
    const wish = { kind: 'distribution' as const, name: 'one' }
    apple.fail({ is: 'dropped' })
    await expect(createCertificate(ctx, 'our key', wish)).rejects.toMatchObject({
      trouble: 'unavailable',
    })
    apple.fail(null)
    await expect(createCertificate(ctx, 'our key', wish)).rejects.toMatchObject({ trouble: 'busy' })
    expect(apple.has.certificates).toEqual([])
    all.services.advance(minutes(1))
    await createCertificate(ctx, 'our key', wish)
    expect(apple.has.certificates).toHaveLength(1)
  })

  test('issues one certificate to two who ask at the same moment', async () => {
    await using all = await account()
    const { apple, ctx } = all
    const ask = () => createCertificate(ctx, 'our key', { kind: 'distribution' })
    const answers = await Promise.allSettled([ask(), ask(), ask()])
    const made = answers.filter((each) => each.status === 'fulfilled')
    expect(new Set(made.map(({ value }) => value.id)).size).toBe(1)
    for (const each of answers) {
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ trouble: 'busy' })
    }
    expect(apple.has.certificates).toHaveLength(1)
    expect(await waiting(ctx)).toEqual([])
  })

  test('that refuses a request leaves no key behind', async () => {
    await using all = await account()
    const { apple, ctx } = all
    for (const status of [403, 409, 429]) {
      apple.fail({ is: 'status', status }, 'POST')
      await expect(
        createCertificate(ctx, 'our key', { kind: 'distribution' }),
      ).rejects.toMatchObject({ message: expect.stringMatching(/Apple|key|App Store/) })
      expect(await waiting(ctx)).toEqual([])
    }
  })

  test.each([
    [401, 'NOT_AUTHORIZED', 'conflict', 'does not take this key'],
    [403, 'FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED', 'conflict', 'agreement'],
    [403, 'FORBIDDEN_ERROR', 'conflict', 'role Admin or App Manager'],
    [429, 'RATE_LIMIT_EXCEEDED', 'unavailable', 'rate limited'],
    [500, 'UNEXPECTED_ERROR', 'unavailable', 'cannot answer now'],
  ])('that answers %i %s is told apart', async (status, code, trouble, words) => {
    await using all = await account()
    all.apple.fail({ is: 'status', status, code })
    await expect(showApple(all.ctx, 'our key')).rejects.toMatchObject({
      trouble,
      message: expect.stringContaining(words),
    })
  })

  test('refuses a token that another key has signed', async () => {
    await using all = await account({ otherKey: true })
    await expect(showApple(all.ctx, 'our key')).rejects.toMatchObject({
      message: expect.stringContaining('does not take this key'),
    })
    expect(all.apple.calls).toEqual([])
  })

  test('says what is wrong with what was asked', async () => {
    await using all = await account()
    const { apple, ctx } = all
    apple.addBundleId('com.lumen.wallet.widgets')
    const wish = { bundle_id: 'com.lumen.wallet', kind: 'app_store' as const }
    await expect(createProfile(ctx, 'our key', wish)).rejects.toMatchObject({
      fields: [{ field: 'bundle_id' }],
    })
    apple.addBundleId('com.lumen.wallet')
    await expect(createProfile(ctx, 'our key', wish)).rejects.toMatchObject({
      fields: [{ field: 'certificate' }],
    })
    await expect(
      registerDevice(ctx, 'our key', { name: 'x', udid: 'not one' }),
    ).rejects.toMatchObject({ fields: [{ field: 'udid' }] })
    const developer = all.services.as({ is: 'user', userId: newId(), name: 'D', role: 'developer' })
    await expect(showApple(developer, 'our key')).rejects.toMatchObject({ trouble: 'forbidden' })
    await expect(showApple(ctx, 'no key')).rejects.toMatchObject({ trouble: 'not_found' })
    await expect(showCredential(ctx, 'certificate', 'none')).rejects.toMatchObject({
      trouble: 'not_found',
    })
  })
})
