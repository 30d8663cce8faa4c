import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import { minutes } from '../../../src/lib/clock.ts'
import { askConnect, ConnectRefused } from '../../../src/signing/connect/call.ts'
import {
  createAppleBundleId,
  deleteAppleProfile,
  findAppleBundleId,
  isUsableOn,
  listAppleDevices,
  registerAppleDevice,
} from '../../../src/signing/connect/resources.ts'
import { connected, issuerId, keyId } from '../../support/fake-apple/key.ts'

const udid = '00008110-001A2B3C4D5E6F70'

describe('a call to App Store Connect', () => {
  test('brings a token of its own: ES256, the key, the issuer, and less than twenty minutes', async () => {
    const seen: string[] = []
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization ?? '')
      response.setHeader('content-type', 'application/json').end('{"data":[]}')
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    try {
      await using on = await connected()
      const { port } = server.address() as AddressInfo
      await listAppleDevices({ ...on.connect, baseUrl: new URL(`http://127.0.0.1:${port}`) })
      const token = seen[0]?.replace('Bearer ', '') ?? ''
      expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', kid: keyId, typ: 'JWT' })
      const claims = decodeJwt(token)
      expect(claims).toMatchObject({ iss: issuerId, aud: 'appstoreconnect-v1' })
      const lifeMs = ((claims.exp ?? 0) - (claims.iat ?? 0)) * 1000
      expect(lifeMs).toBeGreaterThan(minutes(5))
      expect(lifeMs).toBeLessThan(minutes(20))
      expect(JSON.stringify(on.connect)).not.toContain('PRIVATE KEY')
    } finally {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    }
  })

  test('never goes to another host, wherever a list says that it goes on', async () => {
    await using on = await connected()
    const path = 'https://elsewhere.example/v1/devices?cursor=2'
    await expect(askConnect(on.connect, { path })).rejects.toThrow(
      'sends on to https://elsewhere.example',
    )
    expect(on.apple.calls).toEqual([])
  })

  test('reads lists to their end', async () => {
    await using on = await connected({ perPage: 2 })
    for (let i = 0; i < 5; i += 1) on.apple.addDevice(`phone ${i}`, String(i).padStart(40, '0'))
    expect((await listAppleDevices(on.connect)).map(({ name }) => name)).toEqual(
      [0, 1, 2, 3, 4].map((i) => `phone ${i}`),
    )
    expect(on.apple.calls).toHaveLength(3)
  })

  test('says how often a key may ask, and when it may again', async () => {
    await using on = await connected()
    const headers = { 'x-rate-limit': 'user-hour-lim:3500;user-hour-rem:0;', 'retry-after': '120' }
    on.apple.fail({ is: 'status', status: 429, code: 'RATE_LIMIT_EXCEEDED', headers })
    await expect(listAppleDevices(on.connect)).rejects.toMatchObject({
      trouble: 'unavailable',
      message: expect.stringContaining('3500 times an hour'),
      retryAfterSeconds: 120,
    })
    const silent = { 'x-rate-limit': '', 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }
    on.apple.fail({ is: 'status', status: 429, code: 'RATE_LIMIT_EXCEEDED', headers: silent })
    await expect(listAppleDevices(on.connect)).rejects.toMatchObject({ retryAfterSeconds: 60 })
  })

  test('tells all reasons of a refusal, each with what it is about', async () => {
    await using on = await connected()
    const attributes = { name: 'x'.repeat(51), udid, platform: 'IOS' }
    const call = {
      method: 'POST',
      path: '/v1/devices',
      body: { data: { type: 'devices', attributes } },
    } as const
    const refused = await askConnect(on.connect, call).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ConnectRefused)
    expect(refused).toMatchObject({
      status: 409,
      code: 'ENTITY_ERROR.ATTRIBUTE.INVALID',
      words: 'has more than 50 characters (name)',
    })
  })

  test.each([{ is: 'dropped' as const }, { is: 'garbled' as const }])(
    'that ends in nothing is no answer: $is',
    async (failure) => {
      await using on = await connected()
      on.apple.fail(failure)
      await expect(listAppleDevices(on.connect)).rejects.toMatchObject({ trouble: 'unavailable' })
    },
  )

  test('that is not answered is given up when it is no longer wanted', async () => {
    await using on = await connected()
    on.apple.fail({ is: 'silent' })
    const stop = new AbortController()
    const asked = askConnect(on.connect, { path: '/v1/devices', signal: stop.signal })
    stop.abort(new Error('no longer'))
    await expect(asked).rejects.toThrow('no longer')
  })
})

describe('what is there', () => {
  test('a device is registered once, whatever the case of its letters', async () => {
    await using on = await connected()
    const first = await registerAppleDevice(on.connect, { name: 'one', udid })
    const again = await registerAppleDevice(on.connect, { name: 'two', udid: udid.toLowerCase() })
    expect(again).toEqual(first)
    expect(on.apple.has.devices).toHaveLength(1)
    await expect(
      registerAppleDevice(on.connect, { name: 'x', udid: 'none' }),
    ).rejects.toBeInstanceOf(ConnectRefused)
  })

  test('of an app id that begins like others, the very one is found', async () => {
    await using on = await connected()
    on.apple.addBundleId('com.lumen.wallet.widgets')
    expect(await findAppleBundleId(on.connect, 'com.lumen.wallet')).toBeNull()
    await createAppleBundleId(on.connect, { identifier: 'com.lumen.wallet', name: 'Wallet' })
    expect(await findAppleBundleId(on.connect, 'com.lumen.wallet')).toMatchObject({
      name: 'Wallet',
    })
  })

  test('phones, tablets and watches are named in profiles for iOS, and nothing else', async () => {
    await using on = await connected()
    const add = (name: string, changes: Record<string, string>) =>
      on.apple.addDevice(name, name.padStart(40, '0'), changes)
    add('1', { deviceClass: 'IPHONE' })
    add('2', { deviceClass: 'APPLE_WATCH' })
    add('3', { deviceClass: 'APPLE_TV' })
    add('4', { deviceClass: 'MAC', platform: 'MAC_OS' })
    add('5', { deviceClass: 'IPAD', status: 'DISABLED' })
    const usable = (await listAppleDevices(on.connect)).filter(isUsableOn('ios'))
    expect(usable.map(({ name }) => name)).toEqual(['1', '2'])
  })

  test('a profile that is gone is deleted', async () => {
    await using on = await connected()
    await deleteAppleProfile(on.connect, 'ID99')
    expect(on.apple.calls).toEqual(['DELETE /v1/profiles/ID99'])
  })
})
