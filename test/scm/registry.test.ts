import { expect, test } from 'vitest'
import { scmAt, scmFor, scms } from '../../src/scm/index.ts'
import { scmContract } from './contract.ts'

for (const scm of scms) scmContract(scm)

test('the registry finds every provider by its key, and says which there are', () => {
  for (const scm of scms) expect(scmFor(scm.key)).toBe(scm)
  expect(() => scmFor('svn')).toThrow(
    '"svn" is not a provider. Known are: github, gitlab, gitea, bitbucket, git.',
  )
})

test('a provider that says it has comments can write them, and no other', () => {
  for (const { key, hasComments, comment } of scms) {
    expect([key, hasComments]).toEqual([key, comment !== undefined])
  }
})

test('the host of an address says which provider it is, and any other is a git server', () => {
  for (const { hosts, key } of scms) {
    for (const host of hosts) expect([host, scmAt(host).key]).toEqual([host, key])
  }
  expect(scmAt('ssh.github.com').key).toBe('github')
  expect(scmAt('codeberg.org').key).toBe('gitea')
  expect(scmAt('altssh.bitbucket.org').key).toBe('bitbucket')
  for (const host of ['git.example.com', 'github.com.evil.example', null]) {
    expect(scmAt(host).key).toBe('git')
  }
})
