import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import type { ClaimKeystore } from '../../../src/protocol/messages.ts'
import { keystoreFiles } from '../../../src/runner/signing/android.ts'
import { startBuild, type Build } from '../support.ts'
import { testStep } from '../../support/plan.ts'
import { hasProgram, keyPassword, makeKeystore, storePassword } from './keystores.ts'

const canSignJars = hasProgram('keytool') && hasProgram('jarsigner')
const canSignApks = canSignJars && hasProgram('apksigner') && hasProgram('zipalign')

/** No Java was asked for it: enough where nothing opens it. */
const fakeKeystore = (
  name: string,
  variables: Partial<ClaimKeystore['variables']> = {},
): ClaimKeystore => ({
  name,
  file_base64: Buffer.from(`the bytes of ${name}`).toString('base64'),
  format: 'jks',
  store_password: `store of ${name}`,
  alias: `alias of ${name}`,
  key_password: `key of ${name}`,
  variables: { path: null, storePassword: null, keyAlias: null, keyPassword: null, ...variables },
})

const signed = (...android: ClaimKeystore[]) => ({ ios: null, android })
const signingIn = (build: Build) => join(build.root, 'signing')

/** A package as Android has it, as far as signing goes: what is in it nobody runs. */
async function apk(): Promise<Buffer> {
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from('a manifest'), 'AndroidManifest.xml', { compress: false })
  zip.addBuffer(Buffer.from('dex\n035\0'), 'classes.dex')
  zip.addBuffer(Buffer.alloc(100, 1), 'resources.arsc', { compress: false })
  zip.end()
  return buffer(zip.outputStream as NodeJS.ReadableStream as never)
}

describe('a keystore of a build', () => {
  test('is a file for this account alone, under the names that scripts know', async () => {
    using build = startBuild({
      signing: signed(fakeKeystore('My upload key!')),
      steps: [
        'cat "$CM_KEYSTORE_PATH"; stat -c " %a" "$CM_KEYSTORE_PATH" "$(dirname "$CM_KEYSTORE_PATH")"',
        'for n in PATH PASSWORD; do for p in CM_KEYSTORE FCI_KEYSTORE KEYSTORE; do v=${p}_$n; echo "$v=$(echo "${!v}" | tr a-z A-Z)"; done; done',
        'for n in ALIAS PASSWORD; do for p in CM_KEY FCI_KEY KEY; do v=${p}_$n; echo "$v=$(echo "${!v}" | tr a-z A-Z)"; done; done',
      ],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]?.stdout).toBe('the bytes of My upload key! 600\n 700\n')
    const path = join(signingIn(build), 'keystore-1-My-upload-key-.jks').toUpperCase()
    expect(build.steps[2]?.stdout.split('\n').slice(0, 6)).toEqual([
      ...['CM_KEYSTORE', 'FCI_KEYSTORE', 'KEYSTORE'].map((name) => `${name}_PATH=${path}`),
      ...['CM_KEYSTORE', 'FCI_KEYSTORE', 'KEYSTORE'].map(
        (name) => `${name}_PASSWORD=STORE OF MY UPLOAD KEY!`,
      ),
    ])
    expect(build.steps[3]?.stdout.split('\n').slice(0, 6)).toEqual([
      ...['CM_KEY', 'FCI_KEY', 'KEY'].map((name) => `${name}_ALIAS=ALIAS OF MY UPLOAD KEY!`),
      ...['CM_KEY', 'FCI_KEY', 'KEY'].map((name) => `${name}_PASSWORD=KEY OF MY UPLOAD KEY!`),
    ])
    expect(existsSync(signingIn(build))).toBe(false)
    expect(existsSync(build.journals) && readdirSync(build.journals)).toEqual([])
  })

  test('is masked in the log, though the claim does not say so', async () => {
    using build = startBuild({
      signing: signed(fakeKeystore('one')),
      steps: ['echo "$CM_KEYSTORE_PASSWORD and $CM_KEY_PASSWORD"'],
    })
    await build.ended
    expect(build.steps[1]?.stdout).toBe('*** and ***\n')
  })

  test('has its own variables where they are named, and the usual ones go to one alone', () => {
    const own = {
      path: 'PATH_B',
      storePassword: 'STORE_B',
      keyAlias: 'ALIAS_B',
      keyPassword: 'KEY_B',
    }
    const all = [
      fakeKeystore('half', { path: 'PATH_A' }),
      fakeKeystore('b', own),
      fakeKeystore('c'),
      fakeKeystore('d'),
    ]
    const { variables, said } = keystoreFiles(all, '/s')
    expect(variables).toMatchObject({
      PATH_A: '/s/keystore-1-half.jks',
      PATH_B: '/s/keystore-2-b.jks',
      STORE_B: 'store of b',
      ALIAS_B: 'alias of b',
      KEY_B: 'key of b',
      CM_KEYSTORE_PATH: '/s/keystore-3-c.jks',
      CM_KEYSTORE_PASSWORD: 'store of c',
      KEY_ALIAS: 'alias of c',
    })
    expect(said[3]).toContain('no variable holds its path')
    const { variables: alone } = keystoreFiles(all.slice(0, 2), '/s')
    expect(alone).toMatchObject({
      CM_KEYSTORE_PASSWORD: 'store of half',
      CM_KEY_ALIAS: 'alias of half',
    })
    expect(alone).not.toHaveProperty('CM_KEYSTORE_PATH')
  })

  test('is weaker than what is stored, and that than what the file says', async () => {
    using build = startBuild({
      signing: signed(fakeKeystore('one')),
      variables: { CM_KEY_ALIAS: 'stored', KEY_ALIAS: 'stored too' },
      vars: { KEY_ALIAS: 'written', STORE: 'at $CM_KEYSTORE_PATH' },
      steps: ['echo "$CM_KEY_ALIAS, $KEY_ALIAS, $FCI_KEY_ALIAS, $STORE"'],
    })
    await build.ended
    const path = join(signingIn(build), 'keystore-1-one.jks')
    expect(build.steps[1]?.stdout).toBe(`stored, written, alias of one, at ${path}\n`)
  })

  test('whose name would lead elsewhere stays in its place', () => {
    const { files } = keystoreFiles([fakeKeystore('../../.ssh/id'), fakeKeystore('..')], '/s')
    expect(files.map(({ path }) => path)).toEqual([
      '/s/keystore-1-ssh-id.jks',
      '/s/keystore-2-file.jks',
    ])
  })

  test('is put where a step before the checkout has left something', async () => {
    using build = startBuild({
      signing: signed(fakeKeystore('one')),
      plan: {
        preCloneSteps: [
          testStep({ script: 'mkdir ../signing; echo bad > ../signing/keystore-1-one.jks' }),
        ],
        steps: [testStep({ script: 'cat "$CM_KEYSTORE_PATH"' })],
      },
      steps: [],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[2]?.stdout).toBe('the bytes of one')
  })

  test('that the file names and nobody stored is said to be missing', async () => {
    const { variables } = fakeKeystore('x')
    using build = startBuild({
      signing: signed(),
      plan: {
        steps: [testStep({ script: 'true' })],
        signing: { ios: null, android: [{ reference: 'x', variables }] },
      },
      steps: [],
    })
    await build.ended
    expect(build.steps[0]?.stderr).toMatch(/^Nothing was installed for android_signing \(.*x.*\): /)
  })

  test.each([
    ['a step that fails', 'exit 3', {}],
    ['its time running out', 'sleep 60', { build_ms: 600 }],
    [
      'a step that takes away the modes',
      'chmod 000 "$CM_KEYSTORE_PATH"; chmod 500 "${CM_KEYSTORE_PATH%/*}"',
      {},
    ],
  ])('is gone after %s', async (_what, script, limits) => {
    using build = startBuild({
      signing: signed(fakeKeystore('one')),
      steps: [script],
      limits,
    })
    await build.ended
    expect(existsSync(build.root)).toBe(true)
    expect(existsSync(signingIn(build))).toBe(false)
    expect(readdirSync(build.journals)).toEqual([])
  })

  test('is gone after a cancel, before the build is told to have ended', async () => {
    using build = startBuild({
      signing: signed(fakeKeystore('one')),
      steps: ['echo ready; sleep 60'],
      onSaid: (running, position) => position === 1 && running.stop('cancelled'),
    })
    expect(await build.ended).toEqual({ is: 'cancelled' })
    expect(existsSync(signingIn(build))).toBe(false)
  })
})

describe('artifacts', () => {
  test('are never a key that signs: neither its file, nor a copy, nor what a variable names', async () => {
    using build = startBuild({
      signing: signed(fakeKeystore('one')),
      files: { 'app/own.keystore': 'a key of their own', 'app/app.apk': 'app' },
      vars: { KEYSTORE_PATH: 'app/own.keystore' },
      steps: ['cp "$CM_KEYSTORE_PATH" renamed.bin; cp renamed.bin app/; ln -s ../signing link'],
      artifacts: [
        '$CM_KEYSTORE_PATH',
        'app/*.keystore',
        'renamed.bin',
        '$CM_BUILD_DIR/..',
        'link',
        'app/*.apk',
        'app',
      ],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.artifacts.map(({ name }) => name)).toEqual(['app.apk', 'app.zip'])
    const { stderr } = build.steps.at(-1)!
    expect(stderr).toContain('keystore-1-one.jks was skipped: it is one of the signing files')
    expect(stderr).toContain(
      'own.keystore was skipped: $KEYSTORE_PATH says that it is a signing key',
    )
    expect(stderr).toContain('app.zip was made without renamed.bin: it is the signing key')
    expect(stderr).toContain('app.zip was made without own.keystore: $KEYSTORE_PATH says')
    expect(stderr).toContain('renamed.bin was skipped: it is the signing key')
    expect(stderr).toContain('was skipped: the signing files of this build are in it')
    expect(stderr).toContain('link was skipped: it is one of the signing files')
  })
})

describe.skipIf(!canSignJars)('a real build signs and verifies', () => {
  test.each(['jks', 'pkcs12'] as const)('a JAR with a %s keystore of keytool', async (format) => {
    const bytes = await apk()
    using build = startBuild({
      signing: signed(makeKeystore('upload key', format)),
      checkout: async ({ into }) => writeFileSync(join(into, 'app.jar'), bytes),
      steps: [
        'jarsigner -keystore "$CM_KEYSTORE_PATH" -storepass:env CM_KEYSTORE_PASSWORD ' +
          '-keypass:env CM_KEY_PASSWORD -sigalg SHA256withRSA -digestalg SHA-256 app.jar "$CM_KEY_ALIAS"',
        'jarsigner -verify -verbose -certs app.jar',
      ],
      artifacts: ['app.jar'],
    })
    expect(await build.ended, build.steps[1]?.log).toEqual({ is: 'success' })
    expect(build.steps[2]?.stdout).toContain('jar verified.')
    expect(build.steps[2]?.stdout).toContain('CN=upload key')
    // Once more, outside the build.
    const kept = build.artifacts[0]!.file
    expect(execFileSync('jarsigner', ['-verify', kept]).toString()).toContain('jar verified.')
    const said = build.steps.map(({ log }) => log).join('')
    for (const secret of [storePassword, keyPassword]) expect(said).not.toContain(secret)
  })

  test.skipIf(!canSignApks)('an APK, aligned, under the old names', async () => {
    const bytes = await apk()
    using build = startBuild({
      signing: signed(makeKeystore('upload key', 'jks')),
      checkout: async ({ into }) => writeFileSync(join(into, 'app.apk'), bytes),
      steps: [
        'zipalign -p -f 4 app.apk aligned.apk && apksigner sign --min-sdk-version 24 ' +
          '--ks "$FCI_KEYSTORE_PATH" --ks-key-alias "$FCI_KEY_ALIAS" --ks-pass env:FCI_KEYSTORE_PASSWORD ' +
          '--key-pass env:FCI_KEY_PASSWORD --out signed.apk aligned.apk',
        'apksigner verify --min-sdk-version 24 --print-certs signed.apk && zipalign -c 4 signed.apk',
      ],
      artifacts: ['signed.apk'],
    })
    expect(await build.ended, build.steps[1]?.log).toEqual({ is: 'success' })
    expect(build.steps[2]?.stdout).toContain('certificate DN: CN=upload key')
    expect(build.artifacts.map(({ name }) => name)).toEqual(['signed.apk'])
  })
})
