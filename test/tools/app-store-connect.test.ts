import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { highest } from '../../src/signing/connect/builds.ts'
import { keyId } from '../support/fake-apple/key.ts'
import { appleScript } from '../support/fake-apple/script.ts'

const appId = '1234567890'

const builds = [
  { appId, number: '9', version: '1.0.0', isInStore: true },
  { appId, number: '101', version: '1.1.0' },
  { appId, number: '20', version: '1.0.1', isInStore: true },
  { appId, number: '300', version: '1.1.0', platform: 'MAC_OS' },
  { appId: '42', number: '9000', version: '1.0.0', isInStore: true },
]

describe('app-store-connect', () => {
  test.each<[string[], string]>([
    [['get-latest-testflight-build-number', appId], '300'],
    [['get-latest-testflight-build-number', appId, '--platform', 'IOS'], '101'],
    [['get-latest-testflight-build-number', appId, '--pre-release-version=1.0.1'], '20'],
    [['get-latest-app-store-build-number', appId], '20'],
    [['get-latest-app-store-build-number', '--app-store-version', '1.0.0', appId], '9'],
    [['get-latest-build-number', appId, '--platform=IOS', '--json', '-v'], '101'],
  ])('%j prints the number and nothing else', async (args, number) => {
    await using on = await appleScript()
    on.apple.builds.push(...builds)
    expect(await on.run(...args)).toEqual({ code: 0, stdout: `${number}\n`, stderr: '' })
  })

  test('prints nothing where there is no build, so that counting on from it begins at one', async () => {
    await using on = await appleScript()
    on.apple.builds.push({ appId, number: '5', version: '1.0.0' })
    expect(await on.run('get-latest-app-store-build-number', appId)).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No build is there yet.\n',
    })
  })

  test('takes its key from options, variables of other names and files', async () => {
    await using on = await appleScript({
      APP_STORE_CONNECT_KEY_IDENTIFIER: '',
      APP_STORE_CONNECT_PRIVATE_KEY: '',
      MY_KEY_ID: keyId,
    })
    on.apple.builds.push(...builds)
    writeFileSync(join(on.home, 'key.p8'), on.privateKey)
    const how = ['--key-id', '@env:MY_KEY_ID', '--private-key', '@file:key.p8']
    const asked = await on.run('get-latest-testflight-build-number', appId, ...how)
    expect(asked).toMatchObject({ code: 0, stdout: '300\n' })
    const missing = await on.run('get-latest-testflight-build-number', appId)
    expect(missing).toMatchObject({ code: 2, stdout: '' })
    expect(missing.stderr).toContain('APP_STORE_CONNECT_KEY_IDENTIFIER')
  })

  test('fails where it cannot know, and says why without the key', async () => {
    await using on = await appleScript()
    on.apple.builds.push(...builds)
    const unknown = await on.run('get-latest-app-store-build-number', '7')
    expect(unknown).toMatchObject({ code: 1, stdout: '' })
    expect(unknown.stderr).toContain("There is no resource of type 'apps' with id '7'.")
    on.apple.fail({ is: 'status', status: 401, code: 'NOT_AUTHORIZED' })
    const refused = await on.run('get-latest-testflight-build-number', appId)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('does not take this key')
    const damaged = await on.run('get-latest-build-number', appId, '--private-key', 'x')
    expect(damaged).toMatchObject({ code: 1, stdout: '' })
    expect(damaged.stderr).toContain('AuthKey_')
    expect(await on.run('get-latest-build-number')).toMatchObject({ code: 2, stdout: '' })
  })
})

test('build numbers are compared by their groups of digits, however long', () => {
  expect(highest(['1.9', '1.10', '1.2.3'])).toBe('1.10')
  expect(highest(['202611261430', '202611261431', '7'])).toBe('202611261431')
  expect(highest(['90071992547409921', '90071992547409922'])).toBe('90071992547409922')
  expect(highest([])).toBeNull()
})
