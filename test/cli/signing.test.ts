import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit.ts'
import {
  appStoreKey,
  distributionName,
  keyInP12,
  keystoreFile,
  p12Of,
  profileOf,
  signer,
} from '../support/apple-files.ts'
import { program, runCommand } from '../support/command.ts'
import { type Oore, startOore } from '../support/oore.ts'

let oore: Oore
let home: string

beforeAll(async () => {
  oore = await startOore()
  home = mkdtempSync(join(tmpdir(), 'oore-signing-'))
})
afterAll(async () => {
  await oore[Symbol.asyncDispose]()
  rmSync(home, { recursive: true })
})

const settings = () => ({ OORE_SERVER: oore.url, OORE_TOKEN: oore.token })
const run = (...args: string[]) => runCommand(home, ['signing', ...args], settings())
const put = (name: string, content: string | Uint8Array) => writeFileSync(join(home, name), content)
const ok = { code: exitCodes.ok, stderr: '' }

describe('oore signing', () => {
  test('stores each kind, lists, shows, takes out and forgets it', async () => {
    put('dist.p12', p12Of(signer(), { password: ' with blanks ' }))
    put('dist.password', ' with blanks \n')
    const named = ['--name', 'distribution', '--password-file', 'dist.password']
    expect(await run('import-cert', 'dist.p12', ...named)).toEqual({
      ...ok,
      stdout: `Stored the certificate "distribution": ${distributionName}, expires 2045-01-01.\n`,
    })
    put('a.mobileprovision', profileOf())
    put('b.mobileprovision', profileOf({ bundleId: 'com.lumen.*', changes: { Name: 'Wild' } }))
    expect(await run('import-profile', 'a.mobileprovision', 'b.mobileprovision')).toEqual({
      ...ok,
      stdout:
        'Stored the profile "Wallet App Store": com.lumen.wallet, app_store, expires 2040-06-01.\n' +
        'Stored the profile "Wild": com.lumen.*, app_store, expires 2040-06-01.\n',
    })
    put('upload.jks', keystoreFile('upload.jks'))
    put('store', 'store-pass-1\n')
    put('key', 'key-pass-1\r\n')
    const files = ['--store-password-file', 'store', '--key-password-file', 'key']
    expect(await run('import-keystore', 'upload.jks', ...files)).toEqual({
      ...ok,
      stdout: 'Stored the keystore "upload": jks, alias upload, expires 2054-12-25.\n',
    })
    put('AuthKey_2X9R4HXF34.p8', appStoreKey())
    const issuer = '57246542-96fe-1a63-e053-0824d011072a'
    expect(await run('import-key', 'AuthKey_2X9R4HXF34.p8', '--issuer-id', issuer)).toEqual({
      ...ok,
      stdout: 'Stored the key "Key 2X9R4HXF34": 2X9R4HXF34, never expires.\n',
    })

    const list = await run('list')
    expect(list.stdout.split('\n').map((line) => line.split('\t').slice(0, 2))).toEqual([
      ['certificate', 'distribution'],
      ['profile', 'Wallet App Store'],
      ['profile', 'Wild'],
      ['keystore', 'upload'],
      ['key', 'Key 2X9R4HXF34'],
      [''],
    ])
    const keys = JSON.parse((await run('list', '--kind', 'key', '--json')).stdout)
    expect(keys).toMatchObject([{ credential: 'app_store_key', key_id: '2X9R4HXF34' }])
    const shown = await run('show', 'Wild')
    expect(shown.stdout).toMatch(/^Bundle identifier: +com\.lumen\.\*$/m)
    expect(shown.stdout).toContain(signer().sha1)
    expect((await run('show', 'upload')).stdout).toMatch(/^upload: SHA-256: +[0-9a-f]{64}$/m)

    const out = ['--out', 'taken.p12', '--passwords-out', 'taken.json']
    expect(await run('download', 'distribution', ...out)).toEqual({
      ...ok,
      stdout: 'Wrote taken.p12, which only you can read.\n',
    })
    const { password } = JSON.parse(readFileSync(join(home, 'taken.json'), 'utf8'))
    expect(keyInP12(readFileSync(join(home, 'taken.p12')), password)).toBe(signer().key)
    for (const name of ['taken.p12', 'taken.json']) {
      expect([name, statSync(join(home, name)).mode & 0o777]).toEqual([name, 0o600])
    }
    expect(await run('download', 'distribution', ...out)).toMatchObject({
      code: exitCodes.failure,
      stderr: expect.stringContaining('is there already') as string,
    })

    expect(await run('remove', 'Wild')).toMatchObject({
      code: exitCodes.usage,
      stderr: expect.stringContaining('--yes does it without asking') as string,
    })
    expect(await run('remove', 'Wild', '--yes')).toEqual({
      ...ok,
      stdout: 'Forgot the profile "Wild". Nothing was revoked.\n',
    })
    expect(await run('show', 'Wild')).toMatchObject({
      code: exitCodes.notFound,
      stderr: 'oore: There is no certificate, profile, keystore or key "Wild".\n',
    })
  })

  test('says in the server’s words what is wrong, and ends by it', async () => {
    put('open.p12', p12Of(signer({ name: 'Apple Development: Ada (AAAAAAAAAA)' })))
    expect(await run('import-cert', 'open.p12')).toEqual({
      code: exitCodes.usage,
      stdout: '',
      stderr:
        'oore: No password was given, so the empty one is tried.\n' +
        'oore: The file has a password, and none was given.\n',
    })
    put('two.jks', keystoreFile('two.jks'))
    put('store-2', 'store-pass-2')
    const several = await run('import-keystore', 'two.jks', '--store-password-file', 'store-2')
    expect([several.code, several.stderr]).toEqual([
      exitCodes.usage,
      expect.stringMatching(/holds 2 keys: say which: "\w+", "\w+"/),
    ])
    put('profile', profileOf())
    put('text', 'no profile')
    const some = await run('import-profile', 'text', 'profile', '--replace')
    expect(some).toMatchObject({
      code: exitCodes.usage,
      stderr: expect.stringMatching(/^oore: text: .*\noore: 1 of 2 were not stored\.\n$/) as string,
    })
    expect(await run('import-profile', 'missing')).toMatchObject({
      code: exitCodes.failure,
      stderr: 'oore: There is no file missing.\n',
    })
    expect(await run('list', '--kind', 'cert')).toMatchObject({
      code: exitCodes.usage,
      stderr: 'oore: --kind is "cert"; write one of certificate, profile, keystore, key.\n',
    })
  })

  test('asks which, where several kinds have a name, and takes no password as an argument', async () => {
    put('play.p12', keystoreFile('play.p12'))
    put('store-4', 'store-pass-4')
    put('another', profileOf())
    const named = ['--name', 'release']
    await run('import-profile', 'another', ...named)
    await run('import-keystore', 'play.p12', '--store-password-file', 'store-4', ...named)
    expect(await run('show', 'release')).toMatchObject({
      code: exitCodes.usage,
      stderr: expect.stringContaining('Say which with --kind profile') as string,
    })
    expect((await run('show', 'release', '--kind', 'keystore')).stdout).toMatch(/EC P-256/)
    for (const flag of ['--password', '--store-password', '--key-password']) {
      const answer = await run('import-keystore', 'play.p12', flag, 'x')
      expect([flag, answer.code]).toEqual([flag, exitCodes.usage])
    }
    expect((await run('import-cert', '-', '--password-file', '-')).stderr).toContain('read once')
  })

  test('reads a file from standard input, and writes one to standard output', async () => {
    const piped = (args: string[], input: Uint8Array) =>
      spawnSync(process.execPath, [program, 'signing', ...args], {
        env: { PATH: process.env['PATH'] ?? '', ...settings() },
        input,
      })
    const bytes = profileOf()
    const stored = piped(['import-profile', '-', '--name', 'piped'], bytes)
    expect([stored.status, stored.stdout.toString()]).toEqual([
      exitCodes.ok,
      expect.stringContaining('Stored the profile "piped"'),
    ])
    const out = piped(['download', 'piped', '--out', '-'], Buffer.alloc(0))
    expect([out.status, out.stdout.equals(bytes), out.stderr.toString()]).toEqual([0, true, ''])
  })
})
