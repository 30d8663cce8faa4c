import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/lib/secret.ts'
import type { Source } from '../../../src/scm/contract.ts'
import { look } from '../../../src/scm/git/look.ts'
import { makeRepo, pullRequest } from '../../support/repo.ts'
import { filesHolding, tempDir } from './places.ts'
import { type GitServerOptions, startGitServer, startServer } from './servers.ts'

const login = { username: 'ada', password: 'hunter2-hunter2' }
const credential = { username: login.username, password: new Secret(login.password) }

describe('look, at a repository on this disk', () => {
  test('reads it where it lies and keeps nothing', async () => {
    using repo = makeRepo({ 'oore.yaml': 'a: 1\n' })
    using place = tempDir()
    const source = sourceOf(repo.url, join(place.path, 'cache'))
    const found = await look(source, { branch: 'main' }, ['oore.yaml', '.', 'no\nway'])
    expect(found.files).toEqual({ 'oore.yaml': 'a: 1\n', '.': null, 'no\nway': null })
    expect(existsSync(source.cacheDir)).toBe(false)
  })

  test('reads a bare repository, a work tree and the inside of one', async () => {
    using repo = makeRepo()
    using place = tempDir()
    repo.git('clone', '--quiet', '--bare', repo.dir, join(place.path, 'bare.git'))
    for (const url of [repo.url, `${repo.url}/.git`, `file://${place.path}/bare.git`]) {
      expect((await look(sourceOf(url, place.path), { branch: 'main' }, [])).commit).toBe(
        repo.head(),
      )
    }
  })

  test('reads a work tree of another repository, and no mere file', async () => {
    using repo = makeRepo({ file: 'text' })
    using place = tempDir()
    const linked = join(place.path, 'linked')
    repo.git('worktree', 'add', '--quiet', '--detach', linked)
    const cache = join(place.path, 'cache')
    const found = await look(sourceOf(`file://${linked}`, cache), { branch: 'main' }, [])
    expect(found.commit).toBe(repo.head())
    const attempt = look(sourceOf(`${repo.url}/file`, cache), { branch: 'main' }, [])
    await expect(attempt).rejects.toMatchObject({ trouble: 'unavailable' })
  })

  test('follows a tag to its commit', async () => {
    using repo = makeRepo()
    using place = tempDir()
    repo.tag('v1.0')
    const tagged = repo.head()
    repo.commit({ a: 'a' })
    expect((await look(sourceOf(repo.url, place.path), { tag: 'v1.0' }, [])).commit).toBe(tagged)
  })

  test.each(['$(touch${IFS}MARK)', '`id`', 'a;b', `a'b"c`, 'a|b', '<script>'])(
    'takes a branch called %s for a name and nothing else',
    async (branch) => {
      using repo = makeRepo()
      using place = tempDir()
      repo.branch(branch)
      const commit = repo.commit({ [branch.replaceAll('/', '_')]: 'x' })
      expect((await look(sourceOf(repo.url, place.path), { branch }, [])).commit).toBe(commit)
      expect(existsSync(join(process.cwd(), 'MARK'))).toBe(false)
    },
  )

  test('completes the beginning of a commit, and is not led astray by a branch of that name', async () => {
    using repo = makeRepo()
    using place = tempDir()
    const first = repo.head()
    repo.commit({ a: 'a' })
    const source = sourceOf(repo.url, place.path)
    const want = { commit: first.slice(0, 8).toUpperCase(), branch: null }
    expect((await look(source, want, [])).commit).toBe(first)
    repo.branch('abcdef1')
    await expect(look(source, { commit: 'abcdef1', branch: null }, [])).rejects.toThrow(
      /has no commit abcdef1/,
    )
  })

  test.each([
    ['mian', /has no branch "mian". It has main, release\/1, release\/2\./],
    ['RELEASE/2', /It has release\/2, main, release\/1\./],
  ])('says which branches there are instead of %s', async (branch, sentence) => {
    using repo = makeRepo()
    using place = tempDir()
    repo.git('branch', 'release/1')
    repo.git('branch', 'release/2')
    const attempt = look(sourceOf(repo.url, place.path), { branch }, [])
    await expect(attempt).rejects.toThrow(sentence)
    await expect(attempt).rejects.toMatchObject({ fields: [{ field: 'branch' }] })
  })

  test.each([
    [{ branch: '--upload-pack=x' }, 'branch'],
    [{ tag: 'a..b' }, 'tag'],
    [{ commit: 'HEAD', branch: null }, 'commit'],
    [{ commit: 'abc', branch: null }, 'commit'],
    [{ commit: 'a'.repeat(40), branch: '-x' }, 'branch'],
  ])('refuses %j before git sees it', async (want, field) => {
    using repo = makeRepo()
    using place = tempDir()
    await expect(look(sourceOf(repo.url, place.path), want, [])).rejects.toMatchObject({
      trouble: 'invalid',
      fields: [{ field }],
    })
  })

  test('does not read a file of more than 1 MiB', async () => {
    using repo = makeRepo({ 'oore.yaml': 'x'.repeat(2_000_000) })
    using place = tempDir()
    const attempt = look(sourceOf(repo.url, place.path), { branch: 'main' }, ['oore.yaml'])
    await expect(attempt).rejects.toThrow('oore.yaml is 2.0 MB; Oore reads files of up to 1.0 MB.')
  })

  test('refuses it where the operator does not allow it', async () => {
    using repo = makeRepo()
    using place = tempDir()
    const source = { ...sourceOf(repo.url, place.path), allowLocal: false }
    await expect(look(source, { branch: 'main' }, [])).rejects.toThrow(/OORE_ALLOW_LOCAL/)
  })

  test.runIf(process.getuid?.() === 0)('does not read what belongs to another user', async () => {
    using repo = makeRepo()
    using place = tempDir()
    const everything = readdirSync(repo.dir, { recursive: true, encoding: 'utf8' })
    for (const path of ['', ...everything]) chownSync(join(repo.dir, path), 12345, 12345)
    const source = sourceOf(repo.url, join(place.path, 'cache'))
    await expect(look(source, { branch: 'main' }, [])).rejects.toMatchObject({
      trouble: 'unavailable',
      message: expect.stringContaining('belongs to another user of this machine'),
    })
  })

  test('says that there is no repository', async () => {
    using place = tempDir()
    const source = sourceOf(`file://${place.path}/nothing`, join(place.path, 'cache'))
    await expect(look(source, { branch: 'main' }, [])).rejects.toMatchObject({
      trouble: 'invalid',
      fields: [{ field: 'clone_url' }],
    })
  })
})

describe('look, at a git server', () => {
  test('fetches the newest commit of a branch and follows it', async () => {
    await using at = await served()
    const { repo, source } = at
    repo.commit({ 'oore.yaml': 'a: 1\n' })
    const first = await look(source, { branch: 'main' }, ['oore.yaml'])
    expect(first).toMatchObject({ commit: repo.head(), files: { 'oore.yaml': 'a: 1\n' } })
    repo.commit({ 'oore.yaml': 'a: 2\n' })
    const second = await look(source, { branch: 'main' }, ['oore.yaml'])
    expect(second).toMatchObject({ commit: repo.head(), files: { 'oore.yaml': 'a: 2\n' } })
  })

  test('follows a branch that was force-pushed, and a tag', async () => {
    await using at = await served()
    const { repo, source } = at
    repo.commit({ a: '1' })
    await look(source, { branch: 'main' }, [])
    repo.git('reset', '--quiet', '--hard', 'HEAD~1')
    const commit = repo.commit({ b: '1' })
    repo.tag('v1')
    expect((await look(source, { branch: 'main' }, [])).commit).toBe(commit)
    expect((await look(source, { tag: 'v1' }, [])).commit).toBe(commit)
  })

  test('asks nothing for a commit that it has', async () => {
    await using at = await served()
    const { repo, source, server } = at
    await look(source, { branch: 'main' }, [])
    const asked = server.requests.length
    await look(source, { commit: repo.head(), branch: 'main' }, [])
    expect(server.requests).toHaveLength(asked)
  })

  test('finds an older commit, whole or by its beginning', async () => {
    await using at = await served()
    const { repo, source } = at
    const first = repo.head()
    repo.commit({ a: '1' }, 'Second')
    repo.commit({ a: '2' }, 'Third')
    await look(source, { branch: 'main' }, [])
    const whole = await look(source, { commit: first, branch: 'main' }, [])
    expect(whole).toMatchObject({ commit: first, message: 'Begin' })
    const begun = await look(
      source,
      { commit: repo.git('rev-parse', 'HEAD~1').slice(0, 9), branch: null },
      [],
    )
    expect(begun.message).toBe('Second')
  })

  test('finds the newest of a branch by a long beginning, without the whole history', async () => {
    await using at = await served()
    const { repo, source } = at
    repo.branch('feature')
    const older = repo.commit({ a: '1' }, 'Second')
    const newest = repo.commit({ a: '2' }, 'Third')
    const begun = (id: string) => ({ commit: id.slice(0, 12), branch: 'feature' })
    expect(await look(source, begun(newest), ['a'])).toMatchObject({
      commit: newest,
      files: { a: '2' },
    })
    expect(existsSync(join(source.cacheDir, 'shallow'))).toBe(true)
    // A push came in between.
    expect((await look(source, begun(older), [])).commit).toBe(older)
    const gone = { commit: 'f'.repeat(12), branch: 'feature' }
    await expect(look(source, gone, [])).rejects.toMatchObject({ fields: [{ field: 'commit' }] })
  })

  test('finds a commit that the server does not hand out by its id', async () => {
    await using at = await served({ namedOnly: true })
    const { repo, source } = at
    const first = repo.head()
    repo.commit({ a: '1' })
    expect((await look(source, { commit: first, branch: null }, [])).commit).toBe(first)
  })

  test('names the field, and the branches there are', async () => {
    await using at = await served()
    await expect(look(at.source, { branch: 'nope' }, [])).rejects.toThrow('It has main.')
    await expect(
      look(at.source, { commit: 'f'.repeat(40), branch: null }, []),
    ).rejects.toMatchObject({ trouble: 'invalid', fields: [{ field: 'commit' }] })
  })

  test('begins anew with a cache that a crash has locked or halved', async () => {
    await using at = await served()
    const { repo, source } = at
    await look(source, { branch: 'main' }, [])
    for (const damage of ['shallow.lock', 'config']) {
      writeFileSync(join(source.cacheDir, damage), '[')
      const commit = repo.commit({ a: damage })
      expect((await look(source, { branch: 'main' }, [])).commit).toBe(commit)
    }
  })

  test('many looks at once into one cache all succeed', async () => {
    await using at = await served()
    const { repo, source } = at
    repo.git('branch', 'other')
    const wants = [{ branch: 'main' }, { branch: 'other' }, { branch: 'main' }, { branch: 'other' }]
    const found = await Promise.all(wants.map((want) => look(source, want, [])))
    expect(found.map(({ commit }) => commit)).toEqual(wants.map(() => repo.head()))
  })

  test('a wrong password is refused at once, named, and stored nowhere', async () => {
    await using at = await served({ login })
    const wrong = { username: 'ada', password: new Secret('not-the-password') }
    for (const given of [null, wrong]) {
      await expect(
        look({ ...at.source, credential: given }, { branch: 'main' }, []),
      ).rejects.toMatchObject({ trouble: 'invalid', fields: [{ field: 'clone_password' }] })
    }
    await look({ ...at.source, credential }, { branch: 'main' }, [])
    expect(filesHolding(at.source.cacheDir, 'not-the-password')).toEqual([])
    expect(filesHolding(at.source.cacheDir, login.password)).toEqual([])
  })

  test('tries again after a fault of the network, and only then', async () => {
    let faults = 1
    await using at = await served({ fault: () => (faults-- > 0 ? 503 : null) })
    expect((await look(at.source, { branch: 'main' }, [])).commit).toBe(at.repo.head())
    await using gone = await startServer((_, response) => response.writeHead(404).end())
    const source = { ...at.source, cloneUrl: `${gone.url}/team/app.git` }
    await expect(look(source, { branch: 'main' }, [])).rejects.toMatchObject({
      fields: [{ field: 'clone_url' }],
    })
    expect(gone.requests).toHaveLength(1)
  })

  test.each(['http://127.0.0.1:1/team/app.git', 'ssh://git@127.0.0.1:1/team/app.git'])(
    'says that %s could not be reached',
    async (url) => {
      using place = tempDir()
      const attempt = look(sourceOf(url, join(place.path, 'cache')), { branch: 'main' }, [])
      await expect(attempt).rejects.toMatchObject({
        trouble: 'unavailable',
        message: expect.stringContaining(`${url} could not be reached: `),
      })
    },
  )
})

test('the merge of a pull request is found at a server, and anew when it was made anew', async () => {
  await using at = await served()
  const want = { ref: 'refs/pull/7/merge' }
  const missing = { trouble: 'invalid', fields: [expect.objectContaining({ field: 'ref' })] }
  await expect(look(at.source, want, [])).rejects.toMatchObject(missing)
  const first = pullRequest(at.repo, want.ref)
  const found = await look(at.source, want, ['feature.txt'])
  expect(found).toMatchObject({
    commit: first.merge,
    parents: [first.target, first.head],
    files: { 'feature.txt': 'new\n' },
  })
  const second = pullRequest(at.repo, want.ref, { files: { 'feature.txt': 'newer\n' } })
  expect((await look(at.source, want, [])).parents).toEqual([second.target, second.head])
})

function sourceOf(cloneUrl: string, cacheDir: string): Source {
  return { cloneUrl, credential: null, allowLocal: true, cacheDir }
}

async function served(options: Omit<GitServerOptions, 'root'> = {}) {
  const repo = makeRepo()
  const place = tempDir()
  const server = await startGitServer({ root: dirname(repo.dir), ...options })
  return {
    repo,
    server,
    source: sourceOf(`${server.url}/app/.git`, join(place.path, 'cache')),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      repo[Symbol.dispose]()
      place[Symbol.dispose]()
    },
  }
}
