import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit.ts'
import { wallClock } from '../../src/lib/clock.ts'
import { appStoreKey } from '../support/apple-files.ts'
import { runCommand } from '../support/command.ts'
import { issuerId, keyId } from '../support/fake-apple/key.ts'
import { startFakeApple } from '../support/fake-apple/server.ts'
import { startOore } from '../support/oore.ts'

const udid = '00008110-001A2B3C4D5E6F70'

test('an app is made ready for testers by commands alone', async () => {
  const privateKey = appStoreKey()
  await using apple = await startFakeApple({
    keyId,
    issuerId,
    privateKey: privateKey.toString(),
    now: wallClock,
  })
  await using oore = await startOore({ OORE_ASC_BASE_URL: apple.url })
  const home = mkdtempSync(join(tmpdir(), 'oore-apple-'))
  const settings = { OORE_SERVER: oore.url, OORE_TOKEN: oore.token }
  const run = (...args: string[]) => runCommand(home, ['signing', ...args], settings)
  const says = async (stdout: RegExp, ...args: string[]) =>
    expect(await run(...args)).toEqual({
      code: exitCodes.ok,
      stderr: '',
      stdout: expect.stringMatching(stdout),
    })
  try {
    writeFileSync(join(home, `AuthKey_${keyId}.p8`), privateKey)
    await says(
      /"ours"/,
      'import-key',
      `AuthKey_${keyId}.p8`,
      '--issuer-id',
      issuerId,
      '--name',
      'ours',
    )
    await says(
      /^com\.lumen\.wallet is registered at Apple\.\n$/,
      ...['apple', 'register-app-id', 'ours', '--bundle-id', 'com.lumen.wallet'],
    )
    await says(/"main"/, 'apple', 'create-cert', 'ours', '--name', 'main')
    await says(/known now/, 'devices', 'add', udid, '--name', 'Ada’s iPhone')
    await says(
      /^"Ada’s iPhone" is registered at Apple\.\n$/,
      ...['devices', 'register', udid.toLowerCase(), '--key', 'ours'],
    )
    const iPad = 'a'.repeat(40)
    await says(
      /"iPad" is registered/,
      ...['apple', 'register-device', 'ours', '--name', 'iPad', '--udid', iPad],
    )
    const wish = ['--bundle-id', 'com.lumen.wallet', '--type', 'ad_hoc', '--name', 'testers']
    await says(/"testers"/, 'apple', 'create-profile', 'ours', ...wish, '--device', udid)
    await says(/testers.*1, without 1|1, without 1.*testers/, 'apple', 'list', 'ours')
    const more = ['--add-device', iPad, '--delete-old']
    await says(/"testers" was made anew/, 'apple', 'renew-profile', 'testers', ...more)
    expect(apple.has.profiles).toHaveLength(1)
    await says(/^com\.lumen\.wallet\tcom lumen wallet$/m, 'apple', 'list', 'ours')

    const [profile] = apple.has.profiles
    const uuid = String(profile?.attributes['uuid'])
    await says(/testers/, 'remove', 'testers', '--kind', 'profile', '--yes')
    await says(/"back"/, 'apple', 'store-profile', 'ours', uuid, '--name', 'back')
    await says(/"back" was made anew/, 'apple', 'renew-profile', 'back')
    await says(/testers/, 'apple', 'create-profile', 'ours', ...wish)
    const again = await run('apple', 'create-profile', 'ours', ...wish)
    expect(again).toMatchObject({ code: exitCodes.conflict, stdout: '' })
    expect(again.stderr).toContain('"testers"')
    await says(/application-identifier/, 'show', 'testers', '--kind', 'profile')
    const link = await run('devices', 'link', 'Testers', '--uses', 'abc')
    expect(link).toMatchObject({ code: exitCodes.usage, stderr: expect.stringContaining('abc') })
    const unknown = await run('devices', 'register', 'b'.repeat(40), '--key', 'ours')
    expect(unknown.code).toBe(exitCodes.notFound)
  } finally {
    rmSync(home, { recursive: true })
  }
})
