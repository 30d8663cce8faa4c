import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startBuild, writeFiles } from './support.ts'

const derived = 'Library/Developer/Xcode/DerivedData'
const pattern = `$HOME/${derived}/**/Build/**/*.dSYM`
const makeSymbols = (app: string) =>
  `d="$HOME/${derived}/${app}/Build/Products/${app}.app.dSYM"; mkdir -p "$d"; echo x > "$d/DWARF"`

/** A home directory of the test's own. */
function makeHome() {
  const home = mkdtempSync(join(tmpdir(), 'oore-home-'))
  const remove = () => rmSync(home, { recursive: true, force: true })
  return { home, [Symbol.dispose]: remove }
}

const old = (path: string) => utimesSync(path, 1, 1)

describe('artifacts that Xcode leaves in the home directory', () => {
  test('are kept, but for those of other builds', async () => {
    using place = makeHome()
    const { home } = place
    const stale = join(home, derived, 'Old/Build/Products')
    writeFiles(stale, { 'Old.app.dSYM/DWARF': 'x' })
    old(join(stale, 'Old.app.dSYM/DWARF'))
    old(join(stale, 'Old.app.dSYM'))
    using build = startBuild({
      steps: [makeSymbols('App')],
      environment: { HOME: home },
      artifacts: [pattern, '/Users/builder/Library/Developer/Xcode/Archives/**/*.xcarchive'],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.artifacts.map(({ name }) => name)).toEqual(['App.app.dSYM.zip'])
    expect(build.steps[2]?.stderr).toContain('Nothing matches /Users/builder/Library')
  })

  test('one that is only written anew inside is new', async () => {
    using place = makeHome()
    const symbols = join(place.home, derived, 'App/Build/Products/App.app.dSYM')
    writeFiles(symbols, { 'Contents/DWARF': 'x' })
    using build = startBuild({
      steps: [`echo y > "$HOME/${derived}/App/Build/Products/App.app.dSYM/Contents/DWARF"`],
      environment: { HOME: place.home },
      artifacts: [pattern],
      before: () => ['Contents/DWARF', 'Contents', ''].forEach((at) => old(join(symbols, at))),
    })
    await build.ended
    expect(build.artifacts).toHaveLength(1)
  })

  test('a link in the place of the folder, or in it, leads nowhere', async () => {
    using place = makeHome()
    using other = makeHome()
    writeFiles(other.home, { 'Build/secret.dSYM': 'x' })
    mkdirSync(join(place.home, 'Library/Developer/Xcode'), { recursive: true })
    symlinkSync(other.home, join(place.home, derived))
    const options = { environment: { HOME: place.home }, artifacts: [pattern] }
    using linked = startBuild({ ...options, steps: ['true'] })
    await linked.ended
    expect(linked.artifacts).toEqual([])
    expect(linked.steps[2]?.stderr).toContain('outside the workspace')

    rmSync(join(place.home, derived))
    using inside = startBuild({
      ...options,
      steps: [`${makeSymbols('App')}; ln -s ${other.home}/Build "$HOME/${derived}/App/Build/more"`],
    })
    await inside.ended
    expect(inside.artifacts.map(({ name }) => name)).toEqual(['App.app.dSYM.zip'])
  })

  test('everything else of the home directory stays out', async () => {
    using place = makeHome()
    using build = startBuild({
      steps: [
        'mkdir -p ~/Library/Developer/Other; echo x > ~/key; echo x > ~/Library/Developer/Other/x',
      ],
      environment: { HOME: place.home },
      artifacts: ['$HOME/key', '/Users/builder/Library/Developer/Other/*', '~/**/*'],
    })
    await build.ended
    expect(build.artifacts).toEqual([])
    expect(build.steps[2]?.stderr.match(/lies outside the workspace/g)).toHaveLength(3)
  })

  test.each(['/tmp/xcodebuild_logs/*.log', '$TMPDIR/xcodebuild_logs/*.log'])(
    'logs of xcodebuild are found by %s',
    async (logs) => {
      using build = startBuild({
        steps: ['mkdir "$TMPDIR/xcodebuild_logs"; echo x > "$TMPDIR/xcodebuild_logs/App.log"'],
        artifacts: [logs],
      })
      await build.ended
      expect(build.artifacts.map(({ name }) => name)).toEqual(['App.log'])
    },
  )
})
