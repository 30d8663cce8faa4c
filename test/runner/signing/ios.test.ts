import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { readPlist } from '../../../src/lib/plist/read.ts'
import { takeLock } from '../../../src/runner/signing/lock.ts'
import { replayJournals } from '../../../src/runner/signing/replay.ts'
import { accountDirectory } from '../../../src/runner/signing/machine.ts'
import type { ClaimCertificate, ClaimSigning } from '../../../src/protocol/messages.ts'
import { lockPlace, makeAccount } from '../../support/apple/account.ts'
import {
  makeAuthority,
  makeIdentity,
  makeProfile,
  type Authority,
} from '../../support/apple/identities.ts'
import { eventually } from '../../support/eventually.ts'
import { startBuild } from '../support.ts'

/** Each stand-in is a process, and other tests run beside it. */
const waitMs = 30_000

let authority: Authority
let identity: ClaimCertificate
let signing: ClaimSigning
const profiles16 = 'Library/Developer/Xcode/UserData/Provisioning Profiles'
const profiles15 = 'Library/MobileDevice/Provisioning Profiles'

beforeAll(() => {
  authority = makeAuthority()
  identity = makeIdentity(authority, { variable: 'CERTIFICATE_FILE' })
  signing = signingOf([identity])
})

const signingOf = (certificates: ClaimCertificate[]): ClaimSigning => ({
  ios: {
    certificates,
    profiles: [
      makeProfile('com.lumen.app.widget', certificates),
      makeProfile('com.lumen.app', certificates, { variable: 'PROFILE_FILE' }),
    ],
  },
  android: [],
})

/** What a step of the build sees: its keychains, what can be signed with, and its variables. */
const look =
  'security list-keychains -d user; security default-keychain -d user; ' +
  'security find-identity -v -p codesigning "$CM_BUILD_DIR/../signing/build.keychain-db"'

describe('on a Mac, signing for iOS', { timeout: 2 * waitMs }, () => {
  test('is set up for the steps, and leaves the account as it was', async () => {
    using account = makeAccount([authority.pem])
    const before = { tree: account.tree(), standing: account.standing() }
    const { machine } = account
    using build = startBuild({
      signing,
      machine,
      environment: { ...machine.environment },
      steps: [
        look,
        'echo "$CODE_SIGN_IDENTITY|$PROVISIONING_PROFILE_SPECIFIER|$DEVELOPMENT_TEAM"; cat "$PROFILE_FILE"; cat "$EXPORT_OPTIONS_PLIST" > options.plist; cmp "$CERTIFICATE_FILE" "$HOME/Library/MobileDevice/Certificates/"*.p12 && stat -c " %a" "$CERTIFICATE_FILE"',
        `ls "$HOME/${profiles16}" "$HOME/${profiles15}"`,
      ],
      artifacts: ['options.plist'],
    })
    expect(await build.ended, build.steps[0]?.log).toEqual({ is: 'success' })
    const keychain = join(build.root, 'signing/build.keychain-db')
    expect(build.steps[1]?.stdout).toBe(
      `    "${keychain}"\n    "${account.loginKeychain}"\n    "${keychain}"\n` +
        `  1) ${identity.sha1.toUpperCase()} "${identity.common_name}"\n     1 valid identities found\n`,
    )
    expect(build.steps[2]?.stdout).toBe(
      `${identity.common_name}|Lumen com.lumen.app|TEAM123456\nthe profile of com.lumen.app 600\n`,
    )
    const names = [
      'uuid-of-com-lumen-app-widget.mobileprovision',
      'uuid-of-com-lumen-app.mobileprovision',
    ]
    for (const name of names) expect(build.steps[3]?.stdout.split(name)).toHaveLength(3)
    const options = readPlist(readFileSync(build.artifacts[0]!.file))
    expect(Object.fromEntries(options)).toMatchObject({
      method: 'app-store-connect',
      teamID: 'TEAM123456',
      signingCertificate: identity.sha1.toUpperCase(),
    })
    expect(options.get('provisioningProfiles')).toEqual(
      new Map([
        ['com.lumen.app', 'Lumen com.lumen.app'],
        ['com.lumen.app.widget', 'Lumen com.lumen.app.widget'],
      ]),
    )
    expect({ tree: account.tree(), standing: account.standing() }).toEqual({
      ...before,
      tree: { ...before.tree, ...lockPlace },
    })
    expect(existsSync(join(build.root, 'signing'))).toBe(false)
    expect(readdirSync(build.journals)).toEqual([])
  })

  test('hands no password to a program among its arguments', async () => {
    using account = makeAccount([authority.pem])
    using build = startBuild({ signing, machine: account.machine, steps: ['true'] })
    await build.ended
    const calls = account.calls().join('\n')
    expect(calls).not.toMatch(/-[pPk] (?!codesigning|basic|\/)/)
    expect(calls).not.toContain('p12-hunter2')
    // Those with passwords went in by stdin.
    expect(account.calls().filter((call) => call === '-i')).toHaveLength(4)
    expect(account.commands().map((line) => line.split(' ')[0])).toEqual([
      ...['list-keychains', 'default-keychain', 'list-keychains', 'default-keychain'],
      ...['create-keychain', 'set-keychain-settings', 'unlock-keychain'],
      ...['list-keychains', 'default-keychain', 'import', 'set-key-partition-list'],
      ...['find-certificate', 'find-identity'],
      ...['default-keychain', 'default-keychain', 'list-keychains', 'list-keychains'],
      'delete-keychain',
    ])
  })

  test('takes a password that is empty, and a chain that came along', async () => {
    using account = makeAccount()
    const empty = makeIdentity(authority, { password: '', withChain: true })
    using build = startBuild({
      signing: signingOf([empty]),
      machine: account.machine,
      steps: ['true'],
    })
    expect(await build.ended, build.steps[0]?.log).toEqual({ is: 'success' })
  })

  test.each([
    'SecKeychainItemImport: Unable to decode the provided data.',
    'SecKeychainItemImport: The user name or passphrase you entered is not correct.',
  ])('tries the other name of the format after: %s', async (message) => {
    using account = makeAccount([authority.pem])
    account.failNext({ import: [message] })
    using build = startBuild({ signing, machine: account.machine, steps: ['true'] })
    expect(await build.ended).toEqual({ is: 'success' })
    const imports = account.commands().filter((line) => line.startsWith('import'))
    expect(imports.map((line) => /-f (\w+)/.exec(line)?.[1])).toEqual(['pkcs12', 'openssl'])
  })

  test('takes "already exists" for done', async () => {
    using account = makeAccount([authority.pem])
    using build = startBuild({
      signing: {
        ...signing,
        ios: { ...signing.ios!, certificates: [identity, { ...identity, sha1: identity.sha1 }] },
      },
      machine: account.machine,
      steps: ['true'],
    })
    expect(await build.ended, build.steps[0]?.log).toEqual({ is: 'success' })
  })

  test('imports the issuer from a keychain that is not searched', async () => {
    using account = makeAccount([authority.pem])
    account.setStanding({ list: [], default: null })
    using build = startBuild({ signing, machine: account.machine, steps: ['true'] })
    expect(await build.ended, build.steps[0]?.log).toEqual({ is: 'success' })
    expect(account.commands().filter((line) => /^import .*\.pem/.test(line))).toHaveLength(1)
    expect(account.standing()).toEqual({ list: [], default: null })
  })

  const failures: [
    string,
    Parameters<typeof makeIdentity>[1],
    (account: ReturnType<typeof makeAccount>) => void,
    RegExp[],
  ][] = [
    [
      'an expired certificate',
      { isExpired: true },
      () => {},
      [/cannot sign: it has expired on \d{4}-/],
    ],
    [
      'a missing intermediate',
      {},
      (account) => writeFileSync(account.loginKeychain, '{"identities":[],"certificates":[]}'),
      [/CSSMERR_TP_NOT_TRUSTED/, /Authority.*G3/, /AppleWWDRCAG3\.cer/],
    ],
    [
      'a revoked one',
      {},
      (account) => account.setStanding({ revoked: true }),
      [/Apple has revoked it/],
    ],
    [
      'nobody logged in',
      {},
      (account) => account.setStanding({ isHeadless: true }),
      [/errSecInternalComponent/, /desktop session/],
    ],
    [
      'a keychain that cannot be made',
      {},
      (account) =>
        account.failNext({ 'create-keychain': ['SecKeychainCreate: Write permissions error.'] }),
      [/To make a keychain for this build failed: .*Write permissions error/],
    ],
  ]
  test.each(failures)(
    '%s ends the build before its steps, with the cause',
    async (_what, wanted, arrange, sentences) => {
      using account = makeAccount([authority.pem])
      arrange(account)
      const before = { tree: account.tree(), standing: account.standing() }
      using build = startBuild({
        signing: signingOf([makeIdentity(authority, wanted)]),
        machine: account.machine,
        steps: ['echo never'],
      })
      const outcome = await build.ended
      expect(outcome).toMatchObject({ is: 'broken', kind: 'setup' })
      for (const sentence of sentences)
        expect(outcome.is === 'broken' && outcome.why).toMatch(sentence)
      expect(build.steps[1]?.stdout).toBe('')
      expect({ tree: account.tree(), standing: account.standing() }).toEqual({
        ...before,
        tree: { ...before.tree, ...lockPlace },
      })
    },
  )

  test('names the old methods to an old Xcode', async () => {
    using account = makeAccount([authority.pem])
    writeFileSync(join(account.home, '.stand-in/xcode'), '15.2')
    using build = startBuild({
      signing,
      machine: account.machine,
      steps: ['grep -A1 "<key>method" "$EXPORT_OPTIONS_PLIST"'],
    })
    await build.ended
    expect(build.steps[1]?.stdout).toContain('<string>app-store</string>')
  })

  test('takes several certificates, those for installers too, and none at all', async () => {
    using account = makeAccount([authority.pem])
    const installer = makeIdentity(authority, {
      commonName: '3rd Party Mac Developer Installer: Lumen (TEAM123456)',
    })
    using several = startBuild({
      signing: signingOf([installer, identity]),
      machine: account.machine,
      steps: ['echo "$CODE_SIGN_IDENTITY"'],
    })
    expect(await several.ended, several.steps[0]?.log).toEqual({ is: 'success' })
    expect(several.steps[1]?.stdout).toBe(`${identity.common_name}\n`)
    using none = startBuild({
      signing: signingOf([]),
      machine: account.machine,
      steps: ['echo "$PROVISIONING_PROFILE_SPECIFIER, ${EXPORT_OPTIONS_PLIST:-none}"'],
    })
    expect(await none.ended, none.steps[0]?.log).toEqual({ is: 'success' })
    expect(none.steps[1]?.stdout).toBe('Lumen com.lumen.app, none\n')
  })

  test('asks the Xcode that the steps will use', async () => {
    using account = makeAccount([authority.pem])
    writeFileSync(join(account.home, 'xcode'), '15.2')
    using build = startBuild({
      signing,
      machine: account.machine,
      environment: { DEVELOPER_DIR: account.home },
      steps: ['grep -A1 "<key>method" "$EXPORT_OPTIONS_PLIST"'],
    })
    await build.ended
    expect(build.steps[1]?.stdout).toContain('<string>app-store</string>')
  })

  test('leaves files of the home that were there, and brings back what had to make room', async () => {
    using account = makeAccount([authority.pem])
    const same = join(account.home, profiles15, 'uuid-of-com-lumen-app.mobileprovision')
    const other = join(account.home, profiles16, 'uuid-of-com-lumen-app.mobileprovision')
    mkdirSync(join(account.home, profiles15), { recursive: true })
    mkdirSync(join(account.home, profiles16), { recursive: true })
    writeFileSync(same, 'the profile of com.lumen.app')
    writeFileSync(other, 'an older one')
    const before = account.tree()
    using build = startBuild({
      signing,
      machine: account.machine,
      environment: { ...account.machine.environment },
      steps: [`cat "$HOME/${profiles16}/uuid-of-com-lumen-app.mobileprovision"`],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[1]?.stdout).toBe('the profile of com.lumen.app')
    expect(account.tree()).toEqual({ ...before, ...lockPlace })
  })

  test('says what could not be undone, keeps it, and undoes it before the next', async () => {
    using account = makeAccount([authority.pem])
    const { machine } = account
    const before = account.standing()
    using build = startBuild({
      signing,
      machine,
      environment: { ...machine.environment, STATE: join(account.home, '.stand-in') },
      // Asked for first by the undoing: what the list is now.
      steps: ['echo \'{"list-keychains": ["broken for once"]}\' > "$STATE/faults.json"'],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    const { stderr } = build.steps.at(-1)!
    expect(stderr).toMatch(/The list of keychains could not be put back .*broken for once/)
    expect(build.warnings.join('\n')).toContain('broken for once')
    expect(readdirSync(build.journals)).toHaveLength(1)
    account.setStanding({ list: [] })
    const warn = (sentence: string) => expect.fail(sentence)
    await replayJournals({ journals: build.journals, machine, warn })
    expect(account.standing()).toEqual(before)
    expect(readdirSync(build.journals)).toEqual([])
  })

  test('cancelled while it is set up, it leaves nothing either', async () => {
    using account = makeAccount([authority.pem])
    const before = { tree: account.tree(), standing: account.standing() }
    using build = startBuild({ signing, machine: account.machine, steps: ['true'] })
    await eventually(() => expect(account.standing().list).toHaveLength(2), waitMs)
    build.stop('cancelled')
    expect(await build.ended).toEqual({ is: 'cancelled' })
    expect({ tree: account.tree(), standing: account.standing() }).toEqual({
      ...before,
      tree: { ...before.tree, ...lockPlace },
    })
  })
})

describe('one at a time', { timeout: 2 * waitMs }, () => {
  test('a second build of the account waits, says so, and signs after the first', async () => {
    using account = makeAccount([authority.pem])
    const { machine } = account
    const environment = { ...machine.environment }
    using first = startBuild({
      signing,
      machine,
      environment,
      steps: ['until [ -e go ]; do sleep 0.01; done'],
    })
    await eventually(() => expect(first.calls).toContain('start 1'), waitMs)
    using second = startBuild({ signing, machine, environment, steps: [look] })
    await eventually(
      () => expect(second.steps[0]?.stdout).toContain(`Waits for the build ${first.id}`),
      waitMs,
    )
    writeFileSync(join(first.root, 'clone/go'), '')
    expect(await first.ended).toEqual({ is: 'success' })
    expect(await second.ended).toEqual({ is: 'success' })
    expect(second.steps[1]?.stdout).not.toContain(first.root)
    expect(account.standing().list).toEqual([account.loginKeychain])
  })

  test.each([
    'keychain initialize',
    'security create-keychain -p "" x.keychain',
    'security list-keychains -d user -s x.keychain',
  ])('a build whose script says "%s" waits too', async (line) => {
    using account = makeAccount([authority.pem])
    const { machine } = account
    const environment = { ...machine.environment }
    const steps = ['until [ -e go ]; do sleep 0.01; done']
    using first = startBuild({ signing, machine, environment, steps })
    await eventually(() => expect(first.calls).toContain('start 1'), waitMs)
    using second = startBuild({ machine, environment, steps: [`: ${line}`] })
    await eventually(
      () => expect(second.steps[0]?.stdout).toContain(`Waits for the build ${first.id}`),
      waitMs,
    )
    writeFileSync(join(first.root, 'clone/go'), '')
    expect(await first.ended).toEqual({ is: 'success' })
    expect(await second.ended).toEqual({ is: 'success' })
  })

  test('whoever waits can be cancelled, and its time can run out', async () => {
    using account = makeAccount([authority.pem])
    const { machine } = account
    const lock = await takeLock({
      path: join(accountDirectory(machine), 'signing.lock'),
      build: 'another',
      journal: '/nowhere',
      onWait: () => {},
      onStale: async () => {},
      signal: new AbortController().signal,
    })
    using waiting = startBuild({ signing, machine, steps: ['true'] })
    using late = startBuild({ signing, machine, steps: ['true'], limits: { build_ms: 400 } })
    await eventually(
      () => expect(waiting.steps[0]?.stdout).toContain('Waits for the build another'),
      waitMs,
    )
    waiting.stop('cancelled')
    expect(await waiting.ended).toEqual({ is: 'cancelled' })
    expect(await late.ended).toMatchObject({ is: 'timed_out' })
    lock.release()
    expect(account.commands()).toEqual([])
  })

  test('a build that signs for Android alone waits for nobody', async () => {
    using account = makeAccount()
    mkdirSync(accountDirectory(account.machine), { recursive: true })
    using build = startBuild({
      signing: {
        ios: null,
        android: [
          {
            name: 'one',
            file_base64: '',
            format: 'jks',
            store_password: 'x',
            alias: 'a',
            key_password: 'y',
            variables: { path: null, storePassword: null, keyAlias: null, keyPassword: null },
          },
        ],
      },
      machine: account.machine,
      steps: ['true'],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[0]?.log).not.toContain('Waits')
  })
})

describe('on another system', () => {
  test('signing for iOS brings the files, says what it cannot, and goes on', async () => {
    using build = startBuild({
      signing,
      steps: ['cat "$PROFILE_FILE"; echo " $DEVELOPMENT_TEAM"; test -z "$OORE_SIGNING_JOURNAL"'],
    })
    expect(await build.ended).toEqual({ is: 'success' })
    expect(build.steps[0]?.stderr).toContain(
      `This machine (${process.platform}) cannot sign for iOS`,
    )
    expect(build.steps[1]?.stdout).toBe('the profile of com.lumen.app TEAM123456\n')
    expect(existsSync(join(build.root, 'signing'))).toBe(false)
  })
})
