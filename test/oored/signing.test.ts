import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { ZipFile } from 'yazl'
import {
  hasProgram,
  keyPassword,
  makeKeystore,
  storePassword,
} from '../runner/signing/keystores.ts'
import { startOore } from '../support/oore.ts'
import { runGit } from '../support/repo.ts'

const canSign = hasProgram('keytool') && hasProgram('jarsigner')

test.skipIf(!canSign)(
  'a keystore that is stored signs an app, and neither it nor its passwords lie about afterwards',
  async () => {
    await using oore = await startOore()
    const keystore = makeKeystore('upload_key', 'jks')
    const stored = await oore.api('POST', '/signing/keystores', {
      name: 'upload_key',
      file_name: 'upload.jks',
      content_base64: keystore.file_base64,
      store_password: storePassword,
      key_password: keyPassword,
    })
    expect(stored.status, JSON.stringify(stored.json)).toBe(201)
    const repo = await oore.repo({
      'oore.yaml': `
workflows:
  release:
    environment:
      android_signing: [upload_key]
    scripts:
      - jarsigner -keystore "$CM_KEYSTORE_PATH" -storepass:env KEYSTORE_PASSWORD -keypass:env KEY_PASSWORD app.jar "$KEY_ALIAS"
      - echo "with $CM_KEYSTORE_PASSWORD and $CM_KEY_PASSWORD"; env | grep -c "$CM_KEY_PASSWORD"
      - cp "$CM_KEYSTORE_PATH" key.bin
    artifacts: [app.jar, key.bin, $CM_KEYSTORE_PATH]
`,
    })
    writeFileSync(join(repo.git.dir, 'app.jar'), await archive())
    runGit(repo.git.dir, 'add', '.')
    runGit(repo.git.dir, 'commit', '--quiet', '-m', 'Add the app')

    const build = await oore.ended(await repo.trigger())
    const log = await oore.log(build.id, 0)
    expect(build.status, log).toBe('success')
    expect(await oore.log(build.id, 1)).toContain('with *** and ***')
    expect(build.artifacts.map(({ name }) => name)).toEqual(['app.jar'])

    const kept = join(oore.home, 'app.jar')
    const answer = await fetch(new URL(build.artifacts[0]!.url, oore.url), {
      headers: { authorization: `Bearer ${oore.token}` },
    })
    writeFileSync(kept, Buffer.from(await answer.arrayBuffer()))
    expect(execFileSync('jarsigner', ['-verify', kept]).toString()).toContain('jar verified.')

    // Whatever the server and the runner have written; the clone is the author's own doing.
    const clone = join(oore.dataDir, 'workspaces', build.id, 'clone')
    const secrets = [storePassword, keyPassword, Buffer.from(keystore.file_base64, 'base64')]
    for (const path of filesIn(oore.dataDir).filter((each) => !each.startsWith(clone))) {
      const bytes = readFileSync(path)
      for (const secret of secrets) expect(bytes.includes(secret), path).toBe(false)
    }
  },
  60_000,
)

const filesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

async function archive(): Promise<Buffer> {
  const zip = new ZipFile()
  zip.addBuffer(Buffer.from('an app'), 'app.txt')
  zip.end()
  return buffer(zip.outputStream as NodeJS.ReadableStream as never)
}
