import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { changedSince } from '../../../src/scm/git/changes.ts'
import { checkout, type CheckoutJob } from '../../../src/scm/git/checkout.ts'
import { makeRepo, runGit, type TestRepo } from '../../support/repo.ts'

/** A clone of the newest commit, as a build has it. */
async function clone(repo: TestRepo, depth: number | null) {
  const home = mkdtempSync(join(tmpdir(), 'oore-changes-'))
  const job: CheckoutJob = {
    buildId: 'build',
    checkout: {
      clone_url: repo.url,
      commit: repo.head(),
      ref: 'refs/heads/main',
      credential: null,
      allow_local: true,
    },
    into: join(home, 'clone'),
    depth,
    submodules: false,
    say: () => {},
    signal: new AbortController().signal,
  }
  await checkout(job)
  return { job, [Symbol.dispose]: () => rmSync(home, { recursive: true }) }
}

describe('changedSince', () => {
  test('names what was added, changed, removed and renamed', async () => {
    using repo = makeRepo({ 'a/x': '1', 'b.txt': 'a text that is long enough', 'c d/é': '1' })
    const since = repo.head()
    repo.commit({ 'a/x': '2', 'new.txt': 'a text that is long enough', 'b.txt': null })
    repo.commit({ 'c d/é': '2' })
    using here = await clone(repo, 50)
    const changed = await changedSince({ ...here.job, since })
    expect(changed).toEqual(['a/x', 'b.txt', 'c d/é', 'new.txt'])
  })

  test('is empty for the same commit, and unknown for one that is gone', async () => {
    using repo = makeRepo()
    using here = await clone(repo, 50)
    expect(await changedSince({ ...here.job, since: repo.head() })).toEqual([])
    expect(await changedSince({ ...here.job, since: 'b'.repeat(40) })).toBe(null)
    expect(await changedSince({ ...here.job, since: '--output=x' })).toBe(null)
  })

  test('fetches a commit that the clone lacks, and leaves the clone as it was', async () => {
    using repo = makeRepo({ 'a.txt': '1' })
    const since = repo.head()
    for (let at = 0; at < 5; at += 1) repo.commit({ [`${at}.txt`]: 'x' })
    using here = await clone(repo, 2)
    // A clone from one's own disk has everything: this one is made to lack what a fetch would.
    rmSync(join(here.job.into, '.git'), { recursive: true })
    const { into } = here.job
    runGit(into, 'init', '--quiet', '--initial-branch=main')
    runGit(into, 'remote', 'add', 'origin', repo.url)
    runGit(into, 'fetch', '--quiet', '--depth=2', 'origin', repo.head())
    runGit(into, 'reset', '--quiet', '--hard', repo.head())
    runGit(repo.dir, 'config', 'uploadpack.allowAnySHA1InWant', 'true')
    expect(() => runGit(into, 'cat-file', '-e', since)).toThrow()
    const names = ['0.txt', '1.txt', '2.txt', '3.txt', '4.txt']
    expect(await changedSince({ ...here.job, depth: 2, since })).toEqual(names)
    expect(runGit(into, 'rev-list', '--count', 'HEAD')).toBe('2')
    expect(runGit(into, 'status', '--porcelain')).toBe('')
  })

  test('throws the reason of the signal', async () => {
    using repo = makeRepo()
    using here = await clone(repo, 50)
    const signal = AbortSignal.abort('cancelled')
    await expect(changedSince({ ...here.job, since: repo.head(), signal })).rejects.toBe(
      'cancelled',
    )
  })
})
