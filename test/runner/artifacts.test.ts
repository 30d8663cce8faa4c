import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { fromBuffer, type Entry, type ZipFile } from 'yauzl'
import { startBuild, writeFiles, type Build, type BuildOptions } from './support.ts'

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')

/** The paths of the artifacts that a build of these files and patterns keeps. */
async function pathsKept(options: Omit<BuildOptions, 'steps'>): Promise<string[]> {
  using build = startBuild({ steps: [], ...options })
  expect(await build.ended).toEqual({ is: 'success' })
  return build.artifacts.map(({ path }) => path.replace(`${build.root}/`, '<workspace>/'))
}

describe('collecting artifacts', () => {
  test('copies each with size, hash and path', async () => {
    using build = startBuild({
      steps: ['mkdir -p out; printf apk > out/app-release.apk'],
      artifacts: ['out/*.apk'],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.artifacts).toEqual([
      {
        index: 0,
        name: 'app-release.apk',
        path: 'out/app-release.apk',
        sizeBytes: 3,
        sha256: sha256('apk'),
        file: expect.stringContaining('/artifacts/'),
      },
    ])
    const file = build.artifacts[0]?.file ?? ''
    expect(readFileSync(file, 'utf8')).toBe('apk')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(build.steps[2]?.stdout).toContain(
      `app-release.apk  3 B  sha256 ${sha256('apk').slice(0, 12)}`,
    )
  })

  const files = {
    'app.apk': '1',
    'build/a/outputs/x.apk': '2',
    'build/a/b/outputs/deep/y.aab': '3',
    'build/.hidden/z.apk': '4',
    'sub/build/w.ipa': '5',
    'with space/[odd] (name).txt': '6',
  }
  const patterns: [string, string[]][] = [
    ['*.apk', ['app.apk']],
    ['./*.apk', ['app.apk']],
    ['**/*.apk', ['app.apk', 'build/a/outputs/x.apk']],
    ['build/**/outputs/**/*.{apk,aab}', ['build/a/b/outputs/deep/y.aab', 'build/a/outputs/x.apk']],
    ['build/a/outputs/!(x).apk', []],
    ['build/.hidden/*.apk', ['build/.hidden/z.apk']],
    ['$FLAVOUR/a/outputs/?.apk', ['build/a/outputs/x.apk']],
    ['${FLAVOUR}/a/outputs/x.apk', ['build/a/outputs/x.apk']],
    ['$CM_BUILD_DIR/app.apk', ['app.apk']],
    ['/Users/builder/clone/*.apk', ['app.apk']],
    ['with space/*.txt', ['with space/[odd] (name).txt']],
    ['build/**', ['build/a/b/outputs/deep/y.aab', 'build/a/outputs/x.apk']],
    ['none/*.apk', []],
    ['app.apk/*', []],
  ]
  for (const [pattern, expected] of patterns) {
    test(`${pattern} finds ${expected.join(', ') || 'nothing'}`, async () => {
      const kept = await pathsKept({ files, artifacts: [pattern], vars: { FLAVOUR: 'build' } })
      expect(kept).toEqual(expected)
    })
  }

  test('looks in the working directory and in the clone, and keeps a file once', async () => {
    const kept = await pathsKept({
      files,
      workingDirectory: 'sub',
      artifacts: ['build/*.ipa', 'sub/build/*.ipa', '*.apk', 'app.apk'],
    })
    expect(kept).toEqual(['sub/build/w.ipa', 'app.apk'])
  })

  test('two of one name are told apart', async () => {
    using build = startBuild({
      steps: [],
      files: { 'a/app.apk': '1', 'b/app.apk': '2', 'c/app.apk': '3' },
      artifacts: ['**/app.apk'],
    })
    await build.ended
    expect(build.artifacts.map(({ name }) => name)).toEqual(['app.apk', 'app_2.apk', 'app_3.apk'])
  })

  test('a name with a line break is kept, with the break made visible', async () => {
    const files = { 'a\nb.txt': '1', 'a_b.txt': '2', '\n': '3', 'd\u001B[31m/e\r\nf.txt': '4' }
    for (const pattern of ['**', '*.txt']) {
      using build = startBuild({ steps: [], files, artifacts: [pattern, 'd*/*.txt', '*'] })
      expect(await build.ended).toEqual({ is: 'success' })
      const kept = build.artifacts.map(({ name, path, file }) => [
        name,
        path,
        readFileSync(file, 'utf8'),
      ])
      expect(kept.toSorted()).toEqual([
        ['_', '_', '3'],
        ['a_b.txt', 'a_b.txt', '1'],
        ['a_b_2.txt', 'a_b.txt', '2'],
        ['e__f.txt', 'd_[31m/e__f.txt', '4'],
      ])
      expect(build.steps[1]?.stderr).toBe('')
      expect(build.steps[1]?.stdout.trimEnd().split('\n')).toHaveLength(5)
    }
  })

  test('a warning about a name with a line break is one line', async () => {
    using build = startBuild({
      steps: [`mkdir dir; mkfifo $'p\nq.log' $'dir/r\ns'`],
      artifacts: ['*.log', 'dir'],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[2]?.stderr.trimEnd().split('\n')).toEqual([
      'p_q.log was skipped: it is neither a file nor a directory.',
      'dir.zip was made without r_s: no plain file inside.',
    ])
  })

  test("takes /tmp as the build's own, and $CM_EXPORT_DIR as a zip", async () => {
    using build = startBuild({
      steps: [
        'mkdir "$TMPDIR/xcodebuild_logs"; echo log > "$TMPDIR/xcodebuild_logs/a.log"',
        'echo 1 > "$CM_EXPORT_DIR/one.txt"',
      ],
      artifacts: ['/tmp/xcodebuild_logs/*.log'],
    })
    await build.ended
    expect(build.artifacts.map(({ name }) => name)).toEqual(['a.log', 'export.zip'])
    expect(await entriesOf(build, 1)).toEqual({ 'export/one.txt': '1\n' })
  })

  test('a directory becomes a zip that keeps modes and its own links', async () => {
    using build = startBuild({
      steps: [
        'mkdir -p Runner.app/Versions/A Runner.app/Empty; echo x > Runner.app/Versions/A/bin; ' +
          'chmod 755 Runner.app/Versions/A/bin; ln -s A Runner.app/Versions/Current; ' +
          'ln -s /etc/passwd Runner.app/out; mkfifo Runner.app/pipe; echo y > "Runner.app/..\\\\x"',
      ],
      artifacts: ['*.app'],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.artifacts).toMatchObject([{ name: 'Runner.app.zip', path: 'Runner.app' }])
    expect(await entriesOf(build, 0)).toEqual({
      'Runner.app/.._x': 'y\n',
      'Runner.app/Empty/': '',
      'Runner.app/Versions/A/bin': 'x\n',
      'Runner.app/Versions/Current': 'A',
    })
    expect((await modesOf(build, 0))['Runner.app/Versions/A/bin']).toBe(0o100755)
    expect((await modesOf(build, 0))['Runner.app/Versions/Current']).toBe(0o120777)
    expect(build.steps[2]?.stderr).toMatch(/without out:.*\n.*without pipe:/)
    const bytes = readFileSync(build.artifacts[0]?.file ?? '')
    expect(build.artifacts[0]).toMatchObject({ sizeBytes: bytes.length, sha256: sha256(bytes) })
  })

  test('a failed build keeps what it made', async () => {
    using build = startBuild({ steps: ['echo x > test.log; exit 1'], artifacts: ['*.log'] })
    expect(await build.ended).toMatchObject({ is: 'failed' })
    expect(build.artifacts).toMatchObject([{ name: 'test.log' }])
  })

  test('what matches nothing is a warning that does not harm the build', async () => {
    using build = startBuild({ steps: [], artifacts: ['*.msix'] })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]?.stderr).toBe('Nothing matches *.msix\n')
  })

  test('no more than 1000 are kept', async () => {
    using build = startBuild({
      steps: ['touch $(seq 1001)'],
      artifacts: ['*'],
    })
    await build.ended
    expect(build.artifacts).toHaveLength(1000)
    expect(build.steps[2]?.stderr).toMatch(/at most 1000/)
  })
})

describe('an artifact that is not of this build', () => {
  for (const pattern of ['../../../etc/passwd', '/etc/*', '/etc/passwd', '~/*', '$HOME/x/**']) {
    test(`${pattern} is skipped with a warning`, async () => {
      using build = startBuild({ steps: [], artifacts: [pattern] })
      expect(await build.ended).toEqual({ is: 'success' })
      expect(build.artifacts).toEqual([])
      expect(build.steps[1]?.stderr).toContain(`${pattern} was skipped: it lies outside`)
    })
  }

  test('a pattern with an unknown variable is skipped and names it', async () => {
    using build = startBuild({ steps: [], artifacts: ['$KEYSTORE_PATH'] })
    await build.ended
    expect(build.steps[1]?.stderr).toContain('the variable KEYSTORE_PATH is not set')
  })

  test('links out of the workspace are not followed, and said to be skipped', async () => {
    using build = startBuild({
      steps: [],
      checkout: async ({ into }) => {
        writeFiles(into, { 'real.apk': 'x' })
        symlinkSync('/etc/passwd', join(into, 'stolen.apk'))
        symlinkSync('/etc', join(into, 'dir'))
        symlinkSync('nowhere', join(into, 'broken.apk'))
        symlinkSync('real.apk', join(into, 'latest.apk'))
      },
      artifacts: ['**/*.apk', '**/*passwd', 'dir/*', 'dir/passwd', 'dir'],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.artifacts.map(({ name }) => name)).toEqual(['latest.apk', 'real.apk'])
    expect(readFileSync(build.artifacts[0]?.file ?? '', 'utf8')).toBe('x')
    const warnings = build.steps[1]?.stderr ?? ''
    expect(warnings).toMatch(/^stolen\.apk was skipped: it is a link that leads out/m)
    expect(warnings).toMatch(/^broken\.apk was skipped: it is a link that leads nowhere/m)
    expect(warnings).toMatch(/^dir was skipped: it is a link that leads out/m)
    expect(warnings).toMatch(/^dir\/passwd was skipped: it is a link that leads out/m)
  })

  test('pipes are skipped, not waited for', async () => {
    using build = startBuild({ steps: ['mkfifo pipe.log'], artifacts: ['*.log', 'pipe.log'] })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.artifacts).toEqual([])
    expect(build.steps[2]?.stderr).toContain('pipe.log was skipped: it is neither a file nor')
  })

  test('a copy that cannot be written breaks the build', async () => {
    using build = startBuild({
      steps: [],
      files: { 'a.txt': 'x' },
      artifacts: ['a.txt'],
      before: (root) => {
        const artifacts = join(root, '../../artifacts')
        mkdirSync(join(artifacts, '0'))
        writeFileSync(join(artifacts, '0/taken'), '')
      },
    })
    expect(await build.ended).toMatchObject({ is: 'broken', kind: 'setup' })
    expect(build.steps[1]?.outcome).toMatchObject({ is: 'broken' })
    expect(build.artifacts).toEqual([])
  })
})

/** The entries of a zip artifact: path → content. */
async function entriesOf(build: Build, index: number): Promise<Record<string, string>> {
  const entries: Record<string, string> = {}
  await eachEntry(build, index, async (entry, zip) => {
    entries[entry.fileName] = entry.fileName.endsWith('/') ? '' : await contentOf(zip, entry)
  })
  return entries
}

async function modesOf(build: Build, index: number): Promise<Record<string, number>> {
  const modes: Record<string, number> = {}
  await eachEntry(build, index, async (entry) => {
    modes[entry.fileName] = entry.externalFileAttributes >>> 16
  })
  return modes
}

async function eachEntry(
  build: Build,
  index: number,
  visit: (entry: Entry, zip: ZipFile) => Promise<void>,
): Promise<void> {
  const zip = await openZip(readFileSync(build.artifacts[index]?.file ?? ''))
  for (;;) {
    const next = Promise.race([once(zip, 'entry'), once(zip, 'end')])
    zip.readEntry()
    const [entry] = (await next) as [Entry?]
    if (entry === undefined) return
    await visit(entry, zip)
  }
}

function openZip(bytes: Buffer): Promise<ZipFile> {
  return new Promise((settle, refuse) => {
    fromBuffer(bytes, { lazyEntries: true }, (error, zip) => (error ? refuse(error) : settle(zip)))
  })
}

async function contentOf(zip: ZipFile, entry: Entry): Promise<string> {
  const stream = await new Promise<Readable>((settle, refuse) => {
    zip.openReadStream(entry, (error, found) => (error ? refuse(error) : settle(found)))
  })
  return await text(stream)
}
