import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Secret } from '../../../src/lib/secret.ts'
import { git } from '../../../src/scm/git/run.ts'
import { makeRepo } from '../../support/repo.ts'
import { commandLines, tempDir } from './places.ts'
import { startServer, startSilentServer } from './servers.ts'

const timeoutMs = 15_000

afterEach(() => vi.unstubAllEnvs())

describe('git', () => {
  test('gives what git printed, and whether it succeeded', async () => {
    using repo = makeRepo()
    const good = await git(['rev-parse', 'HEAD'], { cwd: repo.dir, timeoutMs })
    expect(good).toEqual({ ok: true, stdout: `${repo.head()}\n`, stderr: '', timedOut: false })
    const bad = await git(['rev-parse', '--verify', 'nope'], { cwd: repo.dir, timeoutMs })
    expect(bad).toMatchObject({ ok: false, timedOut: false })
    expect(bad.stderr).toContain('fatal:')
  })

  test('a git that lies about is not the one that runs', async () => {
    using repo = makeRepo()
    const mark = join(repo.dir, 'MARK')
    for (const dir of [repo.dir, join(repo.dir, 'bin')]) {
      mkdirSync(dir, { recursive: true })
      writeFileSync(join(dir, 'git'), `#!/bin/sh\ntouch '${mark}'\n`)
      chmodSync(join(dir, 'git'), 0o755)
    }
    vi.stubEnv('PATH', `${repo.dir}:${join(repo.dir, 'bin')}:.`)
    expect((await git(['status'], { cwd: repo.dir, timeoutMs })).ok).toBe(true)
    expect(existsSync(mark)).toBe(false)
  })

  test("nothing of this process's environment reaches git", async () => {
    using repo = makeRepo()
    vi.stubEnv('GIT_SSH_COMMAND', 'touch MARK')
    vi.stubEnv('GIT_ASKPASS', '/tmp/askpass')
    vi.stubEnv('LD_PRELOAD', '/tmp/evil.so')
    vi.stubEnv('ENCRYPTION_KEY', 'the key')
    const names = await environmentInside(repo)
    expect(names).not.toMatch(/touch MARK|LD_PRELOAD|ENCRYPTION_KEY|\/tmp\/askpass/)
    expect(names).toMatch(/^GIT_TERMINAL_PROMPT=0$/m)
    expect(names).toMatch(/^GIT_ALLOW_PROTOCOL=none$/m)
  })

  test('a proxy and the certificates of the machine do, and the tag of a build', async () => {
    using repo = makeRepo()
    vi.stubEnv('HTTPS_PROXY', 'http://proxy.example:3128')
    vi.stubEnv('SSL_CERT_FILE', '/etc/company.pem')
    const names = await environmentInside(repo, 'a-build')
    expect(names).toMatch(/^HTTPS_PROXY=http:\/\/proxy.example:3128$/m)
    expect(names).toMatch(/^GIT_SSL_CAINFO=\/etc\/company.pem$/m)
    expect(names).toMatch(/^OORE_BUILD_ID=a-build$/m)
  })

  test('hooks and the file system monitor of a repository do not run', async () => {
    using repo = makeRepo()
    const mark = join(repo.dir, '..', 'MARK')
    const hook = join(repo.dir, '.git/hooks/post-checkout')
    mkdirSync(join(repo.dir, '.git/hooks'), { recursive: true })
    writeFileSync(hook, `#!/bin/sh\ntouch '${mark}'\n`)
    chmodSync(hook, 0o755)
    repo.git('config', 'core.fsmonitor', hook)
    await git(['checkout', '--quiet', '-b', 'other'], { cwd: repo.dir, timeoutMs })
    await git(['status'], { cwd: repo.dir, timeoutMs })
    expect(existsSync(mark)).toBe(false)
  })

  test('an address that is not the remote, and every helper, is refused', async () => {
    using repo = makeRepo()
    using elsewhere = tempDir()
    const mark = join(elsewhere.path, 'MARK')
    const options = { cwd: repo.dir, timeoutMs }
    for (const url of [`ext::touch ${mark}`, repo.url]) {
      const end = await git(['ls-remote', '--', url], options)
      expect(end.stderr).toMatch(/transport '(ext|file)' not allowed/)
    }
    const remote = { url: repo.url, credential: null }
    expect((await git(['ls-remote', '--', repo.url], { ...options, remote })).ok).toBe(true)
    const option = `--upload-pack=touch ${mark}`
    expect((await git(['ls-remote', '--', option], { ...options, remote })).ok).toBe(false)
    expect(existsSync(mark)).toBe(false)
  })

  test('a server that stays silent is given up', async () => {
    using place = tempDir()
    await using server = await startSilentServer()
    const remote = { url: `${server.url}/app.git`, credential: null }
    const end = await git(['ls-remote', '--', remote.url], {
      cwd: place.path,
      remote,
      timeoutMs,
      lowSpeedSeconds: 1,
    })
    expect(end).toMatchObject({ ok: false, timedOut: false })
    expect(end.stderr).toMatch(/too slow|timed out/i)
  })

  test('what takes too long is ended, with its helpers', async () => {
    using place = tempDir()
    await using server = await startSilentServer()
    const remote = { url: `${server.url}/late.git`, credential: null }
    const args = ['ls-remote', '--', remote.url]
    const end = await git(args, { cwd: place.path, remote, timeoutMs: 300 })
    expect(end).toMatchObject({ ok: false, timedOut: true })
    expect(commandLines().filter((line) => line.includes(remote.url))).toEqual([])
  })

  test('aborting ends the whole group of processes at once', async () => {
    using place = tempDir()
    const abort = new AbortController()
    await using server = await startServer(() => abort.abort(new Error('cancelled')))
    const remote = { url: `${server.url}/app.git`, credential: null }
    const args = ['ls-remote', '--', remote.url]
    const running = git(args, { cwd: place.path, remote, timeoutMs, signal: abort.signal })
    await expect(running).rejects.toThrow('cancelled')
    expect(commandLines().filter((line) => line.includes(remote.url))).toEqual([])
  })

  test('a redirect is not followed: its target is never asked', async () => {
    using place = tempDir()
    await using target = await startServer((_, response) => response.end())
    await using server = await startServer((request, response) => {
      response.writeHead(302, { location: `${target.url}${request.url}` }).end()
    })
    const remote = { url: `${server.url}/app.git`, credential: null }
    const end = await git(['ls-remote', '--', remote.url], { cwd: place.path, remote, timeoutMs })
    expect(end.ok).toBe(false)
    expect(server.requests).toHaveLength(1)
    expect(target.requests).toEqual([])
  })

  test('what a server says back of the credential is not repeated', async () => {
    using place = tempDir()
    const password = 'pa ss/wörd+1'
    await using server = await startServer((request, response) => {
      const asked = request.headers.authorization !== undefined
      const said = `you sent ${request.headers.authorization} and ${password}\n`
      if (asked) response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(said)
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    })
    const remote = {
      url: `${server.url}/app.git`,
      credential: { username: 'ada', password: new Secret(password) },
    }
    const end = await git(['ls-remote', '--', remote.url], { cwd: place.path, remote, timeoutMs })
    expect(end.stderr).toContain('you sent Basic [secret] and [secret]')
  })

  test('a credential answers for its own origin only', async () => {
    using place = tempDir()
    const asked: (string | undefined)[] = []
    await using other = await startServer((request, response) => {
      asked.push(request.headers.authorization)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    })
    const credential = { username: 'ada', password: new Secret('hunter2') }
    const remote = { url: 'http://127.0.0.1:1/app.git', credential }
    const args = ['ls-remote', '--', `${other.url}/submodule.git`]
    const end = await git(args, { cwd: place.path, remote, timeoutMs })
    expect(end.stderr).toMatch(/could not read Username|terminal prompts disabled/)
    expect(asked).toEqual([undefined])
  })
})

test('a credential with a line end, which could say more to git than a password, is refused', async () => {
  using place = tempDir()
  const credential = { username: 'ada', password: new Secret('hunter2\nhost=evil.example') }
  const remote = { url: 'https://git.example.com/app.git', credential }
  await expect(
    git(['ls-remote', '--', remote.url], { cwd: place.path, remote, timeoutMs }),
  ).rejects.toMatchObject({ trouble: 'invalid', fields: [{ field: 'clone_password' }] })
})

/** The environment as a program started by git sees it. */
async function environmentInside(
  repo: { dir: string; git(...args: string[]): string },
  buildId = 'none',
) {
  repo.git('config', 'alias.environment', '!env')
  return (await git(['environment'], { cwd: repo.dir, timeoutMs, buildId })).stdout
}
