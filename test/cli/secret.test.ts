import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit.ts'
import { program, runCommand } from '../support/command.ts'
import { type Oore, startOore } from '../support/oore.ts'

let oore: Oore
let home: string

beforeAll(async () => {
  oore = await startOore()
  home = mkdtempSync(join(tmpdir(), 'oore-secret-'))
})
afterAll(async () => {
  await oore[Symbol.asyncDispose]()
  rmSync(home, { recursive: true })
})

const settings = () => ({ OORE_SERVER: oore.url, OORE_TOKEN: oore.token })
const run = (...args: string[]) => runCommand(home, args, settings())

/** With something on its standard input. */
function piped(input: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...settings() },
    input,
    encoding: 'utf8',
  })
  return { code: status, stdout, stderr }
}

type Listed = { name: string; value: string | null; group: string; environment: string }
const listed = async (...args: string[]) =>
  JSON.parse((await run('secret', 'list', '--json', ...args)).stdout) as Listed[]

describe('oore secret', () => {
  test('stores what stands on standard input, and never shows it', async () => {
    expect(piped('hunter2-hunter2\n', 'secret', 'set', 'API_TOKEN')).toEqual({
      code: exitCodes.ok,
      stdout: 'Stored the secret API_TOKEN.\n',
      stderr: '',
    })
    expect(await listed()).toMatchObject([{ name: 'API_TOKEN', value: null, group: '' }])
    const shown = await run('secret', 'list')
    expect(shown.stdout).toContain('(secret)')
    expect(shown.stdout).not.toContain('hunter2')
  })

  test('keeps every line of several, and the end of none of one', async () => {
    const key = '-----BEGIN KEY-----\nabc\n-----END KEY-----\n'
    piped(key, 'secret', 'set', 'PEM', '--plain')
    writeFileSync(join(home, 'flavor'), 'staging\n')
    await run('secret', 'set', 'FLAVOR', '--plain', '--file', 'flavor')
    const values = Object.fromEntries((await listed()).map(({ name, value }) => [name, value]))
    expect(values).toMatchObject({ PEM: key, FLAVOR: 'staging' })
  })

  test('waits for a program that takes its time to say it', async () => {
    const line = `(printf slow-; sleep 0.8; printf value) | "$0" "$1" secret set SLOW --plain`
    const { status, stderr } = spawnSync('sh', ['-c', line, process.execPath, program], {
      env: { PATH: process.env['PATH'] ?? '', ...settings() },
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([exitCodes.ok, ''])
    const values = Object.fromEntries((await listed()).map(({ name, value }) => [name, value]))
    expect(values).toMatchObject({ SLOW: 'slow-value' })
  })

  test('takes no value as an argument', async () => {
    expect((await run('secret', 'set', 'A', 'value')).code).toBe(exitCodes.usage)
    expect((await run('secret', 'set', 'A', '--value', 'x')).code).toBe(exitCodes.usage)
  })

  test('warns of a value that logs cannot hide', () => {
    const { code, stderr } = piped('1234', 'secret', 'set', 'PIN')
    expect([code, stderr]).toEqual([exitCodes.ok, expect.stringContaining('fewer than 6')])
  })

  test('goes into groups, of one repository too, for one environment', async () => {
    const repo = await oore.repo({ 'oore.yaml': 'workflows: { a: { scripts: [true] } }' })
    const ofRepo = ['--repo', repo.id]
    expect((await run('secret', 'set', 'A', '--group', 'nope')).code).not.toBe(exitCodes.ok)
    expect(await run('group', 'add', 'release', ...ofRepo)).toMatchObject({ code: exitCodes.ok })
    const set = ['secret', 'set', 'KEY', '--group', 'release', '--environment', 'production']
    expect(piped('for-production', ...set, ...ofRepo)).toMatchObject({ code: exitCodes.ok })
    expect(await listed('--group', 'release', ...ofRepo)).toMatchObject([
      { name: 'KEY', group: 'release', environment: 'production' },
    ])
    const remove = ['secret', 'remove', 'KEY', '--group', 'release', ...ofRepo]
    expect((await run(...remove)).code).toBe(exitCodes.notFound)
    expect((await run(...remove, '--environment', 'production')).code).toBe(exitCodes.ok)
    await run('group', 'rename', 'release', 'publish', ...ofRepo)
    expect((await run('group', 'remove', 'release', '--yes', ...ofRepo)).code).toBe(
      exitCodes.notFound,
    )
    expect((await run('group', 'remove', 'publish', '--yes', ...ofRepo)).code).toBe(exitCodes.ok)
  })

  test('imports a .env file, all or nothing', async () => {
    writeFileSync(join(home, '.env'), 'export ONE=first-value\nTWO="second\\nvalue"\n')
    writeFileSync(join(home, 'broken.env'), 'THREE=x\nnot a line\n')
    await run('group', 'add', 'imported')
    expect((await run('secret', 'import', 'broken.env', '--group', 'imported')).stderr).toContain(
      'line 2',
    )
    expect(await listed('--group', 'imported')).toEqual([])
    expect((await run('secret', 'import', '.env', '--group', 'imported')).code).toBe(exitCodes.ok)
    expect((await listed('--group', 'imported')).map(({ name }) => name)).toEqual(['ONE', 'TWO'])
  })
})

describe('oore signing check', () => {
  test('says what is missing, and ends with 1', async () => {
    const bundle = ['--bundle-id', 'com.lumen.wallet', '--type', 'app_store']
    const { code, stdout } = await run('signing', 'check', ...bundle)
    expect(code).toBe(exitCodes.failure)
    expect(stdout).toContain('No App Store profile for com.lumen.wallet is stored.')
    writeFileSync(
      join(home, 'oore.yaml'),
      'workflows:\n  a: { environment: { groups: [nowhere], android_signing: [upload] }, scripts: [make] }\n  b: { scripts: [make] }\n',
    )
    const checked = await run('signing', 'check', 'oore.yaml')
    expect(checked.code).toBe(exitCodes.failure)
    expect(checked.stdout).toContain('There is no variable group "nowhere"')
    expect(checked.stdout).toContain('There is no keystore "upload"')
    expect(checked.stdout).toContain('b: asks for nothing to sign with.')
  })
})
