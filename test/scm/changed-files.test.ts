import { existsSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Source } from '../../src/scm/contract.ts'
import { changedFiles } from '../../src/scm/git/changed-files.ts'
import { look } from '../../src/scm/git/look.ts'
import { makeRepo, type TestRepo } from '../support/repo.ts'
import { tempDir } from './git/places.ts'
import { type GitServerOptions, startGitServer } from './git/servers.ts'

const gone = 'e'.repeat(40)
const all = (files: string[]) => ({ is: 'known', files, isPartial: false })

// In place; over file://, which git itself reads because the work tree is one of elsewhere; http.
describe.each(['in place', 'file', 'http'] as const)('changedFiles, %s', (way) => {
  test('names what was added, changed and removed, and nothing else', async () => {
    await using at = await ready(way, { a: '1', 'lib/b': '1', 'lib/c': '1', same: '1' })
    const from = at.repo.head()
    at.repo.commit({ a: '2' })
    const to = at.repo.commit({ 'lib/b': null, 'lib/deep/größe "x"\n.txt': '1' })
    expect(await changedFiles(at.source, from, to)).toEqual(
      all(['a', 'lib/b', 'lib/deep/größe "x"\n.txt']),
    )
    expect(await changedFiles(at.source, from, from)).toEqual(all([]))
  })

  test('counts a renamed file under both names, and one whose mode alone changed', async () => {
    await using at = await ready(way, { 'old.txt': 'x\n'.repeat(50), 'run.sh': 'exit 0\n' })
    const from = at.repo.head()
    at.repo.git('mv', 'old.txt', 'new.txt')
    at.repo.git('update-index', '--chmod=+x', 'run.sh')
    at.repo.git('commit', '--quiet', '-m', 'Move')
    expect(await changedFiles(at.source, from, at.repo.head())).toEqual(
      all(['new.txt', 'old.txt', 'run.sh']),
    )
  })

  test('counts a submodule that moved on, whatever the repository says of it', async () => {
    await using at = await ready(way, {
      '.gitmodules': '[submodule "sub"]\n\tpath = sub\n\turl = ../sub\n\tignore = all\n',
    })
    const submoduleAt = (commit: string) => {
      at.repo.git('update-index', '--add', '--cacheinfo', `160000,${commit},sub`)
      at.repo.git('commit', '--quiet', '--allow-empty', '-m', 'Move on')
      return at.repo.head()
    }
    at.repo.git('config', 'diff.ignoreSubmodules', 'all')
    at.repo.git('config', 'submodule.sub.ignore', 'all')
    const from = submoduleAt('1'.repeat(40))
    expect(await changedFiles(at.source, from, submoduleAt('2'.repeat(40)))).toEqual(all(['sub']))
  })

  test('compares commits of branches that went apart', async () => {
    await using at = await ready(way, { base: '1' })
    at.repo.branch('feature')
    const feature = at.repo.commit({ feature: '1' })
    at.repo.git('checkout', '--quiet', 'main')
    const main = at.repo.commit({ main: '1' })
    expect(await changedFiles(at.source, main, feature)).toEqual(all(['feature', 'main']))
  })

  test('does not know what changed since a commit that is gone', async () => {
    await using at = await ready(way)
    for (const from of [gone, '0'.repeat(40)]) {
      const answer = await changedFiles(at.source, from, at.repo.head())
      expect(answer).toEqual({
        is: 'unknown',
        why: expect.stringMatching(/^[A-Z].*\.$|^\w+:.*\.$/),
      })
    }
    expect(await changedFiles(at.source, at.repo.head(), gone)).toMatchObject({ is: 'unknown' })
  })

  test('tells at most ten thousand files', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 10_001 }, (_, n) => [`d${n % 50}/${n}`, '']),
    )
    await using at = await ready(way)
    const from = at.repo.head()
    const to = at.repo.commit(many)
    const answer = await changedFiles(at.source, from, to)
    expect(answer).toMatchObject({ is: 'known', isPartial: true })
    expect(answer.is === 'known' && answer.files.length).toBe(10_000)
  }, 60_000)

  test.each(['HEAD', '--output=x', 'abcdef1', `${gone}..`, ''])(
    'refuses %j before git sees it',
    async (text) => {
      await using at = await ready(way)
      const head = at.repo.head()
      for (const [from, to] of [
        [text, head],
        [head, text],
      ] as const) {
        await expect(changedFiles(at.source, from, to)).rejects.toMatchObject({
          trouble: 'invalid',
          fields: [{ field: 'commit' }],
        })
      }
    },
  )

  test('ends with its signal', async () => {
    await using at = await ready(way)
    const from = at.repo.head()
    const to = at.repo.commit({ a: '1' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(changedFiles(at.source, from, to, signal)).rejects.toThrow('enough')
  })
})

describe('changedFiles, at a git server', () => {
  test('asks nothing where both commits were looked at', async () => {
    await using at = await ready('http')
    const from = at.repo.head()
    await look(at.source, { branch: 'main' }, [])
    const to = at.repo.commit({ a: '1' })
    await look(at.source, { branch: 'main' }, [])
    const asked = at.requests.length
    expect(await changedFiles(at.source, from, to)).toEqual(all(['a']))
    expect(at.requests).toHaveLength(asked)
  })

  test('fetches no contents where the server can leave them out, and is asked once', async () => {
    await using at = await ready('http', { 'big.txt': '1' })
    at.repo.git('config', 'uploadpack.allowFilter', 'true')
    const from = at.repo.commit({ 'big.txt': '2' })
    at.repo.commit({ 'big.txt': '3' })
    const to = at.repo.commit({ other: 'x' })
    expect(await changedFiles(at.source, from, to)).toEqual(all(['big.txt', 'other']))
    const asked = at.requests.length
    expect(await changedFiles(at.source, from, to)).toEqual(all(['big.txt', 'other']))
    expect(at.requests).toHaveLength(asked)
    const promised = readdirSync(join(at.source.cacheDir, 'trees/objects/pack'))
    expect(promised.some((name) => name.endsWith('.promisor'))).toBe(true)
  })

  test('what it fetched does not pass for a commit with its files', async () => {
    await using at = await ready('http', { 'oore.yaml': 'a: 1\n' })
    at.repo.git('config', 'uploadpack.allowFilter', 'true')
    const from = at.repo.head()
    const to = at.repo.commit({ 'oore.yaml': 'a: 2\n' })
    await changedFiles(at.source, from, to)
    const found = await look(at.source, { commit: from, branch: 'main' }, ['oore.yaml'])
    expect(found.files).toEqual({ 'oore.yaml': 'a: 1\n' })
  })

  test('finds commits that the server does not hand out by their id', async () => {
    await using at = await ready('http', {}, { namedOnly: true })
    const from = at.repo.commit({ a: '1' })
    const to = at.repo.commit({ b: '1' })
    at.repo.commit({ c: '1' })
    expect(await changedFiles(at.source, from, to)).toEqual(all(['b']))
    expect(await changedFiles(at.source, gone, to)).toMatchObject({ is: 'unknown' })
  })

  test('does not know where the server cannot be reached or lets nobody in', async () => {
    await using at = await ready('http', {}, { login: { username: 'a', password: 'b-b-b-b' } })
    const to = at.repo.commit({ a: '1' })
    for (const cloneUrl of [at.source.cloneUrl, 'http://127.0.0.1:1/team/app.git']) {
      const source = { ...at.source, cloneUrl }
      expect(await changedFiles(source, at.repo.git('rev-parse', 'HEAD~1'), to)).toEqual({
        is: 'unknown',
        why: expect.stringMatching(/refused the login|could not be reached/),
      })
    }
  })

  test('works beside looks into the same cache, and after it was removed', async () => {
    await using at = await ready('http')
    const from = at.repo.head()
    const to = at.repo.commit({ a: '1' })
    const compared = () => changedFiles(at.source, from, to)
    const looked = () => look(at.source, { branch: 'main' }, [])
    const [first, , second] = await Promise.all([compared(), looked(), compared()])
    expect([first, second]).toEqual([all(['a']), all(['a'])])
    rmSync(at.source.cacheDir, { recursive: true })
    expect(await compared()).toEqual(all(['a']))
  })
})

test('a repository on this disk is compared where it lies', async () => {
  await using at = await ready('in place')
  const from = at.repo.head()
  expect(await changedFiles(at.source, from, at.repo.commit({ a: '1' }))).toEqual(all(['a']))
  expect(existsSync(at.source.cacheDir)).toBe(false)
})

async function ready(
  way: 'in place' | 'file' | 'http',
  files: Record<string, string> = {},
  options: Omit<GitServerOptions, 'root'> = {},
) {
  const repo = makeRepo({ 'README.md': 'A repository\n', ...files })
  const place = tempDir()
  const server =
    way === 'http' ? await startGitServer({ root: dirname(repo.dir), ...options }) : null
  const cloneUrl = server ? `${server.url}/app/.git` : way === 'file' ? linked(repo) : repo.url
  const source: Source = {
    cloneUrl,
    credential: null,
    allowLocal: true,
    cacheDir: join(place.path, 'cache'),
  }
  return {
    repo,
    source,
    requests: server?.requests ?? [],
    async [Symbol.asyncDispose]() {
      await server?.[Symbol.asyncDispose]()
      repo[Symbol.dispose]()
      place[Symbol.dispose]()
    },
  }
}

/** A second work tree of the repository: a place that is not read without git. */
function linked(repo: TestRepo): string {
  repo.git('worktree', 'add', '--quiet', '--detach', '../linked')
  return `file://${dirname(repo.dir)}/linked`
}
