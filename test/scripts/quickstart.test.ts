import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { processTree } from '../../scripts/lib/process-tree.mjs'
import { isAlive } from '../runner/support.ts'
import { makeRepo } from '../support/repo.ts'
import { startScript } from './started.ts'

const program = join(import.meta.dirname, '../../scripts/quickstart.mjs')
const timeoutMs = 60_000

describe('npm run quickstart', { timeout: timeoutMs }, () => {
  test('builds the example and fetches its artifact; again goes on with what is there', async () => {
    using home = makeHome()
    await using first = quickstart(home.dir, ['--once'])

    expect(await first.ended).toBe(0)
    expect(first.said()).toContain('Build 1 succeeded')
    expect(first.said()).not.toContain('watch it')
    expect(readdirSync(join(home.dir, 'artifacts/1'))).not.toEqual([])

    await using second = quickstart(home.dir, ['--once'])
    expect(await second.ended).toBe(0)
    expect(second.said()).toContain('Build 2 succeeded')
  })

  test("a shell's settings of another server, and of a git, reach nothing", async () => {
    using home = makeHome()
    const live = join(home.dir, 'live')
    mkdirSync(live)
    await using poisoned = quickstart(home.dir, ['--once'], {
      DATABASE_URL: `file:${join(live, 'oore.db')}`,
      DATABASE_AUTH_TOKEN: 'theirs',
      ENCRYPTION_KEY: 'theirs',
      OORE_ADMIN_TOKEN: 'theirs',
      OORE_BASE_URL: 'https://live.example.com',
      OORE_DATA_DIR: join(live, 'data'),
      OORE_LOGS_DIR: join(live, 'logs'),
      OORE_ARTIFACTS_DIR: join(live, 'artifacts'),
      OORE_WORKSPACES_DIR: join(live, 'workspaces'),
      OORE_CACHE_DIR: join(live, 'cache'),
      OORE_MAX_CONCURRENT_BUILDS: 'theirs',
      GIT_DIR: join(live, '.git'),
    })

    expect(await poisoned.ended).toBe(0)
    expect(poisoned.said()).toContain('Build 1 succeeded')
    expect(readdirSync(live)).toEqual([])
    expect(existsSync(join(home.dir, 'data/oore.db'))).toBe(true)
  })

  test('Ctrl-C ends everything it started, also when npm hands the same one on', async () => {
    using home = makeHome()
    await using running = quickstart(home.dir, [])
    await running.says('Ctrl-C ends it')
    expect(running.said()).toMatch(/watch it: {2}http:\/\/127\.0\.0\.1:\d+\//)
    const started = processTree(running.pid).filter((pid) => pid !== running.pid)
    expect(started.length).toBeGreaterThanOrEqual(2)

    process.kill(running.pid, 'SIGINT')
    process.kill(running.pid, 'SIGTERM')

    expect(await running.ended).toBe(0)
    expect(started.filter(isAlive)).toEqual([])
    expect(home.serverLog()).toContain('"stopped"')
    expect(existsSync(join(home.dir, 'server.json'))).toBe(false)
  })

  test('a second Ctrl-C does not wait for the build', async () => {
    using home = makeHome()
    using repo = makeRepo({
      'oore.yaml': 'workflows:\n  w:\n    scripts: echo it runs; trap "" TERM; sleep 600\n',
    })
    spawnSync('git', ['clone', '--quiet', '--bare', repo.dir, join(home.dir, 'greeter.git')])
    await using running = quickstart(home.dir, [])
    await running.says('it runs\n')
    const started = processTree(running.pid).filter((pid) => pid !== running.pid)
    expect(started.length).toBeGreaterThanOrEqual(3)

    process.kill(running.pid, 'SIGINT')
    await running.says('at most 15 s until it has ended. Ctrl-C again ends all at once')
    const again = setInterval(() => process.kill(running.pid, 'SIGINT'), 100)

    expect(await running.ended.finally(() => clearInterval(again))).toBe(130)
    expect(started.filter(isAlive)).toEqual([])
    expect(home.serverLog()).not.toContain('"stopped"')
  })

  test.each([
    { arg: '--help', code: 0, says: /^npm run quickstart: Oore/ },
    { arg: '--onec', code: 2, says: /^✗ Unknown option '--onec'\n\nnpm run quickstart: Oore/ },
    { arg: 'here', code: 2, says: /^✗ Unexpected argument 'here'.*\n\nnpm run quickstart: Oore/ },
  ])('$arg prints how it is used, and starts nothing', async ({ arg, code, says }) => {
    using home = makeHome()
    await using running = quickstart(home.dir, [arg])

    expect(await running.ended).toBe(code)
    expect(running.said()).toMatch(says)
    expect(running.said()).toContain('-- --once')
    expect(readdirSync(home.dir)).toEqual([])
  })
})

function makeHome() {
  const dir = mkdtempSync(join(tmpdir(), 'oore-quickstart-'))
  return {
    dir,
    serverLog: () => readFileSync(join(dir, 'server.log'), 'utf8'),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  }
}

const quickstart = (dir: string, args: string[], environment: Record<string, string> = {}) =>
  startScript(program, ['--dir', dir, ...args], environment)
