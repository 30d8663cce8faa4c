import { expect, test } from 'vitest'
import { scmAt, scmFor, scms } from '../../src/scm/index.ts'
import { scmContract } from './contract.ts'

for (const scm of scms) scmContract(scm)

test('the registry finds every provider by its key, and says which there are', () => {
  for (const scm of scms) expect(scmFor(scm.key)).toBe(scm)
  expect(() => scmFor('svn')).toThrow('"svn" is not a provider. Known are: github, gitlab, git.')
})

test('the host of an address says which provider it is, and any other is a git server', () => {
  const hosts = ['github.com', 'ssh.github.com', 'gitlab.com', 'altssh.gitlab.com']
  expect(hosts.map((host) => scmAt(host).key)).toEqual(['github', 'github', 'gitlab', 'gitlab'])
  for (const host of ['git.example.com', 'github.com.evil.example', null]) {
    expect(scmAt(host).key).toBe('git')
  }
})
