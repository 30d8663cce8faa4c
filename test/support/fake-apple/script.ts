import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { wallClock } from '../../../src/lib/clock.ts'
import { appStoreKey } from '../apple-files.ts'
import { issuerId, keyId } from './key.ts'
import { type FakeApple, startFakeApple } from './server.ts'

const program = resolve('bin/tools/app-store-connect')

export type AppleScript = AsyncDisposable & {
  apple: FakeApple
  /** The home of the account, and where the script stands. */
  home: string
  /** The key of App Store Connect. */
  privateKey: string
  run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>
  /** The files that it has noted for the runner to remove. */
  noted(): (string | undefined)[]
}

/** A script of a build that has a key of App Store Connect, as `integrations` gives it. */
export async function appleScript(changes: Record<string, string> = {}): Promise<AppleScript> {
  const privateKey = appStoreKey().toString()
  const apple = await startFakeApple({ keyId, issuerId, privateKey, now: wallClock, perPage: 2 })
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'oore-tools-')))
  const journal = join(home, 'journal')
  const env = {
    HOME: home,
    OORE_ASC_BASE_URL: apple.url,
    OORE_SIGNING_JOURNAL: journal,
    APP_STORE_CONNECT_KEY_IDENTIFIER: keyId,
    APP_STORE_CONNECT_ISSUER_ID: issuerId,
    APP_STORE_CONNECT_PRIVATE_KEY: privateKey,
    ...changes,
  }
  return {
    apple,
    home,
    privateKey,
    // The stand-in answers from this process, so it must not be held up while the program runs.
    run: (...args) =>
      new Promise((done) => {
        execFile(
          process.execPath,
          [program, ...args],
          { cwd: home, env },
          (error, stdout, stderr) =>
            done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
        )
      }),
    noted: () =>
      existsSync(journal)
        ? readFileSync(journal, 'utf8')
            .trim()
            .split('\n')
            .map((line) => (JSON.parse(line) as { undo: { path?: string } }).undo.path)
        : [],
    async [Symbol.asyncDispose]() {
      await apple[Symbol.asyncDispose]()
      rmSync(home, { recursive: true })
    },
  }
}
