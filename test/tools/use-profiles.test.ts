import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { edited, openstepText, readOpenstep } from '../../src/lib/plist/openstep.ts'
import { dictionaryAt, textAt } from '../../src/lib/plist/plist.ts'
import { readPlist } from '../../src/lib/plist/read.ts'
import { decodePkcs12 } from '../../src/signing/pkcs12/decode.ts'
import { readProject, withManualSigning } from '../../src/tools/xcode/project.ts'
import { profileOf, type Signer } from '../support/apple-files.ts'
import { makeAccount } from '../support/apple/account.ts'
import { makeAuthority, makeIdentity } from '../support/apple/identities.ts'

/** As Xcode writes one: an app, its widget, its tests, two configurations. */
const pbxproj = `// !$*UTF8*$!
{
\tarchiveVersion = 1;
\tobjects = {
/* Begin PBXNativeTarget section */
\t\t97C146ED1CF9000F007C117D /* Runner */ = {
\t\t\tisa = PBXNativeTarget;
\t\t\tbuildConfigurationList = L1 /* Build configuration list */;
\t\t\tname = Runner;
\t\t\tproductType = "com.apple.product-type.application";
\t\t};
\t\tA2 /* Widget */ = {
\t\t\tisa = PBXNativeTarget;
\t\t\tbuildConfigurationList = L2;
\t\t\tname = "Home Widget";
\t\t\tproductType = "com.apple.product-type.app-extension";
\t\t};
\t\tA3 /* RunnerTests */ = {
\t\t\tisa = PBXNativeTarget;
\t\t\tbuildConfigurationList = L3;
\t\t\tname = RunnerTests;
\t\t\tproductType = "com.apple.product-type.bundle.unit-test";
\t\t};
/* End PBXNativeTarget section */
\t\tP /* Project object */ = {
\t\t\tisa = PBXProject;
\t\t\tbuildConfigurationList = L0;
\t\t\ttargets = (
\t\t\t\t97C146ED1CF9000F007C117D /* Runner */,
\t\t\t\tA2,
\t\t\t);
\t\t};
\t\tC0 = {isa = XCBuildConfiguration; buildSettings = {APP_ID = com.lumen.wallet; }; name = Release; };
\t\tC1 /* Release */ = {
\t\t\tisa = XCBuildConfiguration;
\t\t\tbaseConfigurationReference = 7AFA /* Release.xcconfig */;
\t\t\tbuildSettings = {
\t\t\t\tASSETCATALOG_COMPILER_APPICON_NAME = AppIcon;
\t\t\t\t"CODE_SIGN_IDENTITY[sdk=iphoneos*]" = "iPhone Developer";
\t\t\t\tCODE_SIGN_STYLE = Automatic;
\t\t\t\tLD_RUNPATH_SEARCH_PATHS = (
\t\t\t\t\t"$(inherited)",
\t\t\t\t\t"@executable_path/Frameworks",
\t\t\t\t);
\t\t\t\tPRODUCT_BUNDLE_IDENTIFIER = "$(APP_ID)";
\t\t\t\tPROVISIONING_PROFILE = "old-uuid";
\t\t\t};
\t\t\tname = Release;
\t\t};
\t\tC2 = {
\t\t\tisa = XCBuildConfiguration;
\t\t\tbuildSettings = {
\t\t\t\tPRODUCT_BUNDLE_IDENTIFIER = "$(APP_ID).widget";
\t\t\t\tDEVELOPMENT_TEAM = OTHERTEAM1;
\t\t\t};
\t\t\tname = Release;
\t\t};
\t\tC3 = {isa = XCBuildConfiguration; buildSettings = {PRODUCT_BUNDLE_IDENTIFIER = x; }; name = Release; };
\t\tL0 = {isa = XCConfigurationList; buildConfigurations = (C0, ); };
\t\tL1 = {isa = XCConfigurationList; buildConfigurations = (C1 /* Release */, ); };
\t\tL2 = {isa = XCConfigurationList; buildConfigurations = (C2, ); };
\t\tL3 = {isa = XCConfigurationList; buildConfigurations = (C3, ); };
\t};
\trootObject = P /* Project object */;
}
`

const noFiles = () => new Map<string, string>()

describe('a project', () => {
  test('is read with the bundle identifiers of what is signed', () => {
    const { configurations } = readProject(pbxproj, noFiles)
    expect(configurations.map(({ target, bundleId }) => [target, bundleId])).toEqual([
      ['Runner', 'com.lumen.wallet'],
      ['Home Widget', 'com.lumen.wallet.widget'],
    ])
  })

  test.each([
    ['by a reference', 'baseConfigurationReference = F1;'],
    [
      'by its place in a folder',
      'baseConfigurationReferenceAnchor = G2; baseConfigurationReferenceRelativePath = Release.xcconfig;',
    ],
  ])('takes settings from the file that is named %s, before those of the project', (_, base) => {
    const directory = mkdtempSync(join(tmpdir(), 'oore-xcconfig-'))
    try {
      mkdirSync(join(directory, 'ios/App.xcodeproj'), { recursive: true })
      mkdirSync(join(directory, 'ios/Flutter/Config'), { recursive: true })
      writeFileSync(
        join(directory, 'ios/App.xcodeproj/project.pbxproj'),
        `{objects = {
          P = {isa = PBXProject; buildConfigurationList = L0; };
          T = {isa = PBXNativeTarget; buildConfigurationList = L1; name = Runner; productType = "com.apple.product-type.application"; };
          C0 = {isa = XCBuildConfiguration; buildSettings = {APP_ID = com.lumen.other; SUFFIX = .beta; }; name = Release; };
          C1 = {isa = XCBuildConfiguration; ${base} buildSettings = {PRODUCT_BUNDLE_IDENTIFIER = "$(BUNDLE_ID)"; }; name = Release; };
          L0 = {isa = XCConfigurationList; buildConfigurations = (C0, ); };
          L1 = {isa = XCConfigurationList; buildConfigurations = (C1, ); };
          G1 = {isa = PBXGroup; children = (G2, ); path = Flutter; sourceTree = "<group>"; };
          G2 = {isa = PBXGroup; children = (F1, ); path = Config; sourceTree = "<group>"; };
          F1 = {isa = PBXFileReference; path = Release.xcconfig; sourceTree = "<group>"; };
        }; }`,
      )
      writeFileSync(
        join(directory, 'ios/Flutter/Config/Release.xcconfig'),
        '#include? "Missing.xcconfig"\n#include "../Shared.xcconfig"\nBUNDLE_ID = $(inherited)$(SUFFIX) // of all\nBUNDLE_ID[sdk=macosx*] = com.lumen.mac\n',
      )
      writeFileSync(
        join(directory, 'ios/Flutter/Shared.xcconfig'),
        '#include "Config/Release.xcconfig"\r\nAPP_ID = com.lumen.wallet;\r\nBUNDLE_ID = $(APP_ID)\r\n',
      )
      const tool = resolve('bin/tools/xcode-project')
      const { stdout, stderr } = spawnSync(process.execPath, [tool, 'detect-bundle-id'], {
        cwd: directory,
        encoding: 'utf8',
      })
      expect({ stdout, stderr }).toEqual({ stdout: 'com.lumen.wallet.beta\n', stderr: '' })
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  test('changes in its signing alone, and once it is signed so, no more', () => {
    const project = readProject(pbxproj, noFiles)
    const signing = { teamId: 'TEAM123456', profile: 'Wallet "App Store"', identity: 'Apple: X' }
    const sign = (source: string) => {
      const read = readProject(source, noFiles)
      return withManualSigning(read, new Map(read.configurations.map((each) => [each, signing])))
    }
    const once = sign(project.source)
    const before = pbxproj.split('\n')
    const after = once.split('\n')
    expect(after.filter((line) => !before.includes(line)).map((line) => line.trim())).toEqual([
      'CODE_SIGN_IDENTITY = "Apple: X";',
      'DEVELOPMENT_TEAM = TEAM123456;',
      'PROVISIONING_PROFILE_SPECIFIER = "Wallet \\"App Store\\"";',
      '"CODE_SIGN_IDENTITY[sdk=iphoneos*]" = "Apple: X";',
      'CODE_SIGN_STYLE = Manual;',
      'PROVISIONING_PROFILE = "";',
      'CODE_SIGN_STYLE = Manual;',
      'CODE_SIGN_IDENTITY = "Apple: X";',
      'PROVISIONING_PROFILE_SPECIFIER = "Wallet \\"App Store\\"";',
      'DEVELOPMENT_TEAM = TEAM123456;',
    ])
    expect(before.filter((line) => !after.includes(line))).toHaveLength(4)
    expect(sign(once)).toBe(once)
  })

  test.each(['', '{', '{a = b}', '{a = "b;}', '( a, b', '{a = b;} c', '/* a', '{'.repeat(200)])(
    'that is none is refused where it stops being one: %j',
    (source) => {
      expect(() => readOpenstep(source)).toThrow(/expected .* at character \d+/)
    },
  )

  test.each(['plain', 'with blank', 'a"b\\c', 'ünï', '$(X)', '', "it's", 'a\nb'])(
    'holds the text %j as it was',
    (text) => {
      const source = edited('{a = b; }', [{ start: 5, end: 6, to: openstepText(text) }])
      const read = readOpenstep(source)
      expect(read.is === 'dictionary' && read.entries.get('a')).toMatchObject({ text })
    },
  )
})

/** An account with a certificate in its login keychain, and a project to be signed. */
function build() {
  const authority = makeAuthority()
  const identity = makeIdentity(authority)
  const bags = decodePkcs12(Buffer.from(identity.p12_base64, 'base64'), identity.password)
  const { der } = bags!.certificates[0]!
  const account = makeAccount([authority.pem])
  const pem = new X509Certificate(der).toString()
  const held = { sha1: identity.sha1, name: identity.common_name, pem }
  writeFileSync(
    account.loginKeychain,
    JSON.stringify({ identities: [held], certificates: [authority.pem] }),
  )
  const clone = mkdtempSync(join(tmpdir(), 'oore-xcode-'))
  for (const path of ['ios/Runner.xcodeproj', 'ios/Pods/Pods.xcodeproj']) {
    mkdirSync(join(clone, path), { recursive: true })
    writeFileSync(join(clone, path, 'project.pbxproj'), pbxproj)
  }
  const profiles = join(account.home, 'Library/MobileDevice/Provisioning Profiles')
  mkdirSync(profiles, { recursive: true })
  const install = (name: string, bundleId: string, changes = {}) =>
    writeFileSync(
      join(profiles, `${name}.mobileprovision`),
      profileOf({
        bundleId,
        certificates: [{ der }] as Signer[],
        changes: { Name: name, ...changes },
      }),
    )
  return {
    ...account,
    install,
    read: (path: string) => readFileSync(join(clone, path), 'utf8'),
    run(...args: string[]) {
      const tool = resolve('bin/tools/xcode-project')
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [tool, 'use-profiles', ...args],
        { cwd: clone, encoding: 'utf8', env: { ...account.machine.environment } },
      )
      return { code: status, stdout, stderr }
    },
    options: () =>
      readPlist(readFileSync(join(account.home, 'export_options.plist')) as Buffer<ArrayBuffer>),
    [Symbol.dispose]() {
      account[Symbol.dispose]()
      rmSync(clone, { recursive: true })
    },
  }
}

describe('xcode-project use-profiles', () => {
  test('signs each target with its own profile, and says how to export', () => {
    using on = build()
    on.install('Wallet', 'com.lumen.wallet')
    on.install('Everything', 'com.lumen.*')
    on.install('Old', 'com.lumen.wallet.widget', {
      ExpirationDate: new Date('2025-07-01T00:00:00Z'),
    })
    const ran = on.run('--code-signing-setup-verbose-logging')
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain('Runner (Release, com.lumen.wallet): profile "Wallet"')
    expect(ran.stdout).toContain('Home Widget (Release, com.lumen.wallet.widget): profile "Every')
    const project = on.read('ios/Runner.xcodeproj/project.pbxproj')
    expect(project).toContain('PROVISIONING_PROFILE_SPECIFIER = Wallet;')
    expect(project).toContain('PROVISIONING_PROFILE_SPECIFIER = Everything;')
    expect(on.read('ios/Pods/Pods.xcodeproj/project.pbxproj')).toBe(pbxproj)
    const options = on.options()
    // The stand-in is an Xcode 16.2, which has the new names.
    expect(textAt(options, 'method')).toBe('app-store-connect')
    expect([...dictionaryAt(options, 'provisioningProfiles')]).toEqual([
      ['com.lumen.wallet', 'Wallet'],
      ['com.lumen.wallet.widget', 'Everything'],
    ])
  })

  test('takes options of one’s own, and fails where nothing fits unless it may', () => {
    using on = build()
    expect(on.run()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No target') as string,
    })
    expect(on.run('--warn-only')).toMatchObject({ code: 0 })
    on.install('Wallet', 'com.lumen.wallet')
    expect(on.run('--custom-export-options', '{"uploadSymbols": false}')).toMatchObject({ code: 0 })
    expect(on.options().get('uploadSymbols')).toBe(false)
    expect(on.run('--custom-export-options', 'no')).toMatchObject({ code: 2 })
    expect(on.run('--project', 'nowhere/*.xcodeproj')).toMatchObject({ code: 1 })
  })
})
