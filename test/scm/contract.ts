import { Buffer } from 'node:buffer'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/lib/secret.ts'
import type { Scm, Source } from '../../src/scm/contract.ts'
import { makeRepo, pullRequest } from '../support/repo.ts'
import { tempDir } from './git/places.ts'

/** What every provider promises, whatever the forge. */
export function scmContract(scm: Scm): void {
  describe(`the provider ${scm.key}`, () => {
    test('names a repository by its address', () => {
      expect(scm.readCloneUrl('https://git.example.com/team/app.git', { local: false })).toEqual({
        url: 'https://git.example.com/team/app.git',
        owner: 'team',
        name: 'app',
        fullName: 'team/app',
        host: 'git.example.com',
      })
    })

    test.each(['--upload-pack=x', 'ext::sh -c x', 'file:///etc', 'https://u:p@host/a/b', 'x\n'])(
      'refuses the address %j with its field',
      (text) => {
        expect(() => scm.readCloneUrl(text, { local: false })).toThrow(
          expect.objectContaining({
            trouble: 'invalid',
            fields: [expect.objectContaining({ field: 'clone_url' })],
          }),
        )
      },
    )

    test('finds the newest commit of a branch and reads its files', async () => {
      using repo = makeRepo({ 'oore.yaml': 'workflows: {}\n' })
      using cache = tempDir()
      const parent = repo.head()
      const commit = repo.commit({ 'a/größe.txt': 'äöü\n' }, 'Say more\n\nAnd why.')
      const found = await scm.look(sourceOf(repo.url, cache.path), { branch: 'main' }, [
        'oore.yaml',
        'a/größe.txt',
        'codemagic.yaml',
      ])
      expect(found).toEqual({
        commit,
        message: 'Say more\n\nAnd why.',
        author: 'Ada Lovelace',
        parents: [parent],
        files: { 'oore.yaml': 'workflows: {}\n', 'a/größe.txt': 'äöü\n', 'codemagic.yaml': null },
      })
    })

    test('names the field of a branch and of a commit that are not there', async () => {
      using repo = makeRepo()
      using cache = tempDir()
      const source = sourceOf(repo.url, cache.path)
      await expect(scm.look(source, { branch: 'nope' }, [])).rejects.toMatchObject(
        missing('branch'),
      )
      await expect(
        scm.look(source, { commit: 'f'.repeat(40), branch: null }, []),
      ).rejects.toMatchObject(missing('commit'))
    })

    test('finds the merge of a pull request by its parents, and says where there is none', async () => {
      const ref = scm.mergeRefOf(7)
      if (ref === null) return
      using repo = makeRepo()
      using cache = tempDir()
      const source = sourceOf(repo.url, cache.path)
      await expect(scm.look(source, { ref }, [])).rejects.toMatchObject(missing('ref'))
      const { merge, target, head } = pullRequest(repo, ref)
      const found = await scm.look(source, { ref }, [])
      expect(found).toMatchObject({ commit: merge, parents: [target, head] })
    })

    test('finds the newest commit of a pull request that is on no branch', async () => {
      const ref = scm.headRefOf(7)
      if (ref === null) return
      using repo = makeRepo()
      using cache = tempDir()
      const source = sourceOf(repo.url, cache.path)
      await expect(scm.look(source, { ref }, [])).rejects.toMatchObject(missing('ref'))
      repo.git('checkout', '--quiet', '--detach')
      const head = repo.commit({ 'a.txt': 'a' })
      repo.git('update-ref', ref, head)
      repo.git('checkout', '--quiet', 'main')
      expect(await scm.look(source, { ref }, [])).toMatchObject({ commit: head })
    })

    test('reads no ref but those', async () => {
      using repo = makeRepo()
      using cache = tempDir()
      for (const ref of ['refs/heads/main', 'HEAD', '--upload-pack=x', 'refs/pull/1/merge/../x']) {
        const looking = scm.look(sourceOf(repo.url, cache.path), { ref }, [])
        await expect(looking).rejects.toMatchObject(missing('ref'))
      }
    })

    test('says of itself what pages and messages need', () => {
      const { name, choice, tokenUser, webhookEvents, webhookSetup: setup } = scm
      for (const text of [name, choice, tokenUser, ...webhookEvents]) expect(text).not.toBe('')
      expect(webhookEvents).not.toEqual([])
      if (setup.is === 'script') return
      expect(setup.steps.length).toBeGreaterThan(1)
      for (const step of setup.steps) {
        expect(step).toMatch(/\.$/)
        // Each mark that begins ends.
        for (const mark of ['*', '`'])
          expect([step, step.split(mark).length % 2]).toEqual([step, 1])
      }
    })

    test('names the headers of its deliveries in lower case', () => {
      expect(scm.hookHeaders).not.toEqual([])
      for (const name of scm.hookHeaders) expect(name).toMatch(/^[a-z0-9-]+$/)
    })

    test('rejects an unsigned delivery, and everything without a secret', () => {
      const body = Buffer.from('{}')
      const unsigned = { headers: {}, body, secret: new Secret('a secret') }
      expect(scm.readHook(unsigned).is).toBe('rejected')
      expect(scm.readHook({ ...unsigned, secret: null }).is).toBe('rejected')
    })
  })
}

function sourceOf(cloneUrl: string, cacheDir: string): Source {
  return { cloneUrl, credential: null, allowLocal: true, cacheDir }
}

function missing(field: string) {
  return { trouble: 'invalid', fields: [expect.objectContaining({ field })] }
}
