import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { fromBufferPromise } from 'yauzl'
import { artifactDirectory, artifactFile } from '../../src/core/artifacts/files.ts'
import type { Build } from '../../src/core/builds/build.ts'
import { schema } from '../../src/db/client.ts'
import { sha256Hex } from '../../src/lib/crypto.ts'
import { newId } from '../../src/lib/ids.ts'
import { TestApp } from '../support/app.ts'
import { eventually } from '../support/eventually.ts'

const digits = '0123456789'

describe('the artifacts of a build', () => {
  test('are listed with size, hash and the address of their bytes', async () => {
    await using it = await appWith({ 'app one.apk': digits })
    const answer = await it.app.asAdmin(`/api/builds/${it.build.id}/artifacts`)
    expect(answer.status).toBe(200)
    const { data } = (await answer.json()) as { data: Record<string, unknown>[] }
    expect(data).toEqual([
      {
        id: it.ids['app one.apk'],
        name: 'app one.apk',
        path: 'out/app one.apk',
        size_bytes: 10,
        sha256: sha256Hex(digits),
        content_type: 'application/octet-stream',
        kind: 'file',
        metadata: {},
        created_at: '2026-01-01T12:00:00.000Z',
        url: `http://localhost:8080/api/builds/${it.build.id}/artifacts/app%20one.apk`,
      },
    ])
    const { pathname } = new URL(String(data[0]?.['url']))
    expect(await (await it.app.asAdmin(pathname)).text()).toBe(digits)
  })

  test('are nothing for a stranger, by either face', async () => {
    await using it = await appWith({ 'a.txt': digits })
    const base = `/builds/${it.build.id}`
    for (const path of ['/artifacts/a.txt', '/artifacts.zip']) {
      const answers = [
        await it.app.asStranger(`/api${base}${path}`),
        await it.app.asStranger(`${base}${path}`),
      ]
      for (const answer of answers) {
        expect(answer.status).toBe(401)
        expect(await answer.text()).not.toContain(digits)
      }
    }
  })

  test('belong to their build: no other build hands them out, nor do paths', async () => {
    await using it = await appWith({ 'a.txt': digits })
    const { build: other } = await it.app.build()
    const asked = [
      `/api/builds/${other.id}/artifacts/${it.ids['a.txt']}`,
      `/api/builds/${it.build.id}/artifacts/..%2f${it.build.id}%2f${it.ids['a.txt']}`,
      `/api/builds/${it.build.id}/artifacts/..%2f..%2foore.db`,
      `/api/builds/${it.build.id}/artifacts/%252e%252e%252foore.db`,
      `/api/builds/${it.build.id}/artifacts/..%5c..%5coore.db`,
      `/api/builds/${it.build.id}/artifacts/a.txt%00`,
      `/api/builds/${it.build.id}/artifacts//a.txt`,
    ]
    for (const path of asked) {
      expect([path, (await it.app.asAdmin(path)).status]).toEqual([path, 404])
    }
  })

  test('whose file is gone are 410, with what to do', async () => {
    await using it = await appWith({ 'a.txt': digits })
    rmSync(artifactFile(it.app.services.config, it.build.id, it.ids['a.txt']!))
    const answer = await it.app.asAdmin(`/api/builds/${it.build.id}/artifacts/a.txt`)
    expect(answer.status).toBe(410)
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('Build it again') })
  })
})

describe('the bytes of an artifact', () => {
  test('come as a download that no browser runs, by name and by id', async () => {
    await using it = await appWith({ 'page.html': '<script>alert(1)</script>' })
    for (const key of ['page.html', it.ids['page.html']!]) {
      const answer = await it.app.asAdmin(`/api/builds/${it.build.id}/artifacts/${key}`)
      expect(answer.status).toBe(200)
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-disposition': expect.stringMatching(/^attachment; /),
        'content-length': '25',
        'accept-ranges': 'bytes',
        etag: `"${sha256Hex('<script>alert(1)</script>')}"`,
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining('sandbox'),
      })
      expect(await answer.text()).toBe('<script>alert(1)</script>')
    }
  })

  const ranges: [asked: string, status: number, bytes: string, range: string | null][] = [
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=2-5', 206, '2345', 'bytes 2-5/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-500', 206, digits, 'bytes 0-9/10'],
    ['bytes=5-9999', 206, '56789', 'bytes 5-9/10'],
    ['bytes=5-2', 416, '', 'bytes */10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=999999999999-', 416, '', 'bytes */10'],
    ['bytes=-0', 416, '', 'bytes */10'],
    ['bytes=0-1,4-5', 200, digits, null],
    ['lines=1-2', 200, digits, null],
    ['bytes=a-b', 200, digits, null],
  ]
  for (const [asked, status, bytes, range] of ranges) {
    test(`asked for ${asked} are ${status}`, async () => {
      await using it = await appWith({ 'a.txt': digits })
      const path = `/api/builds/${it.build.id}/artifacts/a.txt`
      const answer = await it.app.asAdmin(path, { headers: { range: asked } })
      expect(answer.status).toBe(status)
      expect(answer.headers.get('content-range')).toBe(range)
      expect(await answer.text()).toBe(bytes)
      if (status < 300) expect(answer.headers.get('content-length')).toBe(String(bytes.length))
    })
  }

  test('go on only where they are still those the caller has', async () => {
    await using it = await appWith({ 'a.txt': digits })
    const path = `/api/builds/${it.build.id}/artifacts/a.txt`
    const on = async (ifRange: string) => {
      const headers = { range: 'bytes=5-', 'if-range': ifRange }
      const answer = await it.app.asAdmin(path, { headers })
      return [answer.status, await answer.text()]
    }
    expect(await on(`"${sha256Hex(digits)}"`)).toEqual([206, '56789'])
    expect(await on(`"${sha256Hex('something else')}"`)).toEqual([200, digits])
  })

  test('are not sent to a caller who has them', async () => {
    await using it = await appWith({ 'a.txt': digits })
    const path = `/api/builds/${it.build.id}/artifacts/a.txt`
    const etag = `"${sha256Hex(digits)}"`
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await it.app.asAdmin(path, { headers: { 'if-none-match': known } })
      expect([known, answer.status, await answer.text()]).toEqual([known, 304, ''])
      expect(answer.headers.get('etag')).toBe(etag)
    }
    const stale = await it.app.asAdmin(path, { headers: { 'if-none-match': '"other"' } })
    expect(stale.status).toBe(200)
  })

  test('are measured by HEAD without being read', async () => {
    await using it = await appWith({ 'a.txt': digits })
    const path = `/api/builds/${it.build.id}/artifacts/a.txt`
    const answer = await it.app.asAdmin(path, { method: 'HEAD' })
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, '10'])
    expect(await answer.text()).toBe('')
  })

  test('may be none at all', async () => {
    await using it = await appWith({ 'empty.txt': '' })
    const path = `/api/builds/${it.build.id}/artifacts/empty.txt`
    const answer = await it.app.asAdmin(path)
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    const part = await it.app.asAdmin(path, { headers: { range: 'bytes=0-' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([416, 'bytes */0'])
  })
})

describe('a hostile name', () => {
  const names = [
    'a\r\nSet-Cookie: oore_session=x',
    'quote".txt',
    'semi;colon.txt',
    "o'hara (1)*.txt",
    'back\\slash.txt',
    'percent%41.txt',
    'bidi\u202egpj.exe',
    '日本語🙂.txt',
    'x'.repeat(255),
    ' ',
  ]
  for (const name of names) {
    test(`${JSON.stringify(name).slice(0, 40)} stays inside its header, whole`, async () => {
      await using it = await appWith({ [name]: digits })
      const path = `/api/builds/${it.build.id}/artifacts/${encodeURIComponent(name)}`
      const answer = await it.app.asAdmin(path)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('set-cookie')).toBeNull()
      const value = answer.headers.get('content-disposition') ?? ''
      const [, plain, real] =
        /^attachment; filename="([\x20-\x7e]*)"; filename\*=UTF-8''([\w.!~%-]*)$/.exec(value) ?? []
      expect(plain).not.toMatch(/["\\;%]/)
      expect(decodeURIComponent(real ?? '')).toBe(name)
      expect(await answer.text()).toBe(digits)
    })
  }
})

describe('all artifacts as a zip', () => {
  test('hold every file under its name, by either face', async () => {
    await using it = await appWith({ 'app.apk': digits, 'log.txt': 'said\n' })
    const browser = await it.app.asBrowser()
    const path = `/builds/${it.build.id}/artifacts.zip`
    for (const answer of [await it.app.asAdmin(`/api${path}`), await browser.ask(path)]) {
      expect(answer.headers.get('content-type')).toBe('application/zip')
      expect(answer.headers.get('content-disposition')).toContain('build-1-artifacts.zip')
      expect(await unzipped(answer)).toEqual({ 'app.apk': digits, 'log.txt': 'said\n' })
    }
  })

  test('unpack on every system and to nowhere else, whatever their names', async () => {
    await using it = await appWith({
      '../../evil.txt': 'up',
      '/etc/passwd': 'root',
      'C:\\boot.ini': 'drive',
      'con.txt': 'device',
      'App.txt': 'one',
      'app.txt': 'two',
      'dot.': 'end',
    })
    expect(
      await unzipped(await it.app.asAdmin(`/api/builds/${it.build.id}/artifacts.zip`)),
    ).toEqual({
      '.._.._evil.txt': 'up',
      _etc_passwd: 'root',
      'C__boot.ini': 'drive',
      '_con.txt': 'device',
      'App.txt': 'one',
      '2-app.txt': 'two',
      dot_: 'end',
    })
  })

  test('break off where a file goes away meanwhile, and the server stands', async () => {
    await using it = await appWith({ 'large.bin': digits.repeat(200_000), 'late.txt': 'late' })
    const path = `/api/builds/${it.build.id}/artifacts.zip`
    const answer = await it.app.asAdmin(path)
    expect(answer.status).toBe(200)
    rmSync(artifactFile(it.app.services.config, it.build.id, it.ids['late.txt']!))
    await expect(answer.arrayBuffer()).rejects.toThrow()
    expect((await it.app.asAdmin(path)).status).toBe(410)
  })

  // Only Linux tells which files a process holds.
  test.runIf(existsSync('/proc/self/fd'))(
    'let go of their files when the reader leaves',
    async () => {
      await using it = await appWith({ 'large.bin': digits.repeat(200_000) })
      const file = artifactFile(it.app.services.config, it.build.id, it.ids['large.bin']!)
      const answer = await it.app.asAdmin(`/api/builds/${it.build.id}/artifacts.zip`)
      const reader = answer.body!.getReader()
      await reader.read()
      await eventually(() => expect(openFiles()).toContain(file))
      await reader.cancel()
      await eventually(() => expect(openFiles()).not.toContain(file))
    },
  )

  test('are not begun for HEAD, and are 404 where there is none', async () => {
    await using it = await appWith({ 'a.txt': digits })
    const head = await it.app.asAdmin(`/api/builds/${it.build.id}/artifacts.zip`, {
      method: 'HEAD',
    })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const { build: bare } = await it.app.build()
    expect((await it.app.asAdmin(`/api/builds/${bare.id}/artifacts.zip`)).status).toBe(404)
  })
})

/** The files this process holds open. */
const openFiles = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return []
    }
  })

type Kept = AsyncDisposable & { app: TestApp; build: Build; ids: Record<string, string> }

/** A server with one build that left these files behind, by name. */
async function appWith(files: Record<string, string>): Promise<Kept> {
  const app = await TestApp.start()
  const { build } = await app.build()
  const { config, clock, db } = app.services
  mkdirSync(artifactDirectory(config, build.id), { recursive: true })
  const rows = Object.entries(files).map(([name, content], index) => ({
    id: newId(),
    buildId: build.id,
    index,
    name,
    path: `out/${name}`,
    sizeBytes: Buffer.byteLength(content),
    sha256: sha256Hex(content),
    contentType: 'application/octet-stream',
    kind: 'file' as const,
    storedAt: clock(),
    createdAt: clock(),
  }))
  for (const { id, name } of rows) writeFileSync(artifactFile(config, build.id, id), files[name]!)
  await db.write(async (tx) => void (await tx.insert(schema.artifacts).values(rows)))
  return {
    app,
    build,
    ids: Object.fromEntries(rows.map(({ name, id }) => [name, id])),
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}

/** The files of a zip by name. The reader itself refuses names that lead elsewhere. */
async function unzipped(answer: Response): Promise<Record<string, string>> {
  const zip = await fromBufferPromise(Buffer.from(await answer.arrayBuffer()))
  const found: Record<string, string> = {}
  for await (const entry of zip.eachEntry()) {
    found[entry.fileName] = await text(await zip.openReadStreamPromise(entry))
  }
  return found
}
