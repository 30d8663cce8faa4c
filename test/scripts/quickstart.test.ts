import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { killAll, processTree } from '../../scripts/lib/process-tree.mjs'
import { isAlive } from '../runner/support.ts'

const program = join(import.meta.dirname, '../../scripts/quickstart.mjs')
const timeoutMs = 60_000

describe('npm run quickstart', { timeout: timeoutMs }, () => {
  test('builds the example, fetches its artifact and signs in; again goes on with what is there', async () => {
    using home = makeHome()
    await using first = quickstart(home.dir, '--once')

    expect(await first.ended).toBe(0)
    expect(first.said()).toContain('Build 1 succeeded')
    expect(first.said()).toMatch(/watch it: {2}http:\/\/127\.0\.0\.1:\d+\//)
    expect(readdirSync(join(home.dir, 'artifacts/1'))).not.toEqual([])

    await using second = quickstart(home.dir, '--once')
    expect(await second.ended).toBe(0)
    expect(second.said()).toContain('Build 2 succeeded')
  })

  test('Ctrl-C ends everything it started', async () => {
    using home = makeHome()
    await using running = quickstart(home.dir)
    await running.says('Ctrl-C ends it')
    const started = processTree(running.pid).filter((pid) => pid !== running.pid)
    expect(started.length).toBeGreaterThanOrEqual(2)

    process.kill(running.pid, 'SIGINT')

    expect(await running.ended).toBe(0)
    expect(started.filter(isAlive)).toEqual([])
    expect(existsSync(join(home.dir, 'server.json'))).toBe(false)
  })
})

function makeHome() {
  const dir = mkdtempSync(join(tmpdir(), 'oore-quickstart-'))
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}

function quickstart(dir: string, ...args: string[]) {
  const child = spawn(process.execPath, [program, '--dir', dir, ...args])
  const pid = child.pid ?? 0
  let said = ''
  const heard = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      for (const look of heard) look()
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    pid,
    ended,
    said: () => said,
    /** Waits for a text in what it prints; fails where it ends without. */
    says: (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (said.includes(text)) resolve()
        }
        heard.add(look)
        look()
        void ended.then(() => reject(new Error(`ended without "${text}":\n${said}`)))
      }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) killAll(processTree(pid))
      await ended
    },
  }
}
