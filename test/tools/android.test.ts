import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasProgram } from '../runner/signing/keystores.ts'
import { makeMachine } from './machine.ts'

/**
 * bundletool as its help says: `build-apks` writes a directory with universal.apk, or a set; passwords
 * come in files. What it was told, passwords too, goes into a file.
 */
const bundletool = `#!/bin/sh
echo "$*" >> "$CALLS"
command=$1; shift
for word in "$@"; do
  case $word in
    --bundle=*) bundle=\${word#*=} ;;
    --output=*) output=\${word#*=} ;;
    --output-format=DIRECTORY) directory=1 ;;
    --ks-pass=file:*) cat "\${word#*:}" >> "$PASSWORDS" ;;
    --key-pass=file:*) cat "\${word#*:}" >> "$PASSWORDS" ;;
  esac
done
case $command in
  version) echo 1.18.1 ;;
  validate) grep -q bundle "$bundle" && echo 'App Bundle information' || { echo "[BT:1.18.1] Error: no bundle" >&2; exit 1; } ;;
  build-apks)
    grep -q bundle "$bundle" || { echo "[BT:1.18.1] Error: no bundle" >&2; exit 1; }
    [ -e "$output" ] && [ "$directory" ] && { echo 'Error: the output is there' >&2; exit 1; }
    if [ "$directory" ]; then mkdir "$output" && cp "$bundle" "$output/universal.apk"
    else cp "$bundle" "$output"; fi ;;
  *) echo "unknown: $command" >&2; exit 1 ;;
esac
`

const passwords = { store: 'store-Passw0rd', key: 'key-Passw0rd' }

function script({ hasBundletool = true } = {}) {
  const machine = makeMachine({
    programs: hasBundletool ? { bundletool } : {},
    directories: ['build/release'],
    files: { 'build/release/app.aab': 'a bundle' },
    variables: { CALLS: 'AT:calls', PASSWORDS: 'AT:passwords' },
  })
  const { at, textOf } = machine
  const on = {
    ...machine,
    calls: () => textOf('calls').trim().split('\n'),
    told: () => textOf('passwords').trim().split('\n'),
    run(tool: string, args: readonly string[], more: Record<string, string> = {}) {
      // Where a JDK lies is the machine's.
      const path = [at('bin'), process.env['PATH'] ?? '', dirname(process.execPath)].join(delimiter)
      const ran = machine.run(tool, args, { PATH: path, ...more })
      // Passwords lie in files while a tool runs, and nowhere after it, nor are they said.
      expect(readdirSync(at('tmp')).filter((name) => !name.startsWith('hsperfdata'))).toEqual([])
      for (const secret of Object.values(passwords)) {
        expect(`${ran.stdout}${ran.stderr}${textOf('calls')}`).not.toContain(secret)
      }
      return ran
    },
    create(...args: string[]) {
      const whose = ['-CN', 'Mara, of Lumen', '-C', 'DE', ...args]
      const made = on.run(
        'android-keystore',
        ['create', '-k', 'up.jks', '-a', 'upload', ...whose],
        {
          ANDROID_KEYSTORE_PASSWORD: passwords.store,
        },
      )
      expect(made.code).toBe(0)
    },
  }
  return on
}

/** As keytool of a JDK reads it. */
const listed = (path: string, password: string): string =>
  execFileSync('keytool', ['-list', '-v', '-keystore', path, '-storepass', password], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })

const verify = ['verify', '--ks', 'up.jks', '--ks-key-alias', 'upload']
const environment = { ANDROID_KEYSTORE_PASSWORD: passwords.store }

const hasJdk = hasProgram('keytool') && hasProgram('jarsigner')

describe.skipIf(!hasJdk)('android-keystore', () => {
  test('makes a keystore that keytool reads, and verifies it', () => {
    using on = script()
    on.create()
    const told = listed(on.at('up.jks'), passwords.store)
    expect(told).toContain('CN="Mara, of Lumen", C=DE')
    expect(told).toContain('Keystore type: PKCS12')
    expect(on.run('android-keystore', verify, environment).code).toBe(0)
    const other = on.run('android-keystore', [...verify, '--ks-pass', 'wrong'])
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('password') })
    const alias = ['verify', '-k', 'up.jks', '-a', 'other']
    const missing = on.run('android-keystore', alias, environment)
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('upload') })
    expect(on.run('android-keystore', verify).code).toBe(2)
  })

  test('gives the key a password of its own', () => {
    using on = script()
    on.create('--key-pass', passwords.key)
    expect(listed(on.at('up.jks'), passwords.store)).toContain('Keystore type: JKS')
    const wrong = on.run('android-keystore', verify, environment)
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('upload') })
    const key = { ANDROID_KEYSTORE_KEY_PASSWORD: passwords.key }
    expect(on.run('android-keystore', verify, { ...environment, ...key }).code).toBe(0)
  })

  test('writes over nothing unless it is told to', () => {
    using on = script()
    on.create()
    const before = readFileSync(on.at('up.jks'))
    const create = ['create', '-k', 'up.jks', '-a', 'upload', '-DN', 'CN=Other']
    expect(on.run('android-keystore', create, environment).code).toBe(1)
    expect(readFileSync(on.at('up.jks'))).toEqual(before)
    const bad = [...create, '-o', '--distinguished-name', 'nonsense']
    expect(on.run('android-keystore', bad, environment).code).toBe(1)
    expect(readFileSync(on.at('up.jks'))).toEqual(before)
    expect(on.run('android-keystore', [...create, '-o'], environment).code).toBe(0)
    expect(listed(on.at('up.jks'), passwords.store)).toContain('CN=Other')
    expect(on.run('android-keystore', create.slice(0, 5), environment).code).toBe(2)
  })

  test('tells the certificate, with the fingerprints that keytool tells', () => {
    using on = script()
    on.create()
    const args = ['certificate', '-k', 'up.jks', '-a', 'upload', '--json']
    const { stdout } = on.run('android-keystore', args, environment)
    const { sha256 } = JSON.parse(stdout) as { sha256: string }
    const colons = sha256.toUpperCase().match(/../g)?.join(':')
    expect(listed(on.at('up.jks'), passwords.store)).toContain(`SHA256: ${colons}`)
  })

  test('makes the keystore of debug builds once', () => {
    using on = script()
    expect(on.run('android-keystore', ['create-debug-keystore']).code).toBe(0)
    const path = on.at('.android/debug.keystore')
    expect(listed(path, 'android')).toContain('androiddebugkey')
    const before = readFileSync(path)
    expect(on.run('android-keystore', ['create-debug-keystore']).code).toBe(0)
    expect(readFileSync(path)).toEqual(before)
  })
})

const by = ['--ks', 'up.jks', '--ks-key-alias', 'upload', '--ks-pass', '@env:STORE']
const signing = { STORE: passwords.store, KEYSTORE_KEY_PASSWORD: passwords.key }
const universal = 'build/release/app-universal.apk'

describe.skipIf(!hasJdk)('android-app-bundle', () => {
  test.each([
    ['android-app-bundle', ['build-universal-apk', '--bundle', 'build/**/*.aab']],
    ['android-app-bundle', ['build-universal-apk', '--pattern=build/**/*.aab']],
    ['universal-apk', ['generate', '--pattern', 'build/**/*.aab']],
    ['universal-apk', ['generate']],
  ])('%s %j builds beside the bundle, and tells bundletool passwords in files', (tool, args) => {
    using on = script()
    on.create('--key-pass', passwords.key)
    for (let time = 0; time < 2; time += 1) {
      const built = on.run(tool, [...args, ...by], signing)
      expect(built).toMatchObject({ code: 0, stdout: `${on.at(universal)}\n` })
    }
    expect(readFileSync(on.at(universal), 'utf8')).toBe('a bundle')
    expect(readdirSync(on.at('build/release')).toSorted()).toEqual(['app-universal.apk', 'app.aab'])
    expect(on.told().slice(0, 2)).toEqual([passwords.store, passwords.key])
  })

  test('says what is wrong with the keystore before anything is built', () => {
    using on = script()
    on.create()
    const built = on.run('android-app-bundle', ['build-universal-apk', ...by], { STORE: 'wrong' })
    expect(built).toMatchObject({ code: 1, stderr: expect.stringContaining('password') })
    expect(on.run('android-app-bundle', ['sign']).code).toBe(2)
    expect(on.calls()).toEqual([''])
  })

  test('passes on what bundletool says, and leaves nothing half done', () => {
    using on = script()
    writeFileSync(on.at('build/release/app.aab'), 'nothing')
    const failed = on.run('android-app-bundle', ['build-universal-apk'])
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('no bundle') })
    expect(readdirSync(on.at('build/release'))).toEqual(['app.aab'])
    expect(on.run('android-app-bundle', ['validate']).code).toBe(1)
    expect(on.run('android-app-bundle', ['bundletool-version']).stdout).toBe('1.18.1\n')
    const none = on.run('android-app-bundle', ['validate', '--bundle', '*.aab'])
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('*.aab') })
  })

  test('builds sets of APKs, signed for debugging where no keystore is given', () => {
    using on = script()
    const args = ['build-apks', '--mode', 'universal']
    expect(on.run('android-app-bundle', args).stdout).toBe(`${on.at('build/release/app.apks')}\n`)
    expect(on.calls()).toEqual([expect.stringMatching(/--mode=universal --overwrite --output=/)])
  })

  test('where there is no bundletool, says where it comes from', () => {
    using on = script({ hasBundletool: false })
    const failed = on.run('android-app-bundle', ['bundletool-version'])
    expect(failed).toMatchObject({ code: 1 })
    expect(failed.stderr).toContain('ANDROID_APP_BUNDLE_BUNDLETOOL')
  })

  test.each([[passwords.store], [passwords.key]])('signs so that jarsigner believes it', (key) => {
    using on = script()
    on.create('--key-pass', key)
    writeFileSync(on.at('base'), 'dex')
    const aab = on.at('build/release/app.aab')
    rmSync(aab)
    execFileSync('jar', ['--create', '--file', aab, '-C', on.home, 'base'])
    const bundle = ['--bundle', 'build/release/app.aab']
    const before = on.run('android-app-bundle', ['is-signed', ...bundle])
    expect(before).toMatchObject({ code: 1, stdout: `${aab} is not signed.\n` })
    const more = { STORE: passwords.store, KEYSTORE_KEY_PASSWORD: key }
    expect(on.run('android-app-bundle', ['sign', ...bundle, ...by], more).code).toBe(0)
    const verified = execFileSync('jarsigner', ['-verify', '-verbose', aab], { encoding: 'utf8' })
    expect(verified).toContain('jar verified.')
    expect(on.run('android-app-bundle', ['is-signed', ...bundle]).code).toBe(0)
  })
})
