import { createPrivateKey, X509Certificate } from 'node:crypto'
import { SignJWT } from 'jose'
import forge from 'node-forge'
import { describe, expect, test } from 'vitest'
import { days, minutes } from '../../../src/lib/clock.ts'
import { readProfile } from '../../../src/signing/apple/profile.ts'
import { makeSigningRequest } from '../../../src/signing/apple/signing-request.ts'
import { wwdr } from '../../support/fake-apple/issue.ts'
import { connected, issuerId, keyId } from '../../support/fake-apple/key.ts'
import { appStoreKey } from '../../support/apple-files.ts'

/* What stands in for Apple is only worth something if it refuses what Apple refuses. */

type Claims = {
  kid?: string
  iss?: string
  aud?: string
  lifeMs?: number
  alg?: string
  key?: string
}

/** Asks with a token made here, so that it can be wrong in one thing at a time. */
async function asking() {
  const on = await connected()
  const own = on.connect.privateKey.reveal()
  const token = (claims: Claims = {}) => {
    const { kid = keyId, iss = issuerId, aud = 'appstoreconnect-v1', lifeMs = minutes(10) } = claims
    const at = Math.floor(on.now.at / 1000)
    return new SignJWT({})
      .setProtectedHeader({ alg: claims.alg ?? 'ES256', kid, typ: 'JWT' })
      .setIssuer(iss)
      .setIssuedAt(at)
      .setExpirationTime(at + lifeMs / 1000)
      .setAudience(aud)
      .sign(claims.alg === 'HS256' ? Buffer.from('a secret') : createPrivateKey(claims.key ?? own))
  }
  const ask = async (path: string, body?: unknown, method?: string, authorization?: string) => {
    const answer = await fetch(`${on.apple.url}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        authorization: authorization ?? `Bearer ${await token()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      body: (text === '' ? null : JSON.parse(text)) as {
        data: { id: string; attributes: Record<string, string> }
        errors: { code: string; detail: string; source?: { pointer: string } }[]
      },
    }
  }
  const create = (type: string, attributes: object, relationships?: object) =>
    ask(`/v1/${type}`, { data: { type, attributes, relationships } })
  return { ...on, token, ask, create }
}

const udid = '00008110-001A2B3C4D5E6F70'
const device = { name: 'Ada’s iPhone', udid, platform: 'IOS' }
const request = async (certificateType = 'DISTRIBUTION') => ({
  certificateType,
  csrContent: (await makeSigningRequest('Oore')).csr,
})

/** The same request, its last byte another. */
function withOtherSignature(csr: string): string {
  const der = Buffer.from(csr.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
  der[der.length - 1]! ^= 1
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  const [begin, end] = csr.match(/-----[^-]+-----/g) ?? []
  return [begin, ...lines, end, ''].join('\n')
}

describe('the stand-in for Apple', () => {
  test.each<[string, Claims]>([
    ['of another key id', { kid: 'AAAAAAAAAA' }],
    ['of another issuer', { iss: '00000000-0000-0000-0000-000000000000' }],
    ['for another audience', { aud: 'another' }],
    ['that is good for more than twenty minutes', { lifeMs: minutes(21) }],
    ['that has ended', { lifeMs: -minutes(1) }],
    ['that is signed in another way', { alg: 'HS256' }],
    ['that another key has signed', { key: appStoreKey().toString() }],
  ])('takes no token %s', async (_, claims) => {
    await using on = await asking()
    const { status, body } = await on.ask(
      '/v1/devices',
      undefined,
      'GET',
      `Bearer ${await on.token(claims)}`,
    )
    expect([status, body.errors[0]?.code]).toEqual([401, 'NOT_AUTHORIZED'])
    expect(on.apple.calls).toEqual([])
  })

  test('takes a token of nineteen minutes, and none at all not', async () => {
    await using on = await asking()
    const long = `Bearer ${await on.token({ lifeMs: minutes(19) })}`
    expect((await on.ask('/v1/devices', undefined, 'GET', long)).status).toBe(200)
    expect((await on.ask('/v1/devices', undefined, 'GET', '')).status).toBe(401)
  })

  test('refuses devices that are there, are none, or are said incompletely', async () => {
    await using on = await asking()
    expect((await on.create('devices', device)).status).toBe(201)
    const again = await on.create('devices', { ...device, udid: udid.toLowerCase() })
    expect(again.status).toBe(409)
    expect(again.body.errors[0]?.detail).toContain('already exists on this team')
    for (const [changes, field] of [
      [{ udid: 'x' }, 'udid'],
      [{ name: undefined }, 'name'],
      [{ name: 'x'.repeat(51) }, 'name'],
      [{ platform: 'ANDROID' }, 'platform'],
    ] as const) {
      const { status, body } = await on.create('devices', {
        ...{ ...device, udid: 'a'.repeat(40) },
        ...changes,
      })
      expect([status, body.errors[0]?.source?.pointer]).toEqual([409, `/data/attributes/${field}`])
    }
    expect(
      (await on.ask('/v1/devices', { data: { type: 'device', attributes: device } })).status,
    ).toBe(409)
    expect((await on.ask('/v1/devices/ID00000001', undefined, 'DELETE')).status).toBe(405)
    expect((await on.ask('/v1/apples')).status).toBe(404)
  })

  test('refuses limits and filters that are not documented', async () => {
    await using on = await asking()
    for (const query of ['limit=201', 'limit=0', 'filter[colour]=red', 'unknown=1']) {
      expect((await on.ask(`/v1/devices?${query}`)).status).toBe(400)
    }
  })

  test('issues certificates of its own authority for the key that signed the request', async () => {
    await using on = await asking()
    const { key, csr } = await makeSigningRequest('Oore')
    const { body } = await on.create('certificates', { ...(await request()), csrContent: csr })
    const certificate = new X509Certificate(
      Buffer.from(body.data.attributes['certificateContent'] ?? '', 'base64'),
    )
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true)
    const ca = new X509Certificate(forge.pki.certificateToPem(wwdr().certificate))
    expect(certificate.verify(ca.publicKey)).toBe(true)

    for (const csrContent of ['', 'x', withOtherSignature(csr)]) {
      expect((await on.create('certificates', { ...(await request()), csrContent })).status).toBe(
        409,
      )
    }
    expect((await on.create('certificates', await request('IOS_NOTHING'))).status).toBe(409)
    expect((await on.create('certificates', await request())).status).toBe(201)
    const third = await on.create('certificates', await request())
    expect([third.status, third.body.errors[0]?.detail]).toEqual([
      409,
      expect.stringContaining('already have a current certificate'),
    ])
    expect((await on.create('certificates', await request('DEVELOPMENT'))).status).toBe(201)
  })

  test('makes profiles of what is there, once for each name, and says when they are no longer good', async () => {
    await using on = await asking()
    on.apple.addBundleId('com.lumen.wallet')
    const [app] = on.apple.has.bundleIds
    const certificate = (await on.create('certificates', await request())).body.data
    const phone = on.apple.addDevice('phone', udid)
    const mac = on.apple.addDevice('mac', 'b'.repeat(40), {
      deviceClass: 'MAC',
      platform: 'MAC_OS',
    })
    const off = on.apple.addDevice('off', 'c'.repeat(40), { status: 'DISABLED' })
    const make = (name: string, profileType: string, devices: string[], changes = {}) =>
      on.create(
        'profiles',
        { name, profileType },
        {
          bundleId: { data: { type: 'bundleIds', id: app?.id } },
          certificates: { data: [{ type: 'certificates', id: certificate.id }] },
          devices: { data: devices.map((id) => ({ type: 'devices', id })) },
          ...changes,
        },
      )
    const made = await make('one', 'IOS_APP_ADHOC', [phone.id])
    expect(made.status).toBe(201)
    const content = Buffer.from(made.body.data.attributes['profileContent'] ?? '', 'base64')
    expect(readProfile(content)).toMatchObject({
      name: 'one',
      kind: 'ad_hoc',
      bundleId: 'com.lumen.wallet',
      devices: [udid],
      certificates: [{ commonName: certificate.attributes['name'] }],
    })

    const refused: [string, Promise<{ status: number }>][] = [
      ['the same name', make('one', 'IOS_APP_STORE', [])],
      ['no device', make('two', 'IOS_APP_ADHOC', [])],
      ['a device where none belongs', make('three', 'IOS_APP_STORE', [phone.id])],
      ['a Mac', make('four', 'IOS_APP_ADHOC', [phone.id, mac.id])],
      ['a disabled device', make('five', 'IOS_APP_ADHOC', [off.id])],
      ['a device that is not there', make('six', 'IOS_APP_ADHOC', ['ID99'])],
      ['a certificate of another kind', make('seven', 'IOS_APP_DEVELOPMENT', [phone.id])],
      ['another kind', make('eight', 'IOS_APP_OTHER', [])],
      ['no app', make('nine', 'IOS_APP_STORE', [], { bundleId: undefined })],
      ['no certificate', make('ten', 'IOS_APP_STORE', [], { certificates: { data: [] } })],
    ]
    for (const [what, answer] of refused) expect([what, (await answer).status]).toEqual([what, 409])

    const stateOf = async () => {
      const { body } = await on.ask('/v1/profiles')
      const [first] = body.data as unknown as { attributes: { profileState: string } }[]
      return first?.attributes.profileState
    }
    expect(await stateOf()).toBe('ACTIVE')
    phone.attributes['status'] = 'DISABLED'
    expect(await stateOf()).toBe('INVALID')
    phone.attributes['status'] = 'ENABLED'
    on.now.at += days(366)
    expect(await stateOf()).toBe('INVALID')
    on.now.at -= days(366)
    expect(await stateOf()).toBe('ACTIVE')
    expect((await on.ask(`/v1/certificates/${certificate.id}`, undefined, 'DELETE')).status).toBe(
      204,
    )
    expect(await stateOf()).toBe('INVALID')
    expect((await on.ask('/v1/profiles/ID99', undefined, 'DELETE')).status).toBe(404)
  })

  test('refuses app ids that are taken or are none', async () => {
    await using on = await asking()
    const app = { identifier: 'com.lumen.wallet', name: 'Wallet', platform: 'IOS' }
    expect((await on.create('bundleIds', app)).status).toBe(201)
    for (const changes of [
      {},
      { identifier: 'com lumen' },
      { identifier: 'com.lumen.other', name: 'a.b' },
      { identifier: 'com.lumen.other', platform: 'UNIVERSAL' },
    ]) {
      expect((await on.create('bundleIds', { ...app, ...changes })).status).toBe(409)
    }
  })
})
