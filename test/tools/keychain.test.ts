import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { p12Of, signer } from '../support/apple-files.ts'
import { makeAccount } from '../support/apple/account.ts'
import { makeAuthority, makeIdentity } from '../support/apple/identities.ts'

const program = resolve('bin/tools/keychain')

/** An account on a made-up Mac, and a build there that calls `keychain`. */
function build(authorities: string[] = []) {
  const account = makeAccount(authorities)
  const temporary = mkdtempSync(join(tmpdir(), 'oore-tools-'))
  const journal = join(temporary, 'journal')
  return {
    ...account,
    temporary,
    undos: () =>
      existsSync(journal)
        ? readFileSync(journal, 'utf8')
            .trim()
            .split('\n')
            .map((line) => (JSON.parse(line) as { undo: { kind: string } }).undo.kind)
        : [],
    keychain(...args: string[]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
        cwd: temporary,
        encoding: 'utf8',
        env: {
          ...account.machine.environment,
          TMPDIR: temporary,
          OORE_SIGNING_JOURNAL: journal,
          P12_PASSWORD: 'p12-password',
        },
      })
      return { code: status, stdout, stderr }
    },
    [Symbol.dispose]() {
      account[Symbol.dispose]()
      rmSync(temporary, { recursive: true })
    },
  }
}

/** Where `ios_signing` and `fetch-signing-files` put certificates. */
function usualPlace(home: string): string {
  const directory = join(home, 'Library/MobileDevice/Certificates')
  mkdirSync(directory, { recursive: true })
  return directory
}

const ok = { code: 0, stderr: '' }

describe('keychain', () => {
  test('initialize makes one that is unlocked, first on the list and the default, all noted', () => {
    using on = build()
    expect(on.keychain('initialize')).toMatchObject(ok)
    const { list, default: own } = on.standing()
    expect(list).toEqual([own, on.loginKeychain])
    expect(on.undos()).toEqual(['keychain', 'search_list', 'default_keychain'])
    expect(on.keychain('get-default').stdout).toBe(`${own}\n`)
    expect(on.keychain('use-login')).toMatchObject(ok)
    expect(on.standing().default).toBe(on.loginKeychain)
  })

  test.each(['modern', 'legacy'] as const)(
    'add-certificates imports what openssl writes in its %s way, so that codesign may use it',
    (way) => {
      using on = build()
      const p12 = p12Of(signer(), { password: '', way })
      writeFileSync(join(usualPlace(on.home), 'a.p12'), p12)
      on.keychain('initialize')
      expect(on.keychain('add-certificates')).toMatchObject(ok)
      expect(on.commands().some((each) => each.startsWith('set-key-partition-list'))).toBe(true)
      expect(on.commands().filter((each) => each.startsWith('import '))).toHaveLength(1)
      expect(on.keychain('list-certificates')).toMatchObject(ok)
    },
  )

  test('list-certificates tells, as JSON, what signs apps and installers, and nothing that cannot', () => {
    const authority = makeAuthority()
    using on = build([authority.pem])
    expect(on.keychain('initialize')).toMatchObject(ok)
    expect(on.keychain('list-certificates')).toEqual({ ...ok, stdout: '[]\n' })
    const installer = '3rd Party Mac Developer Installer: Lumen (TEAM123456)'
    const identities = [
      makeIdentity(authority),
      makeIdentity(authority, { commonName: installer }),
      makeIdentity(authority, { isExpired: true }),
    ]
    for (const [index, { p12_base64: p12 }] of identities.entries()) {
      writeFileSync(join(on.temporary, `${index}.p12`), Buffer.from(p12, 'base64'))
    }
    const add = ['add-certificates', '--certificate', '*.p12', '--certificate-password']
    expect(on.keychain(...add, identities[0]!.password)).toMatchObject(ok)
    // Scripts read it by jq '.[] | select(.common_name | contains("Mac Developer Installer"))'.
    const listed = JSON.parse(on.keychain('list-certificates').stdout) as object[]
    expect(listed).toHaveLength(2)
    expect(listed).toEqual(
      expect.arrayContaining(
        identities
          .slice(0, 2)
          .map(({ common_name, sha1 }) =>
            expect.objectContaining({ common_name, sha1, team_id: 'TEAM123456' }),
          ),
      ),
    )
  })

  test('add-certificates takes paths with stars, and a password by a variable’s name', () => {
    using on = build()
    writeFileSync(join(on.temporary, 'dist.p12'), p12Of(signer(), { password: 'p12-password' }))
    expect(on.keychain('initialize', '-pw', 'of-the-keychain', '--timeout', '3600')).toMatchObject(
      ok,
    )
    const add = ['add-certificates', '--certificate', '*.p12', '--certificate-password']
    expect(on.keychain(...add, 'wrong')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not open the file') as string,
    })
    expect(on.keychain(...add, '@env:P12_PASSWORD')).toMatchObject(ok)
    expect(on.keychain(...add, '@env:NOWHERE')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no variable NOWHERE') as string,
    })
    expect(on.calls().join('\n')).not.toContain('p12-password')
  })

  test('add-certificates passes over those of ios_signing, which have passwords of their own', () => {
    using on = build()
    writeFileSync(join(usualPlace(on.home), 'a.p12'), p12Of(signer(), { password: 'stored-one' }))
    on.keychain('initialize')
    expect(on.keychain('add-certificates')).toMatchObject({
      ...ok,
      stdout: expect.stringContaining('Passed over') as string,
    })
  })

  test('says what is wrong with how it was called', () => {
    using on = build()
    expect(on.keychain('initialise')).toMatchObject({ code: 2 })
    expect(on.keychain('initialize', '--nonsense').stderr).toContain('--nonsense')
    expect(on.keychain('add-certificates', '--certificate', 'none-*.p12')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No file matches') as string,
    })
    expect(on.keychain('initialize', '--verbose', '--no-color')).toMatchObject(ok)
  })
})
