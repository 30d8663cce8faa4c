import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit.ts'
import { type Oore, startOore, workflow } from '../support/oore.ts'

describe('oore', () => {
  test('adds, builds, watches, shows and downloads', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({
      'oore.yaml': `
workflows:
  app:
    scripts: ['echo hello', 'mkdir out && echo app > out/app.apk']
    artifacts: ['out/*']
`,
    })
    const listed = await run(oore, ['repo', 'list'])
    expect(listed.stdout).toContain(`${repo.id}\ttests/app-1\tactive`)

    const watched = await run(oore, ['build', 'trigger', repo.id, '--watch'])
    expect(watched).toMatchObject({ code: exitCodes.ok })
    expect(watched.stdout).toContain('hello\n')
    const [build] = JSON.parse((await run(oore, ['build', 'list', '--json'])).stdout)
    expect(build).toMatchObject({ status: 'success', workflow: 'app' })
    expect((await run(oore, ['build', 'logs', build.id, '--step', '0'])).stdout).toBe('hello\n')

    const into = join(oore.home, 'downloads')
    await run(oore, ['build', 'artifacts', build.id, '--download', '--output', into])
    expect(readdirSync(into)).toEqual(['app.apk'])
    expect(readFileSync(join(into, 'app.apk'), 'utf8')).toBe('app\n')
  })

  test('the exit code tells a failed build, a stranger, a missing thing and a missing server', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('exit 7') })
    const failed = await run(oore, ['build', 'trigger', repo.id, '--watch'])
    expect(failed.code).toBe(exitCodes.buildFailed)
    const stranger = await run(oore, ['build', 'list'], { OORE_TOKEN: 'wrong' })
    expect(stranger.code).toBe(exitCodes.auth)
    expect((await run(oore, ['build', 'show', 'nothing'])).code).toBe(exitCodes.notFound)
    expect((await run(oore, ['nonsense'])).code).toBe(exitCodes.usage)
    const nobody = await run(oore, ['health'], { OORE_SERVER: 'http://127.0.0.1:1' })
    expect(nobody.code).toBe(exitCodes.unreachable)
    expect(nobody.stderr).toContain('127.0.0.1:1')
  })

  test('a token on the command line is refused, because others can read it there', async () => {
    await using oore = await startOore()
    const { code, stderr } = await run(oore, ['--token', oore.token, 'repo', 'list'])
    expect(code).toBe(exitCodes.usage)
    expect(stderr).not.toContain(oore.token)
  })

  test('validates a file without any server, with the place of each mistake', async () => {
    await using oore = await startOore()
    const file = join(oore.home, 'oore.yaml')
    writeFileSync(file, 'workflows:\n  app:\n    scripts: {}\n')
    const offline = { OORE_SERVER: 'http://127.0.0.1:1' }
    const { code, stdout } = await run(oore, ['pipeline', 'validate', file], offline)
    expect(code).toBe(exitCodes.failure)
    expect(stdout).toContain(`${file}:3:`)
    const missing = await run(oore, ['pipeline', 'validate', join(oore.home, 'none')], offline)
    expect(missing.code).toBe(exitCodes.failure)
    expect(missing.stderr).toContain('none')
    expect(missing.stderr).not.toContain('at ')
  })

  test('what a branch is called does not move the terminal', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('true') })
    // Git refuses control characters in names, but not those that turn text around.
    const name = 'x\u202ey'
    repo.git.branch(name)
    await repo.trigger({ branch: name })
    const { stdout } = await run(oore, ['build', 'list'])
    expect(stdout).toContain('x\ufffdy')
  })
})

const program = resolve('bin/oore')

function run(
  oore: Oore,
  args: string[],
  settings: Record<string, string> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    OORE_SERVER: oore.url,
    OORE_TOKEN: oore.token,
    ...settings,
  }
  return new Promise((done) => {
    const child = spawn(process.execPath, [program, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
    child.on('close', (code) => done({ code, ...said }))
  })
}
