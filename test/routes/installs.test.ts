import { rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { artifactFile } from '../../src/core/artifacts/files.ts'
import type { Build } from '../../src/core/builds/build.ts'
import { tidy } from '../../src/core/maintenance/tidy.ts'
import { schema } from '../../src/db/client.ts'
import { days } from '../../src/lib/clock.ts'
import { type Id, newId } from '../../src/lib/ids.ts'
import { readPlist } from '../../src/lib/plist/read.ts'
import { qrSvg } from '../../src/routes/lib/qr.ts'
import { TestApp } from '../support/app.ts'
import { applePng, ipaOf, storeArtifacts, walletInfo } from '../support/apps.ts'
import { elementsOf, readHtml, textOf } from '../support/html.ts'

const https = { OORE_BASE_URL: 'https://ci.example' }
const digits = '0123456789'
const parts = ['', '/manifest.plist', '/file', '/icon.png', '/qr.svg', '/qr.png']

const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'
const android =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36'

const iconName = 'Payload/Runner.app/AppIcon60x60@2x.png'
const wallet = () => ipaOf({ more: { [iconName]: applePng(2, 2, [9, 8, 7]) } })

describe('POST /api/builds/:id/artifacts/:name/install-link', () => {
  test('makes a link that is good for seven days, and writes that down', async () => {
    await using it = await appWith({ 'app one.apk': digits })
    const answer = await it.make('app one.apk')
    expect(answer.status).toBe(201)
    const { url, ...rest } = (await answer.json()) as Record<string, string>
    const seconds = Date.UTC(2026, 0, 8, 12) / 1000
    expect(url).toMatch(
      new RegExp(
        `^http://localhost:8080/install/${it.ids['app one.apk']}\\.${seconds}\\.[\\w-]{43}$`,
      ),
    )
    expect(rest).toEqual({ qr_url: `${url}/qr.png`, expires_at: '2026-01-08T12:00:00.000Z' })
    expect(answer.headers.get('location')).toBe(url)
    const facts = await it.app.services.db.read.select().from(schema.facts).all()
    expect(facts.filter(({ kind }) => kind === 'artifact.linked')).toMatchObject([
      { subject: it.build.id, actor: 'admin', data: { name: 'app one.apk' } },
    ])
    // Whoever reads the facts may not have what the link gives.
    expect(JSON.stringify(facts)).not.toContain(url?.slice(-43))
  })

  test('is a button on the page of the build, which leads to the link', async () => {
    await using it = await appWith({ 'app.apk': digits, 'app.aab': digits, 'log.txt': digits })
    const browser = await it.app.asBrowser()
    const page = readHtml(await (await browser.ask(`/builds/${it.build.id}`)).text())
    const forms = elementsOf(page).filter(
      ({ name, attributes }) => name === 'form' && attributes['action']?.endsWith('/install-link'),
    )
    const [action = ''] = forms.map(({ attributes }) => attributes['action'])
    expect([forms.length, action]).toEqual([
      1,
      `/builds/${it.build.id}/artifacts/app.apk/install-link`,
    ])
    const answer = await browser.ask(action, { form: {} })
    expect(answer.status).toBe(303)
    const location = answer.headers.get('location') ?? ''
    expect(location).toMatch(/^\/install\//)
    expect((await it.app.asStranger(location)).status).toBe(200)
  })

  test('refuses what no phone installs, in words', async () => {
    await using it = await appWith({ 'app.aab': digits, 'log.txt': digits })
    const detailOf = async (name: string) => {
      const answer = await it.make(name)
      const { detail } = (await answer.json()) as { detail: string }
      return [answer.status, detail] as const
    }
    expect(await detailOf('app.aab')).toEqual([422, expect.stringMatching(/Build an APK too/)])
    expect(await detailOf('log.txt')).toEqual([422, expect.stringMatching(/\.apk and \.ipa/)])
    expect(await detailOf('none.apk')).toEqual([404, expect.stringMatching(/app\.aab, log\.txt/)])
  })

  test('is not for strangers', async () => {
    await using it = await appWith({ 'app.apk': digits })
    const path = `/api/builds/${it.build.id}/artifacts/app.apk/install-link`
    expect((await it.app.asStranger(path, { method: 'POST' })).status).toBe(401)
  })
})

describe('a link', () => {
  test('with another id, end or signature is 403, in every part', async () => {
    await using it = await appWith({ 'app.apk': digits, 'other.apk': 'secret' })
    const [token, other] = [await it.token('app.apk'), await it.token('other.apk')]
    const [id = '', seconds = '', signature = ''] = token.split('.')
    const [otherId = '', , otherSignature = ''] = other.split('.')
    const changed = signature.startsWith('A') ? 'B' : 'A'
    const forged = [
      `${otherId}.${seconds}.${signature}`,
      `${newId()}.${seconds}.${signature}`,
      `${id}.${Number(seconds) + 86_400}.${signature}`,
      `${id}.${seconds}.${otherSignature}`,
      `${id}.${seconds}.${changed}${signature.slice(1)}`,
      `${id}.${seconds}`,
      id,
      'nothing',
      '..%2f..%2foore.db',
    ]
    for (const each of forged) {
      for (const part of parts) {
        const answer = await it.app.asStranger(`/install/${each}${part}`)
        expect([each, part, answer.status]).toEqual([each, part, 403])
        expect(await answer.text()).not.toContain('secret')
      }
    }
  })

  test('that has ended is 410 and says whom to ask, also where it was never signed later', async () => {
    await using it = await appWith({ 'app.apk': digits })
    const token = await it.token('app.apk')
    it.app.services.advance(days(7) - 1)
    expect((await it.app.asStranger(`/install/${token}`)).status).toBe(200)
    it.app.services.advance(1)
    for (const part of parts) {
      const answer = await it.app.asStranger(`/install/${token}${part}`)
      expect([part, answer.status]).toEqual([part, 410])
      expect(await answer.text()).toMatch(/Ask whoever sent it to you for a new link/)
    }
    const [id, , signature] = token.split('.')
    const ended = `${id}.${Date.UTC(2026, 0, 2) / 1000}.${signature}`
    expect((await it.app.asStranger(`/install/${ended}`)).status).toBe(403)
  })

  test('whose file, artifact or repository is gone is 410, in every part', async () => {
    const ways: Record<string, (it: Kept) => Promise<unknown>> = {
      file: async ({ app, build, ids }) =>
        rmSync(artifactFile(app.services.config, build.id, ids['app.apk']!)),
      retention: async ({ app, build }) => {
        const { services } = app
        await services.db.write(async (tx) => {
          const past = services.clock() - days(2)
          await tx.update(schema.builds).set({ status: 'success', finishedAt: past })
        })
        expect(build.id).toBeTruthy()
        await tidy(services.as({ is: 'system' }))
      },
      repository: ({ app, build }) =>
        app.asAdmin(`/api/repositories/${build.repositoryId}?force=true`, { method: 'DELETE' }),
    }
    for (const [what, remove] of Object.entries(ways)) {
      await using it = await appWith({ 'app.apk': digits }, { OORE_ARTIFACT_RETENTION_DAYS: '1' })
      const token = await it.token('app.apk')
      await remove(it)
      for (const part of parts) {
        const answer = await it.app.asStranger(`/install/${token}${part}`)
        expect([what, part, answer.status]).toEqual([what, part, 410])
        expect(await answer.text()).toMatch(/no longer kept here/)
      }
    }
  })

  test('opens nothing but its artifact', async () => {
    await using it = await appWith({ 'app.apk': digits, 'other.apk': 'secret' })
    const token = await it.token('app.apk')
    const paths = [
      `/builds/${it.build.id}`,
      `/api/builds/${it.build.id}`,
      `/api/builds/${it.build.id}/artifacts/app.apk`,
      `/builds/${it.build.id}/artifacts/other.apk`,
    ]
    for (const path of paths) {
      for (const authorization of [`Bearer ${token}`, `Bearer install ${token}`]) {
        const answer = await it.app.asStranger(path, { headers: { authorization } })
        expect([303, 401]).toContain(answer.status)
      }
    }
    for (const path of [`/install/${token}/other.apk`, `/install/${token}/..%2fbuilds`]) {
      expect((await it.app.asStranger(path)).status).toBe(303)
    }
  })

  test('is kept from search engines and from other sites, and no answer is cached by others', async () => {
    await using it = await appWith({ 'app.ipa': await wallet() }, https)
    const token = await it.token('app.ipa')
    for (const part of parts) {
      const answer = await it.app.asStranger(`/install/${token}${part}`)
      expect([part, answer.status]).toEqual([part, 200])
      expect([part, Object.fromEntries(answer.headers)]).toMatchObject([
        part,
        {
          'x-robots-tag': 'noindex, nofollow',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
          'content-security-policy': expect.stringContaining("default-src 'none'"),
          'cache-control': expect.stringMatching(/no-store|^private/),
        },
      ])
    }
  })

  test('asked for too often by one address is 429, and by another is not', async () => {
    await using it = await appWith({ 'app.apk': digits })
    const token = await it.token('app.apk')
    const ask = (from: string) => it.app.asStranger(`/install/${token}/file`, { from })
    const answers = await Promise.all(Array.from({ length: 301 }, () => ask('2001:db8::1')))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(300)
    expect(statuses.at(-1)).toBe(429)
    expect(answers.at(-1)?.headers.get('retry-after')).toMatch(/^\d+$/)
    // The same customer under another of his addresses.
    expect((await ask('2001:db8::2')).status).toBe(429)
    expect((await ask('2001:db8:1::1')).status).toBe(200)
  })
})

describe('the page', () => {
  test('of an iOS app says what it is, and installs it from Safari', async () => {
    await using it = await appWith({ 'app.ipa': await wallet() }, https)
    const token = await it.token('app.ipa')
    const page = await it.page(token, safari)
    const text = textOf(page)
    expect(text).toContain('Version 2.4.0 (214)')
    expect(text).toContain(`Build #1 of ${it.build.repository}`)
    expect(text).toContain('2026-01-08 12:00 UTC')
    const elements = elementsOf(page)
    expect(elements.find(({ name }) => name === 'h1') ?? page).toSatisfy(
      (title: typeof page) => textOf(title).trim() === 'Wallet',
    )
    const link = elements.find(({ attributes }) => attributes['href']?.startsWith('itms-services:'))
    const manifest = `https://ci.example/install/${token}/manifest.plist`
    expect(link?.attributes['href']).toBe(
      `itms-services://?action=download-manifest&url=${encodeURIComponent(manifest)}`,
    )
    const sources = elements.flatMap(({ name, attributes }) =>
      name === 'img' ? [attributes['src']] : [],
    )
    expect(sources).toEqual([`/install/${token}/icon.png`, `/install/${token}/qr.svg`])
    // Nothing of it leads a tester to where they may not go.
    expect(elements.filter(({ name }) => name === 'form')).toEqual([])
  })

  test('says plainly that iOS wants https, and shows no button', async () => {
    await using it = await appWith({ 'app.ipa': await wallet() })
    const token = await it.token('app.ipa')
    const page = await it.page(token, safari)
    expect(textOf(page)).toMatch(/over https only.*http:\/\/localhost:8080.*OORE_BASE_URL/s)
    const hrefs = elementsOf(page).map(({ attributes }) => attributes['href'] ?? '')
    expect(hrefs.filter((href) => href.startsWith('itms-services:'))).toEqual([])
    const manifest = await it.app.asStranger(`/install/${token}/manifest.plist`)
    expect(manifest.status).toBe(409)
  })

  test('of an Android app gives the file to an Android phone, and a code to others', async () => {
    await using it = await appWith({ 'app.apk': digits })
    const token = await it.token('app.apk')
    const buttons = async (userAgent: string) =>
      elementsOf(await it.page(token, userAgent)).filter(({ attributes }) =>
        attributes['class']?.includes('button-primary'),
      )
    const [button] = await buttons(android)
    expect(button?.attributes['href']).toBe(`/install/${token}/file`)
    expect(await buttons(safari)).toEqual([])
    expect(textOf(await it.page(token, 'curl/8.5.0'))).toContain('Point the camera')
    expect((await it.app.asStranger(`/install/${token}/manifest.plist`)).status).toBe(409)
    expect((await it.app.asStranger(`/install/${token}/icon.png`)).status).toBe(404)
  })

  test('of a file that is no app says so, and stands', async () => {
    await using it = await appWith({ 'app.ipa': 'no zip' }, https)
    const token = await it.token('app.ipa')
    expect(textOf(await it.page(token, safari))).toMatch(/not an iOS app as it should be/)
    expect((await it.app.asStranger(`/install/${token}/manifest.plist`)).status).toBe(409)
  })

  test('shows names that mean harm as text', async () => {
    const evil = '"><img src=x onerror=alert(1)>\u202e.apk'
    await using it = await appWith({ [evil]: digits })
    const page = await it.page(await it.token(evil), android)
    expect(elementsOf(page).filter(({ attributes }) => 'onerror' in attributes)).toEqual([])
    expect(textOf(page)).toContain('<img src=x onerror=alert(1)>')
  })
})

describe('the manifest', () => {
  test('names the app and where its bytes are, as Apple asks for it', async () => {
    const info = { ...walletInfo, CFBundleDisplayName: 'Cash & <Carry>' }
    await using it = await appWith({ 'app.ipa': await ipaOf({ info }) }, https)
    const token = await it.token('app.ipa')
    const answer = await it.app.asStranger(`/install/${token}/manifest.plist`)
    expect(answer.headers.get('content-type')).toBe('application/xml; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    const list = readPlist(Buffer.from(await answer.arrayBuffer()))
    const map = (value: Record<string, unknown>) => new Map(Object.entries(value))
    const asset = map({
      kind: 'software-package',
      url: `https://ci.example/install/${token}/file`,
    })
    const metadata = map({
      'bundle-identifier': 'com.lumen.wallet',
      'bundle-version': '2.4.0',
      kind: 'software',
      title: 'Cash & <Carry>',
    })
    expect(list).toEqual(map({ items: [map({ assets: [asset], metadata })] }))
  })
})

describe('the file', () => {
  test('is the artifact, to download, as often as asked', async () => {
    const bytes = await wallet()
    await using it = await appWith({ 'Wället "1".ipa': bytes }, https)
    const token = await it.token('Wället "1".ipa')
    for (const method of ['HEAD', 'GET', 'GET']) {
      const answer = await it.app.asStranger(`/install/${token}/file`, { method })
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-length': String(bytes.length),
        'accept-ranges': 'bytes',
        'content-disposition': `attachment; filename="W_llet _1_.ipa"; filename*=UTF-8''W%C3%A4llet%20%221%22.ipa`,
      })
      const sent = Buffer.from(await answer.arrayBuffer())
      expect(sent.equals(method === 'HEAD' ? Buffer.alloc(0) : bytes)).toBe(true)
    }
  })

  test.each([
    ['bytes=0-0', 206, '0'],
    ['bytes=-3', 206, '789'],
    ['bytes=7-', 206, '789'],
    ['bytes=5-2', 416, ''],
    ['bytes=999999999999-', 416, ''],
    ['bytes=0-1,4-5', 200, digits],
  ])('asked for %s is %i', async (range, status, bytes) => {
    await using it = await appWith({ 'app.apk': digits })
    const token = await it.token('app.apk')
    const answer = await it.app.asStranger(`/install/${token}/file`, { headers: { range } })
    expect([answer.status, await answer.text()]).toEqual([status, bytes])
    expect(answer.headers.get('content-type')).toBe('application/vnd.android.package-archive')
  })
})

describe('the codes', () => {
  test('are pictures of the address of the page', async () => {
    await using it = await appWith({ 'app.apk': digits })
    const [token, other] = [await it.token('app.apk'), `${newId()}.1.x`]
    const svg = await it.app.asStranger(`/install/${token}/qr.svg`)
    expect(svg.headers.get('content-type')).toBe('image/svg+xml')
    const drawn = await svg.text()
    expect(drawn).toMatch(/^<svg [^]*<\/svg>\s*$/)
    expect(drawn).not.toMatch(/<script|style=|href/)
    expect(drawn).toBe(await qrSvg(`http://localhost:8080/install/${token}`))
    const png = await it.app.asStranger(`/install/${token}/qr.png`)
    expect(png.headers.get('content-type')).toBe('image/png')
    expect(png.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    const bytes = Buffer.from(await png.arrayBuffer())
    expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    expect((await it.app.asStranger(`/install/${other}/qr.png`)).status).toBe(403)
  })

  test('the icon of an iOS app is a PNG', async () => {
    await using it = await appWith({ 'app.ipa': await wallet() }, https)
    const answer = await it.app.asStranger(`/install/${await it.token('app.ipa')}/icon.png`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(Buffer.from(await answer.arrayBuffer()).toString('latin1', 12, 16)).toBe('IHDR')
  })
})

type Kept = AsyncDisposable & {
  app: TestApp
  build: Build
  ids: Record<string, Id>
  make(name: string): Promise<Response>
  token(name: string): Promise<string>
  page(token: string, userAgent: string): Promise<ReturnType<typeof readHtml>>
}

/** A server with one build that left these files behind, by name. */
async function appWith(
  files: Record<string, string | Uint8Array>,
  settings: Record<string, string> = {},
): Promise<Kept> {
  const app = await TestApp.start(settings)
  const { build } = await app.build()
  const ids = await storeArtifacts(app.services, build, files)
  const make = (name: string) =>
    app.asAdmin(`/api/builds/${build.id}/artifacts/${encodeURIComponent(name)}/install-link`, {
      method: 'POST',
    })
  return {
    app,
    build,
    ids,
    make,
    async token(name) {
      const { url } = (await (await make(name)).json()) as { url: string }
      return new URL(url).pathname.split('/')[2] ?? ''
    },
    async page(token, userAgent) {
      const headers = { 'user-agent': userAgent, accept: 'text/html' }
      return readHtml(await (await app.asStranger(`/install/${token}`, { headers })).text())
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}
