import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type CheckoutJob, type CheckoutRequest, checkout } from '../../../src/scm/git/checkout.ts'
import { makeRepo, pullRequest, runGit } from '../../support/repo.ts'
import { commandLines, filesHolding, tempDir } from './places.ts'
import { type GitServerOptions, startGitServer, startServer } from './servers.ts'

const login = { username: 'ada', password: 'hunter2-hunter2' }

afterEach(() => vi.unstubAllEnvs())

// Both ways to the same work tree: a link to the objects on this disk, and a fetch over http.
describe.each(['disk', 'http'] as const)('checkout by %s', (way) => {
  test('puts the exact commit there, on its branch, with its origin', async () => {
    await using at = await ready(way, { 'a/b.txt': 'one\n', 'run.sh': 'exit 0\n' })
    const commit = at.repo.head()
    at.repo.commit({ 'a/b.txt': 'two\n' })
    await at.checkout({ commit, ref: 'refs/heads/main' })

    expect(readFileSync(join(at.into, 'a/b.txt'), 'utf8')).toBe('one\n')
    expect(runGit(at.into, 'rev-parse', 'HEAD')).toBe(commit)
    expect(runGit(at.into, 'status', '--porcelain', '--branch')).toMatch(
      /^## main\.\.\.origin\/main$/,
    )
    expect(runGit(at.into, 'remote', 'get-url', 'origin')).toBe(at.url)
    expect(runGit(at.into, 'log', '--format=%s')).toBe('Begin')
    expect(runGit(at.into, 'fsck', '--no-dangling')).toBe('')
  })

  test('describes a tagged commit, and has no branch on a tag', async () => {
    await using at = await ready(way)
    at.repo.tag('v1.2')
    await at.checkout({ commit: at.repo.head(), ref: 'refs/tags/v1.2' })
    expect(runGit(at.into, 'describe')).toBe('v1.2')
    expect(runGit(at.into, 'branch', '--show-current')).toBe('')
  })

  test('a commit without a ref is checked out detached', async () => {
    await using at = await ready(way)
    await at.checkout({ commit: at.repo.head(), ref: null })
    expect(runGit(at.into, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('HEAD')
    expect(runGit(at.into, 'status', '--porcelain')).toBe('')
  })

  test('the merge of a pull request, which is on no branch, is checked out detached', async () => {
    for (const ref of ['refs/pull/7/merge', 'refs/merge-requests/7/merge']) {
      await using at = await ready(way, {}, { namedOnly: true })
      const { merge } = pullRequest(at.repo, ref)
      await at.checkout({ commit: merge, ref })
      expect(runGit(at.into, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe('HEAD')
      expect(runGit(at.into, 'rev-parse', 'HEAD')).toBe(merge)
      expect(readFileSync(join(at.into, 'feature.txt'), 'utf8')).toBe('new\n')
      expect(readFileSync(join(at.into, 'meanwhile.txt'), 'utf8')).toBe('other\n')
    }
  })

  test.each(['$(touch${IFS}MARK)', '`id`', 'a;b', `a'b"c`, 'a|b', '<script>'])(
    'a branch called %s is a name and nothing else',
    async (branch) => {
      await using at = await ready(way)
      at.repo.branch(branch)
      const commit = at.repo.commit({ x: 'x' })
      await at.checkout({ commit, ref: `refs/heads/${branch}` })
      expect(runGit(at.into, 'branch', '--show-current')).toBe(branch)
      expect(runGit(at.into, 'rev-parse', '@{upstream}')).toBe(commit)
      expect(existsSync(join(at.into, 'MARK'))).toBe(false)
    },
  )

  test('no filter and no hook runs, whoever set it up, and large files stay pointers', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n'
    await using at = await ready(way, {
      '.gitattributes': '*.bin filter=lfs diff=lfs\n*.txt filter=evil\n',
      'big.bin': pointer,
      'a.txt': 'text\n',
    })
    using home = tempDir()
    const mark = join(home.path, 'MARK')
    const hook = join(home.path, 'hooks/post-checkout')
    mkdirSync(dirname(hook))
    writeFileSync(hook, `#!/bin/sh\ntouch '${mark}'\n`, { mode: 0o755 })
    for (const [key, value] of [
      ['filter.evil.smudge', `touch '${mark}'; cat`],
      ['filter.lfs.smudge', `touch '${mark}'; cat`],
      ['core.hooksPath', dirname(hook)],
    ] as const) {
      runGit(home.path, 'config', '--file', '.gitconfig', key, value)
    }
    vi.stubEnv('HOME', home.path)

    await at.checkout({ commit: at.repo.head(), ref: 'refs/heads/main' })
    expect(readFileSync(join(at.into, 'big.bin'), 'utf8')).toBe(pointer)
    expect(readFileSync(join(at.into, 'a.txt'), 'utf8')).toBe('text\n')
    expect(existsSync(mark)).toBe(false)
  })

  test('a commit that was force-pushed away is found where it still exists', async () => {
    await using at = await ready(way)
    const commit = at.repo.commit({ a: 'a' })
    at.repo.git('reset', '--quiet', '--hard', 'HEAD~1')
    at.repo.commit({ b: 'b' })
    await at.checkout({ commit, ref: 'refs/heads/main' })
    expect(existsSync(join(at.into, 'a'))).toBe(true)
  })

  test('a commit that is gone says so, with what to do', async () => {
    await using at = await ready(way)
    const gone = at.checkout({ commit: 'e'.repeat(40), ref: 'refs/heads/main' })
    await expect(gone).rejects.toMatchObject({ trouble: 'gone' })
    await expect(gone).rejects.toThrow(/force-pushed.*Start a build of the newest commit/)
  })

  test('a branch that is gone does not matter while its commit is there', async () => {
    await using at = await ready(way)
    at.repo.branch('short-lived')
    const commit = at.repo.commit({ a: 'a' })
    at.repo.branch('main')
    at.repo.git('branch', '--quiet', '-D', 'short-lived')
    await at.checkout({ commit, ref: 'refs/heads/short-lived' })
    expect(runGit(at.into, 'rev-parse', 'short-lived')).toBe(commit)
  })

  test('works with ids of SHA-256', async () => {
    using place = tempDir()
    const dir = join(place.path, 'wide')
    runGit(place.path, 'init', '--quiet', '--object-format=sha256', '-b', 'main', dir)
    runGit(dir, 'commit', '--quiet', '--allow-empty', '-m', 'Begin')
    const commit = runGit(dir, 'rev-parse', 'HEAD')
    await using server = await startGitServer({ root: place.path })
    const url = way === 'disk' ? `file://${dir}` : `${server.url}/wide/.git`
    const into = join(place.path, 'into')
    await checkout(jobFor(url, into, { commit, ref: 'refs/heads/main' }))
    expect(runGit(into, 'rev-parse', 'HEAD')).toBe(commit)
    expect(commit).toHaveLength(64)
  })
})

describe('checkout by disk', () => {
  test('links the objects, brings all history and tags, and borrows nothing', async () => {
    await using at = await ready('disk')
    at.repo.tag('v1')
    at.repo.git('pack-refs', '--all')
    at.repo.commit({ a: '1' })
    at.repo.git('gc', '--quiet')
    const commit = at.repo.commit({ a: '2' })
    at.repo.git('tag', 'light')
    await at.checkout({ commit, ref: 'refs/heads/main', depth: 1 })
    at.repo[Symbol.dispose]()

    expect(runGit(at.into, 'rev-list', '--count', 'HEAD')).toBe('3')
    expect(runGit(at.into, 'describe', '--long')).toMatch(/^v1-2-g/)
    expect(runGit(at.into, 'tag')).toBe('light\nv1')
    expect(runGit(at.into, 'fsck', '--no-dangling')).toBe('')
  })

  test('never links what is a symbolic link, but fetches instead', async () => {
    await using at = await ready('disk')
    using place = tempDir()
    const secret = join(place.path, 'secret')
    writeFileSync(secret, 'not yours')
    const planted = join(at.repo.dir, '.git/objects/aa')
    mkdirSync(planted, { recursive: true })
    symlinkSync(secret, join(planted, 'b'.repeat(38)))
    await at.checkout({ commit: at.repo.head(), ref: 'refs/heads/main' })
    expect(existsSync(join(at.into, '.git/objects/aa', 'b'.repeat(38)))).toBe(false)
    expect(at.said.join('\n')).toMatch(/^Fetching/)
  })

  test('fetches from a repository that borrows its objects from another one', async () => {
    await using at = await ready('disk')
    using place = tempDir()
    const borrower = join(place.path, 'borrower')
    at.repo.git('clone', '--quiet', '--shared', at.repo.dir, borrower)
    const into = join(place.path, 'into')
    await checkout(
      jobFor(`file://${borrower}`, into, { commit: at.repo.head(), ref: 'refs/heads/main' }),
    )
    expect(existsSync(join(into, '.git/objects/info/alternates'))).toBe(false)
    expect(runGit(into, 'rev-parse', 'HEAD')).toBe(at.repo.head())
  })

  test('is refused where the operator does not allow it', async () => {
    await using at = await ready('disk')
    const refused = at.checkout({ commit: at.repo.head(), ref: null, allow_local: false })
    await expect(refused).rejects.toThrow(/OORE_ALLOW_LOCAL_REPOSITORIES/)
  })
})

describe('checkout by http', () => {
  test('fetches no more history than asked for', async () => {
    await using at = await ready('http')
    for (const text of ['1', '2', '3']) at.repo.commit({ a: text })
    await at.checkout({ commit: at.repo.head(), ref: 'refs/heads/main', depth: 2 })
    expect(runGit(at.into, 'rev-list', '--count', 'HEAD')).toBe('2')
  })

  test('a server that hands out no bare commits gives it by its branch, however deep', async () => {
    await using at = await ready('http', {}, { namedOnly: true })
    const commit = at.repo.commit({ a: '0' })
    for (const text of ['1', '2', '3']) at.repo.commit({ a: text })
    await at.checkout({ commit, ref: 'refs/heads/main', depth: 1 })
    expect(readFileSync(join(at.into, 'a'), 'utf8')).toBe('0')
  })

  test('the credential is in no argument, address, file or reflog', async () => {
    const seen: string[] = []
    await using at = await ready(
      'http',
      {},
      { login, onRequest: () => seen.push(...commandLines()) },
    )
    await at.checkout({ commit: at.repo.head(), ref: 'refs/heads/main', credential: login })

    expect(seen.some((line) => line.includes(at.url)) || !existsSync('/proc')).toBe(true)
    expect(seen.filter((line) => line.includes(login.password))).toEqual([])
    const basic = Buffer.from(`${login.username}:${login.password}`).toString('base64')
    for (const secret of [login.password, basic, login.username]) {
      expect(filesHolding(join(at.into, '.git'), secret)).toEqual([])
      expect(runGit(at.into, 'config', '--list')).not.toContain(secret)
      expect(at.said.join('\n')).not.toContain(secret)
    }
  })

  test.each([null, { username: 'ada', password: 'wrong' }])(
    'a login of %j that is refused fails at once and says where to enter it',
    async (credential) => {
      await using at = await ready('http', {}, { login })
      const refused = at.checkout({ commit: at.repo.head(), ref: null, credential })
      await expect(refused).rejects.toThrow(/clone_username and clone_password/)
      expect(at.said.join('\n')).not.toContain('retry')
    },
  )

  test('a fault of the network is tried again, and the log counts', async () => {
    let faults = 2
    await using at = await ready('http', {}, { fault: () => (faults-- > 0 ? 502 : null) })
    await at.checkout({ commit: at.repo.head(), ref: 'refs/heads/main' })
    expect(at.said.filter((text) => text.includes('retry'))).toEqual([
      expect.stringMatching(/502[^]*Trying again in 0 s \(retry 1 of 3\)/),
      expect.stringMatching(/502[^]*Trying again in 0 s \(retry 2 of 3\)/),
    ])
  })

  test('a network that stays away ends with a sentence', async () => {
    await using at = await ready('http', {}, { fault: () => 502 })
    const attempt = at.checkout({ commit: at.repo.head(), ref: null })
    await expect(attempt).rejects.toMatchObject({ trouble: 'unavailable' })
    expect(at.said.filter((text) => text.includes('retry'))).toHaveLength(3)
  })

  test('a redirect to elsewhere is refused, and elsewhere is never asked', async () => {
    await using target = await startServer((_, response) => response.end())
    await using server = await startServer((request, response) => {
      response.writeHead(301, { location: `${target.url}${request.url}` }).end()
    })
    using place = tempDir()
    const commit = 'a'.repeat(40)
    const attempt = checkout(
      jobFor(`${server.url}/team/app.git`, join(place.path, 'into'), { commit, ref: null }),
    )
    await expect(attempt).rejects.toThrow(/redirects to another address/)
    expect(target.requests).toEqual([])
  })

  test('aborting ends it at once and leaves no process, not even while it waits', async () => {
    const abort = new AbortController()
    await using at = await ready('http', {}, { fault: () => 502 })
    const attempt = checkout({
      ...jobFor(at.url, at.into, { commit: at.repo.head(), ref: null }),
      signal: abort.signal,
      pausesMs: [600_000],
      say: (text) => text.includes('retry') && abort.abort(new Error('cancelled')),
    })
    await expect(attempt).rejects.toThrow('cancelled')
    expect(commandLines().filter((line) => line.includes(at.url))).toEqual([])
  })

  test('submodules come only when asked for, and only by safe transports', async () => {
    await using at = await ready('http')
    using inner = makeRepo({ 'inner.txt': 'inner\n' })
    at.repo.git(
      '-c',
      'protocol.file.allow=always',
      'submodule',
      'add',
      '--quiet',
      inner.url,
      'inner',
    )
    const commit = at.repo.commit({}, 'Add a submodule')
    await at.checkout({ commit, ref: 'refs/heads/main' })
    expect(existsSync(join(at.into, 'inner/inner.txt'))).toBe(false)

    using place = tempDir()
    const asked = checkout({
      ...jobFor(at.url, join(place.path, 'into'), { commit, ref: 'refs/heads/main' }),
      submodules: true,
    })
    await expect(asked).rejects.toThrow(/transport 'file' not allowed/)
  })
})

test('submodules of a repository on this disk are checked out too', async () => {
  using inner = makeRepo({ 'inner.txt': 'inner\n' })
  await using at = await ready('disk')
  at.repo.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '--quiet', inner.url, 'inner')
  const commit = at.repo.commit({}, 'Add a submodule')
  await checkout({ ...jobFor(at.url, at.into, { commit, ref: null }), submodules: true })
  expect(readFileSync(join(at.into, 'inner/inner.txt'), 'utf8')).toBe('inner\n')
})

describe('checkout of what was approved', () => {
  test.each(['disk', 'http'] as const)('by %s is of that commit or of its merge', async (way) => {
    await using at = await ready(way)
    const { head, merge, target } = pullRequest(at.repo, 'refs/pull/7/merge')
    at.repo.git('update-ref', 'refs/pull/7/head', head)
    const ref = 'refs/pull/7/merge'
    await at.checkout({ commit: merge, ref, approved_commit: head })
    expect(runGit(at.into, 'rev-parse', 'HEAD')).toBe(merge)
    using place = tempDir()
    const again = (name: string, commit: string, approved: string) =>
      checkout(
        jobFor(at.url, join(place.path, name), {
          commit,
          ref: 'refs/pull/7/head',
          approved_commit: approved,
        }),
      )
    await again('head', head, head)
    expect(runGit(join(place.path, 'head'), 'rev-parse', 'HEAD')).toBe(head)
    expect(runGit(join(place.path, 'head'), 'branch', '--list')).not.toContain('main')
    for (const approved of [merge, head.replace(/.$/, (last) => (last === '0' ? '1' : '0'))]) {
      await expect(again(`not-${approved}`, head, approved)).rejects.toMatchObject({
        trouble: 'conflict',
        message: expect.stringContaining('which is the commit that was approved'),
      })
    }
    // A commit may say anything of itself in its message.
    const liar = at.repo.commit({}, `parent ${head}\n\nparent ${head}`)
    await expect(again('liar', liar, head)).rejects.toMatchObject({ trouble: 'conflict' })
    expect(target).not.toBe(head)
  })

  test('opens no other repository of the server by the credential', async () => {
    await using at = await ready('http', {}, { login })
    const root = dirname(at.repo.dir)
    runGit(root, 'clone', '--quiet', '--bare', at.repo.dir, join(root, 'private.git'))
    const url = at.url.replace('/app/.git', '/private.git')
    writeFileSync(
      join(at.repo.dir, '.gitmodules'),
      `[submodule "private"]\n\tpath = private\n\turl = ${url}\n`,
    )
    const link = `160000,${at.repo.head()},private`
    at.repo.git('add', '.gitmodules')
    at.repo.git('update-index', '--add', '--cacheinfo', link)
    at.repo.git('commit', '--quiet', '--message', 'Look into what is private')
    const commit = at.repo.head()
    const wanted = { commit, ref: 'refs/heads/main', credential: login }
    await checkout({ ...jobFor(at.url, at.into, wanted), submodules: true })
    expect(existsSync(join(at.into, 'private/README.md'))).toBe(true)

    using place = tempDir()
    const into = join(place.path, 'into')
    const approved = { ...wanted, approved_commit: commit }
    await expect(
      checkout({ ...jobFor(at.url, into, approved), submodules: true }),
    ).rejects.toMatchObject({ trouble: 'invalid' })
    expect(existsSync(join(into, 'private/README.md'))).toBe(false)
  })
})

test('what is executable stays so, and what is a link stays a link', async () => {
  await using at = await ready('disk')
  writeFileSync(join(at.repo.dir, 'gradlew'), '#!/bin/sh\n')
  chmodSync(join(at.repo.dir, 'gradlew'), 0o755)
  symlinkSync('gradlew', join(at.repo.dir, 'link'))
  const commit = at.repo.commit({})
  await at.checkout({ commit, ref: 'refs/heads/main' })
  expect(lstatSync(join(at.into, 'gradlew')).mode & 0o111).toBe(0o111)
  expect(lstatSync(join(at.into, 'link')).isSymbolicLink()).toBe(true)
})

type Wanted = Partial<CheckoutRequest> & { commit: string; depth?: number }

function jobFor(url: string, into: string, { depth = 50, ...wanted }: Wanted): CheckoutJob {
  return {
    buildId: 'the-build',
    checkout: { clone_url: url, ref: null, credential: null, allow_local: true, ...wanted },
    into,
    depth,
    submodules: false,
    say: () => {},
    signal: new AbortController().signal,
    pausesMs: [0, 0, 0],
  }
}

/** A repository, a way to reach it, and a place to check it out into. */
async function ready(
  way: 'disk' | 'http',
  files: Record<string, string> = {},
  options: Omit<GitServerOptions, 'root'> = {},
) {
  const repo = makeRepo({ 'README.md': 'A repository\n', ...files })
  const place = tempDir()
  const server = await startGitServer({ root: dirname(repo.dir), ...options })
  const url = way === 'disk' ? repo.url : `${server.url}/app/.git`
  const into = join(place.path, 'into')
  const said: string[] = []
  return {
    repo,
    url,
    into,
    said,
    checkout: (wanted: Wanted) =>
      checkout({ ...jobFor(url, into, wanted), say: (text) => said.push(text) }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      repo[Symbol.dispose]()
      place[Symbol.dispose]()
    },
  }
}
