import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Clones and gives the refs that match, or what git complained of. */
export async function gitClone(address: string, ...patterns: string[]): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'oore-clone-'))
  const git = join(dir, 'a')
  try {
    const env = { PATH: process.env['PATH'], GIT_TERMINAL_PROMPT: '0', HOME: dir }
    await run('git', ['clone', '--quiet', '--bare', address, git], { env })
    const show = ['-C', git, 'ls-remote', 'origin', ...patterns]
    return (await run('git', show, { env })).stdout
  } catch (error) {
    return String((error as { stderr?: string }).stderr)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

export const withLogin = (address: string, username: string, password: string): string =>
  address.replace('//', `//${username}:${password}@`)
