import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type FakeGoogle, startFakeGoogle } from '../support/fake-google/server.ts'

const app = 'com.lumen.wallet'
const firebaseApp = '1:228333310124:ios:5e439e0d0231a788ac8f09'

type Script = AsyncDisposable & {
  google: FakeGoogle
  home: string
  run(tool: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>
}

/** A script of a build that has the key of a service account. */
async function script(changes: Record<string, string> = {}): Promise<Script> {
  const google = await startFakeGoogle()
  const home = mkdtempSync(join(tmpdir(), 'oore-google-'))
  const env = {
    HOME: home,
    OORE_PLAY_BASE_URL: google.url,
    OORE_FIREBASE_BASE_URL: google.url,
    GOOGLE_PLAY_SERVICE_ACCOUNT_CREDENTIALS: google.account,
    FIREBASE_SERVICE_ACCOUNT_CREDENTIALS: google.account,
    ...changes,
  }
  return {
    google,
    home,
    // The stand-in answers from this process, so it must not be held up while the program runs.
    run: (tool, ...args) =>
      new Promise((done) => {
        const program = resolve('bin/tools', tool)
        execFile(
          process.execPath,
          [program, ...args],
          { cwd: home, env },
          (error, stdout, stderr) =>
            done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
        )
      }),
    async [Symbol.asyncDispose]() {
      await google[Symbol.asyncDispose]()
      rmSync(home, { recursive: true })
    },
  }
}

const tracks = [
  {
    track: 'production',
    releases: [{ name: '1.0', status: 'completed', versionCodes: ['7', '9'] }],
  },
  {
    track: 'beta',
    releases: [{ status: 'draft' }, { status: 'inProgress', versionCodes: ['41'] }],
  },
  { track: 'internal' },
]
const latest = ['get-latest-build-number', '--package-name', app]

describe('google-play', () => {
  test.each<[string[], string]>([
    [[], '41\n'],
    [['--tracks', 'production', 'internal'], '9\n'],
    [['--tracks=internal'], ''],
    [['-t', 'beta', '--json', '-v'], '41\n'],
  ])('get-latest-build-number %j prints the number and nothing else', async (args, stdout) => {
    await using on = await script()
    on.google.tracks[app] = tracks
    expect(await on.run('google-play', ...latest, ...args)).toMatchObject({ code: 0, stdout })
    // Google lets an account have one edit of an app; a person's would be ended by one left open.
    expect(on.google.edits.size).toBe(0)
  })

  test('takes its key from an option, a file, and a variable of the older name', async () => {
    await using on = await script({ GOOGLE_PLAY_SERVICE_ACCOUNT_CREDENTIALS: '' })
    on.google.tracks[app] = tracks
    const missing = await on.run('google-play', ...latest)
    expect(missing).toMatchObject({ code: 2, stdout: '' })
    expect(missing.stderr).toContain('GOOGLE_PLAY_SERVICE_ACCOUNT_CREDENTIALS')
    writeFileSync(join(on.home, 'key.json'), on.google.account)
    const by = ['--credentials', '@file:key.json']
    expect((await on.run('google-play', ...latest, ...by)).stdout).toBe('41\n')
    await using older = await script({
      GOOGLE_PLAY_SERVICE_ACCOUNT_CREDENTIALS: '',
      GCLOUD_SERVICE_ACCOUNT_CREDENTIALS: on.google.account,
      OORE_PLAY_BASE_URL: on.google.url,
    })
    expect((await older.run('google-play', ...latest)).stdout).toBe('41\n')
    const variable = ['--credentials', '@env:NO_SUCH_VARIABLE']
    expect((await older.run('google-play', ...latest, ...variable)).code).toBe(2)
  })

  test('says what is wrong without the key: no key, another key, no such app, not invited', async () => {
    await using on = await script()
    on.google.tracks[app] = tracks
    const failed = async (words: string, ...args: string[]) => {
      const told = await on.run('google-play', ...args)
      expect(told).toMatchObject({ code: 1, stdout: '' })
      expect(told.stderr).toContain(words)
      expect(told.stderr).not.toContain('PRIVATE KEY')
    }
    await failed('no key of a service account', ...latest, '--credentials', '{"type":"user"}')
    const damaged = JSON.stringify({ ...JSON.parse(on.google.account), private_key: 'x' })
    await failed('private_key', ...latest, '--credentials', damaged)
    await using other = await startFakeGoogle()
    const stranger = { ...JSON.parse(other.account), token_uri: `${on.google.url}/token` }
    await failed('Invalid JWT Signature', ...latest, '--credentials', JSON.stringify(stranger))
    await failed('by hand', 'get-latest-build-number', '-p', 'com.lumen.other')
    on.google.forbidden.add(app)
    await failed('Users and permissions', ...latest)
    expect(on.google.edits.size).toBe(0)
  })

  test('asks again where Google cannot answer, and not for ever', async () => {
    await using on = await script()
    on.google.tracks[app] = tracks
    on.google.fail({ status: 503, times: 2, retryAfter: '0' })
    expect(await on.run('google-play', ...latest)).toMatchObject({ code: 0, stdout: '41\n' })
    on.google.fail({ status: 429, times: 1000, retryAfter: '0' })
    on.google.calls.length = 0
    const given = await on.run('google-play', ...latest)
    expect(given).toMatchObject({ code: 1, stderr: expect.stringContaining('429') })
    expect(on.google.calls).toHaveLength(4)
  })

  test('names what is there to whoever says what is not', async () => {
    await using on = await script()
    const wrong = await on.run('google-play', ...latest, '--trakcs', 'beta')
    expect(wrong).toMatchObject({ code: 2, stdout: '' })
    expect(wrong.stderr).toContain('--tracks')
    const unknown = await on.run('google-play', 'promote')
    expect(unknown).toMatchObject({ code: 2, stdout: '' })
    expect(unknown.stderr).toContain('get-latest-build-number')
  })

  test('lists tracks and bundles, for people and as JSON', async () => {
    await using on = await script()
    on.google.tracks[app] = tracks
    on.google.bundles[app] = [{ versionCode: 41, sha1: 'a', sha256: 'b' }]
    const shown = async (...args: string[]) =>
      (await on.run('google-play', ...args, '-p', app)).stdout
    expect(await shown('tracks', 'list')).toContain('1.0 completed, version codes 7, 9')
    expect(JSON.parse(await shown('tracks', 'get', '-t', 'beta', '--json'))).toEqual([tracks[1]])
    expect(await shown('bundles', 'list')).toBe('41\n')
    expect(await shown('apks', 'list')).toBe('')
    const none = await on.run('google-play', 'tracks', 'get', '-p', app, '-t', 'alpha')
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('production') })
  })
})

describe('firebase-app-distribution', () => {
  const releases = Array.from({ length: 130 }, (_, index) => ({
    displayVersion: '1.2',
    buildVersion: String(index + 1),
    createTime: `2026-11-${String(1 + Math.floor(index / 10)).padStart(2, '0')}T0${index % 10}:00:00Z`,
  }))

  test('get-latest-build-version prints that of the newest release', async () => {
    await using on = await script()
    on.google.releases[`projects/228333310124/apps/${firebaseApp}`] = releases
    const get = ['get-latest-build-version', '-a', firebaseApp]
    for (const project of [[], ['-p', '228333310124'], ['--project-number=228333310124']]) {
      const told = await on.run('firebase-app-distribution', ...get, ...project)
      expect(told).toEqual({ code: 0, stdout: '130\n', stderr: '' })
    }
    const gone = await on.run('firebase-app-distribution', ...get, '--project-id', '7')
    expect(gone).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('404') })
    const older = ['get-latest-build-number', '-a', firebaseApp]
    expect((await on.run('firebase-app-distribution', ...older)).stdout).toBe('130\n')
    const odd = await on.run('firebase-app-distribution', 'get-latest-build-version', '-a', 'x')
    expect(odd.code).toBe(2)
  })

  test('lists all releases, page after page, and none where there is none', async () => {
    await using on = await script()
    const parent = `projects/228333310124/apps/${firebaseApp}`
    on.google.releases[parent] = releases
    const list = ['releases', 'list', '-a', firebaseApp]
    const { stdout } = await on.run('firebase-app-distribution', ...list)
    expect(stdout.trim().split('\n')).toHaveLength(130)
    on.google.releases[parent] = []
    const none = ['get-latest-build-version', '-a', firebaseApp]
    expect(await on.run('firebase-app-distribution', ...none)).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No release is there yet.\n',
    })
  })
})
