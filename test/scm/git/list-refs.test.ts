import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Source } from '../../../src/scm/contract.ts'
import { listRefs } from '../../../src/scm/git/list-refs.ts'
import { look } from '../../../src/scm/git/look.ts'
import { makeRepo } from '../../support/repo.ts'
import { tempDir } from './places.ts'
import { startGitServer } from './servers.ts'

describe('listRefs', () => {
  test('gives branches and tags with their commits, of an annotated tag the commit it is for', async () => {
    using repo = makeRepo()
    using place = tempDir()
    const first = repo.head()
    repo.tag('v1.0.0')
    repo.git('tag', 'light')
    repo.branch('feature/x')
    const second = repo.commit({ 'a.txt': 'a' })
    const refs = await listRefs(sourceOf(repo.url, join(place.path, 'cache')))
    expect(Object.fromEntries(refs ?? [])).toEqual({
      'refs/heads/main': first,
      'refs/heads/feature/x': second,
      'refs/tags/v1.0.0': first,
      'refs/tags/light': first,
    })
  })

  test('regression: may be the first to ask at the same moment as a look', async () => {
    using repo = makeRepo()
    using place = tempDir()
    await using server = await startGitServer({ root: join(repo.dir, '..') })
    for (let round = 0; round < 5; round += 1) {
      const source = sourceOf(`${server.url}/app/.git`, join(place.path, `cache-${round}`))
      const [refs, found] = await Promise.all([
        listRefs(source),
        look(source, { branch: 'main' }, []),
      ])
      expect([refs?.get('refs/heads/main'), found.commit]).toEqual([repo.head(), repo.head()])
    }
  })
})

const sourceOf = (cloneUrl: string, cacheDir: string): Source => ({
  cloneUrl,
  credential: null,
  allowLocal: true,
  cacheDir,
})
