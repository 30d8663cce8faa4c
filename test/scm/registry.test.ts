import { expect, test } from 'vitest'
import { scmFor, scms } from '../../src/scm/index.ts'
import { scmContract } from './contract.ts'

for (const scm of scms) scmContract(scm)

test('the registry finds every provider by its key, and says which there are', () => {
  for (const scm of scms) expect(scmFor(scm.key)).toBe(scm)
  expect(() => scmFor('svn')).toThrow('"svn" is not a provider. Known are: git.')
})
