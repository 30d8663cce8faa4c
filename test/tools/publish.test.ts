import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { appStoreKey } from '../support/apple-files.ts'
import { issuerId, keyId } from '../support/fake-apple/key.ts'
import { makeMachine } from './machine.ts'

/**
 * altool as its help says: it looks for the key where that is documented, and prints JSON. What it
 * answers with is a line of a file for each call: `done`, `refused`, `later`, or `silent`.
 */
const xcrun = `#!/bin/sh
echo "$*" >> "$CALLS"
[ "$1" = altool ] || exit 72
key="$HOME/.private_keys/AuthKey_\${8}.p8"
[ "$3" = --file ] && [ -f "$4" ] && [ "$7" = --apiKey ] || { echo 'bad arguments' >&2; exit 64; }
cmp -s "$key" "$KEY" || { echo 'Could not find the p8 file' >&2; exit 1; }
answer=$(head -n 1 "$ANSWERS"); sed -i 1d "$ANSWERS"
case "$answer" in
  done) echo '{"tool-version":"4","success-message":"No errors uploading archive."}' ;;
  refused) echo 'Running altool.'; cat <<END
{"product-errors":[{"code":-19232,"message":"Validation failed","userInfo":{"NSLocalizedFailureReason":"The bundle version must be higher than 41."}}]}
END
    ;;
  later) echo '{"product-errors":[{"code":-19209,"message":"Unable to authenticate. (-19209)"}]}'; exit 1 ;;
  silent) exit 0 ;;
esac
`

function script(...answers: string[]) {
  const key = appStoreKey().toString()
  const machine = makeMachine({
    programs: { xcrun },
    directories: ['build/ios/ipa'],
    files: { 'build/ios/ipa/Wallet.ipa': 'ipa', answers: `${answers.join('\n')}\n`, key },
    variables: {
      CALLS: 'AT:calls',
      ANSWERS: 'AT:answers',
      KEY: 'AT:key',
      OORE_SIGNING_JOURNAL: 'AT:journal',
      APP_STORE_CONNECT_KEY_IDENTIFIER: keyId,
      APP_STORE_CONNECT_ISSUER_ID: issuerId,
      APP_STORE_CONNECT_PRIVATE_KEY: key,
    },
  })
  return {
    ...machine,
    keyFile: machine.at(`.private_keys/AuthKey_${keyId}.p8`),
    calls: () => machine.textOf('calls').trim().split('\n').filter(Boolean),
    run: (...args: string[]) =>
      machine.run('app-store-connect', ['publish', '--altool-retry-wait', '0', ...args]),
  }
}

describe('app-store-connect publish', () => {
  test('validates and uploads what lies about, with the key where altool looks, and takes it away', () => {
    using on = script('done', 'done')
    expect(on.run('--enable-package-validation')).toMatchObject({
      code: 0,
      stdout: 'No errors uploading archive.\n',
    })
    const rest = `--file ${on.at('build/ios/ipa/Wallet.ipa')} --type ios --apiKey ${keyId} --apiIssuer ${issuerId} --output-format json`
    expect(on.calls()).toEqual([`altool --validate-app ${rest}`, `altool --upload-app ${rest}`])
    expect(existsSync(on.keyFile)).toBe(false)
    // Should it be killed meanwhile, the runner removes it.
    expect(readFileSync(on.at('journal'), 'utf8')).toContain(on.keyFile)
  })

  test('takes installers for macOS, and leaves the key of the account alone', () => {
    using on = script('done')
    mkdirSync(dirname(on.keyFile))
    writeFileSync(on.keyFile, readFileSync(on.at('key')))
    writeFileSync(on.at('Wallet.pkg'), 'pkg')
    expect(on.run('--path', '*.pkg', '--skip-package-validation').code).toBe(0)
    expect(on.calls()).toEqual([expect.stringMatching(/--upload-app .*Wallet\.pkg --type macos/)])
    expect(existsSync(on.keyFile)).toBe(true)
  })

  test('fails with what Apple says, whatever the exit code, and sends nothing that is not valid', () => {
    using on = script('refused')
    const failed = on.run('--enable-package-validation')
    expect(failed).toMatchObject({ code: 1, stdout: '' })
    expect(failed.stderr).toContain('The bundle version must be higher than 41.')
    expect(on.calls()).toHaveLength(1)
    expect(existsSync(on.keyFile)).toBe(false)
    using mute = script('silent')
    expect(mute.run()).toMatchObject({ code: 1, stderr: expect.stringContaining('said nothing') })
  })

  test('tries again what goes by, as often as it is told', () => {
    using on = script('later', 'later', 'done')
    expect(on.run().code).toBe(0)
    expect(on.calls()).toHaveLength(3)
    using always = script('later', 'later', 'later')
    const failed = always.run('--altool-retries', '1')
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('-19209') })
    expect(always.calls()).toHaveLength(2)
  })

  test('refuses before anything is sent', () => {
    using on = script()
    expect(on.run('--path', 'nothing/*.ipa')).toMatchObject({ code: 1 })
    expect(on.run('--path', 'answers')).toMatchObject({ code: 2 })
    expect(on.run('--testflight')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--testflight'),
    })
    expect(on.calls()).toEqual([])
  })
})
