import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lockPlace, makeAccount } from '../../support/apple/account.ts'
import { startBuild } from '../support.ts'

/** What `keychain initialize` does, as far as an account can see it. */
const initialize = (path: string) => `
  note() { echo "{\\"undo\\": {$1}}" >> "$OORE_SIGNING_JOURNAL"; }
  note '"kind": "keychain", "path": "'"${path}"'"'
  security create-keychain -p secret "${path}"
  note '"kind": "search_list"'
  security list-keychains -d user -s "${path}"
  note '"kind": "default_keychain"'
  security default-keychain -d user -s "${path}"`

describe('what a build’s own commands have noted', { timeout: 60_000 }, () => {
  test.each(['$TMPDIR/a.keychain-db', '$HOME/Library/Keychains/build.keychain-db'])(
    'is undone with the rest: a keychain at %s',
    async (path) => {
      using account = makeAccount()
      const { machine } = account
      const before = { tree: account.tree(), standing: account.standing() }
      using build = startBuild({
        steps: [initialize(path), 'security default-keychain -d user'],
        machine,
        environment: { ...machine.environment },
      })
      expect(await build.ended, build.steps[1]?.log).toEqual({ is: 'success' })
      expect(build.steps[2]?.stdout).toMatch(/keychain-db/)
      expect({ tree: account.tree(), standing: account.standing() }).toEqual({
        ...before,
        tree: { ...before.tree, ...lockPlace },
      })
      expect(build.warnings).toEqual([])
    },
  )

  test('changes nothing where the build has noted nothing', async () => {
    using account = makeAccount()
    using build = startBuild({ steps: ['true'], machine: account.machine })
    await build.ended
    expect(account.commands()).toEqual(['list-keychains -d user', 'default-keychain -d user'])
  })

  test('takes profiles along that the build has installed, and leaves those that were there', async () => {
    using account = makeAccount()
    const { machine } = account
    const profiles = join(account.home, 'Library/MobileDevice/Provisioning Profiles')
    mkdirSync(profiles, { recursive: true })
    writeFileSync(join(profiles, 'old.mobileprovision'), 'old')
    using build = startBuild({
      steps: [
        `cd "${profiles}" && for name in old new; do
          echo '{"undo": {"kind": "file", "path": "'"$PWD/$name.mobileprovision"'"}}' >> "$OORE_SIGNING_JOURNAL"
        done; echo new > new.mobileprovision; touch old.mobileprovision`,
      ],
      machine: { ...machine },
    })
    expect(await build.ended, build.steps[1]?.log).toEqual({ is: 'success' })
    expect(existsSync(join(profiles, 'new.mobileprovision'))).toBe(false)
    expect(readFileSync(join(profiles, 'old.mobileprovision'), 'utf8')).toBe('old')
  })

  test('is not believed: nothing goes that the build may not have made', async () => {
    using account = makeAccount()
    const { machine, home, loginKeychain } = account
    writeFileSync(
      join(home, 'Library/Keychains/team.keychain-db'),
      '{"certificates":[],"identities":[]}',
    )
    writeFileSync(join(home, 'precious.keychain-db'), 'precious')
    mkdirSync(join(home, 'Documents'))
    writeFileSync(join(home, 'Documents/thesis.mobileprovision'), 'thesis')
    account.setStanding({ list: [loginKeychain, join(home, 'Library/Keychains/team.keychain-db')] })
    const before = { tree: account.tree(), standing: account.standing() }
    const lies = [
      { kind: 'keychain', path: loginKeychain },
      { kind: 'keychain', path: join(home, 'Library/Keychains/team.keychain-db') },
      { kind: 'keychain', path: join(home, 'Library/Keychains/team.keychain') },
      { kind: 'keychain', path: join(home, 'precious.keychain-db') },
      { kind: 'keychain', path: `${home}/Library/Keychains/../../precious.keychain-db` },
      { kind: 'keychain', path: '$LINK/precious.keychain-db' },
      { kind: 'keychain', path: 'relative.keychain-db' },
      { kind: 'keychain' },
      { kind: 'directory', path: join(home, 'Documents') },
      { kind: 'file', path: join(home, 'Documents/thesis.mobileprovision') },
      { kind: 'search_list', keychains: ['/tmp/evil.keychain-db'] },
      { kind: 'default_keychain', keychain: '/tmp/evil.keychain-db' },
      'no entry',
    ].map((undo) => JSON.stringify({ undo }))
    using build = startBuild({
      files: { lies: [...lies, '{"undo": {"kind": "keych'].join('\n') },
      steps: [
        'ln -s "$HOME" "$TMPDIR/link"; sed "s|\\$LINK|$TMPDIR/link|" lies > "$OORE_SIGNING_JOURNAL"',
      ],
      machine,
      environment: { ...machine.environment },
    })
    expect(await build.ended, build.steps[1]?.log).toEqual({ is: 'success' })
    expect({ tree: account.tree(), standing: account.standing() }).toEqual(before)
  })

  test.each([
    ['a link', 'ln -s "$HOME/big" "$OORE_SIGNING_JOURNAL"'],
    ['a pipe', 'mkfifo "$OORE_SIGNING_JOURNAL"'],
    ['far too long', 'yes "{}" | head -c 2000000 > "$OORE_SIGNING_JOURNAL"'],
    ['gone with its directory', 'rm -r "$(dirname "$OORE_SIGNING_JOURNAL")"'],
  ])('holds nothing where it is %s', async (_what, script) => {
    using account = makeAccount()
    const { machine } = account
    using build = startBuild({ steps: [script], machine, environment: { ...machine.environment } })
    expect(await build.ended, build.steps[1]?.log).toEqual({ is: 'success' })
    expect(existsSync(join(build.root, 'signing'))).toBe(false)
    expect(build.warnings).toEqual([])
    expect(account.commands()).toHaveLength(2)
  })
})
