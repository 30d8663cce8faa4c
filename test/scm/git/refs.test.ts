import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { checkRefName } from '../../../src/scm/git/refs.ts'

const accepted = [
  'main',
  'feature/login',
  'release/1.2.3',
  'größe/日本',
  '$(touch${IFS}MARK)',
  '`id`',
  'a;b',
  `a'b"c`,
  'a|b',
  '<script>',
  'a@b',
  '{x}',
]
const refused = [
  '',
  '-x',
  '--upload-pack=x',
  'a..b',
  'a b',
  'a\\b',
  'a~1',
  'a^',
  'a:b',
  'a?b',
  'a*b',
  'a[b',
  'a@{1}',
  'a.lock',
  'a.lock/b',
  '.a',
  'a/.b',
  'a.',
  'a/',
  '/a',
  'a//b',
  'a\u0001b',
  'a\u007f',
  'a\n',
]

describe('checkRefName', () => {
  test.each(accepted)('takes %j, as git does', (name) => {
    expect(checkRefName(name, 'branch')).toBe(name)
    expect(gitAccepts(name)).toBe(true)
  })

  test.each(refused)('refuses %j, as git does', (name) => {
    expect(() => checkRefName(name, 'branch')).toThrow(
      expect.objectContaining({
        trouble: 'invalid',
        fields: [expect.objectContaining({ field: 'branch' })],
      }),
    )
    expect(gitAccepts(name)).toBe(false)
  })

  test('refuses what git keeps for itself, and names that fill a path', () => {
    expect(() => checkRefName('HEAD', 'branch')).toThrow(/keeps that name/)
    expect(() => checkRefName('@', 'branch')).toThrow(/keeps that name/)
    expect(() => checkRefName('a'.repeat(241), 'tag')).toThrow(/240 bytes/)
  })
})

function gitAccepts(name: string): boolean {
  return spawnSync('git', ['check-ref-format', '--branch', name], { stdio: 'ignore' }).status === 0
}
