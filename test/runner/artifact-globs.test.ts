import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { splitGlob } from '../../src/lib/glob.ts'
import { findMatches, visitsMax } from '../../src/runner/artifact-globs.ts'
import { workspaceOf } from '../../src/runner/workspace.ts'

describe('findMatches', () => {
  const root = mkdtempSync(join(tmpdir(), 'oore-globs-'))
  const workspace = workspaceOf(root, 'build')
  const places = {
    workspace,
    workingDirectory: workspace.clone,
    environment: {},
    madeAtMs: 0,
  }
  const longName = 'a'.repeat(100)

  beforeAll(() => {
    for (let count = 0; count < 20; count += 1) {
      const directory = join(workspace.clone, `d${count}`)
      mkdirSync(directory, { recursive: true })
      writeFileSync(join(directory, `${longName}${count}`), '')
    }
  })
  afterAll(() => rmSync(root, { recursive: true }))

  test('a pattern that would keep a backtracking matcher busy for ever finds nothing', async () => {
    const pattern = `**/${'*a'.repeat(20)}b`
    const bounds = { signal: new AbortController().signal, visitsMax }
    expect(await findMatches(pattern, places, bounds)).toEqual({
      is: 'found',
      matches: [],
      isPartial: false,
    })
  })

  test('looks at so many entries and no more, and tells', async () => {
    const { signal } = new AbortController()
    // 20 directories and 20 files lie there, and both places are the same here.
    const all = await findMatches('d*/a*', places, { signal, visitsMax: 80 })
    expect(all.is === 'found' && [all.matches.length, all.isPartial]).toEqual([20, false])
    const some = await findMatches('d*/a*', places, { signal, visitsMax: 25 })
    expect(some.is === 'found' && [some.matches.length, some.isPartial]).toEqual([5, true])
  })

  test('ends with the reason of the signal', async () => {
    const signal = AbortSignal.abort('cancelled')
    await expect(findMatches('**/*', places, { signal, visitsMax })).rejects.toBe('cancelled')
  })

  test('refuses what is too long once the variables are in it', async () => {
    const { signal } = new AbortController()
    const environment = { LONG: '?'.repeat(1001), LONGER: 'x'.repeat(5000) }
    const find = (pattern: string) =>
      findMatches(pattern, { ...places, environment }, { signal, visitsMax })
    const unusable = (chars: number) => ({
      is: 'unusable',
      why: `it is longer than ${chars} characters`,
    })
    expect(await find('$LONG')).toEqual(unusable(1000))
    expect(await find('$LONGER')).toEqual(unusable(4096))
  })

  test('an escaped wildcard names a file', async () => {
    writeFileSync(join(workspace.clone, 'a*b'), '')
    const bounds = { signal: new AbortController().signal, visitsMax }
    const found = await findMatches('a\\*b', places, bounds)
    expect(found.is === 'found' && found.matches.map(({ path }) => basename(path))).toEqual(['a*b'])
  })
})

test.each([
  ['build/a/*.apk', 'build/a', '*.apk'],
  ['app.apk', 'app.apk', ''],
  ['a (1)/b', 'a (1)/b', ''],
  ['x/{a,b/c}/d', 'x', '{a,b/c}/d'],
  ['/tmp/+(a)', '/tmp', '+(a)'],
  ['a\\ b/*', 'a b', '*'],
  ['**', '', '**'],
])('splitGlob: %s begins at "%s"', (pattern, base, glob) => {
  expect(splitGlob(pattern)).toEqual({ base, glob })
})
