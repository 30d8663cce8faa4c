import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import { socketPath } from '../../src/lib/socket-path.ts'
import { type Claim, protocolVersion } from '../../src/protocol/messages.ts'
import { askAlive } from '../../src/runner/alive.ts'
import { eventually } from '../support/eventually.ts'
import { aliveName } from '../../src/runner/alive.ts'
import { makeRepo, type TestRepo } from '../support/repo.ts'
import { logBytes, startRunnerServer, type RunnerServer } from '../support/runner-server.ts'
import { testStep } from '../support/plan.ts'
import { isAlive } from '../runner/support.ts'
import { testClaim } from './support.ts'

const program = fileURLToPath(new URL('runner-process.ts', import.meta.url))

describe('runRunner', () => {
  test('a real build: the code, a script, its log and an artifact', async () => {
    using repo = makeRepo({ 'say.txt': 'from the repository\n' })
    await using server = await startRunnerServer()
    await using _ = startProcess(server)
    const claim = claimOf(repo, 'cat say.txt; echo oops >&2; echo app > app.apk', ['app.apk'])
    server.offer(claim)
    await server.until('the end', () => server.hasEnded(claim))

    const build = server.build(claim)
    expect(build.outcome).toEqual({ is: 'success' })
    expect(logBytes(build, 1).toString()).toContain('from the repository\n')
    expect(Buffer.concat(build.logs.get(1)?.stderr ?? []).toString()).toBe('oops\n')
    expect(Buffer.concat(build.artifacts.get(0) ?? []).toString()).toBe('app\n')
    expect(server.breaches).toEqual([])
  })

  test('a step has the usual modes, and no file that the runner was given', async () => {
    using repo = makeRepo({ 'plain.txt': '' })
    writeFileSync(join(repo.dir, 'run.sh'), '', { mode: 0o755 })
    repo.git('add', '.')
    repo.git('commit', '--quiet', '-m', 'a script')
    await using server = await startRunnerServer()
    // As the server starts it: with the mask that keeps its secrets, and here with an open file.
    const strict = ['bash', '-c', 'umask 077; exec 251< /dev/null; exec "$@"', 'bash']
    await using runner = startProcess(server, join(server.directory, 'work'), strict)
    const script = 'umask; stat -c "%a %n" . plain.txt run.sh; [ -e /proc/$$/fd/251 ] || echo shut'
    const claim = claimOf(repo, script)
    server.offer(claim)
    await server.until('the end', () => server.hasEnded(claim))
    expect(logBytes(server.build(claim), 1).toString()).toBe(
      '0022\n755 .\n644 plain.txt\n755 run.sh\nshut\n',
    )
    const modes = [runner.work, runner.workspaces, join(runner.workspaces, claim.build_id)]
    expect(modes.map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700, 0o700])
  })

  test('whoever connects hears who it is, and its death at once', async () => {
    await using server = await startRunnerServer()
    await using runner = startProcess(server)
    await server.until('a poll', () => server.polls.length > 0)
    const hello = await askAlive(runner.alive)
    expect(hello).toEqual({
      pid: runner.child.pid,
      protocol: protocolVersion,
      runner_id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      boot: expect.stringMatching(/^[0-9A-Z]{26}$/),
      slots: 2,
    })
    const line = connect(runner.alive).resume()
    // How a connection ends that nobody closed differs; that it ends is what counts.
    line.on('error', () => {})
    await once(line, 'connect')
    const ended = new Promise((resolve) => line.on('close', resolve))
    runner.child.kill('SIGKILL')
    await ended
    // The connection ends a moment before the socket that listens.
    await eventually(async () => expect(await askAlive(runner.alive)).toBe('nobody'))
  })

  test('a second runner in the same directory says so and exits with 75', async () => {
    await using server = await startRunnerServer()
    await using runner = startProcess(server)
    await server.until('a poll', () => server.polls.length > 0)
    await using second = startProcess(server, runner.work)
    expect(await second.exited).toBe(75)
    expect(second.said()).toContain(
      `A runner already works in ${runner.work}: process ${runner.child.pid}.`,
    )
    expect(await askAlive(runner.alive)).toMatchObject({ pid: runner.child.pid })
  })

  test('Ctrl-C is not its business, SIGTERM is: the build ends as interrupted', async () => {
    using repo = makeRepo()
    await using server = await startRunnerServer()
    await using runner = startProcess(server)
    const claim = claimOf(repo, 'echo ready; sleep 300')
    server.offer(claim)
    await server.until('the script', () => hasSaid(server, claim, 'ready'))
    runner.child.kill('SIGINT')
    runner.child.kill('SIGHUP')
    runner.child.kill('SIGTERM')
    expect(await runner.exited).toBe(0)
    expect(server.build(claim).outcome).toMatchObject({ is: 'broken', kind: 'interrupted' })
    expect(existsSync(join(runner.work, 'builds', claim.build_id))).toBe(false)
  })

  test('SIGTERM while no server is there: it still ends', async () => {
    await using server = await startRunnerServer()
    await using runner = startProcess(server)
    await server.until('a poll', () => server.polls.length > 0)
    await server.vanish()
    runner.child.kill('SIGTERM')
    expect(await runner.exited).toBe(0)
  })

  test('the server is killed in the middle of a step: the log is whole when it is back', async () => {
    using repo = makeRepo()
    await using server = await startRunnerServer()
    await using runner = startProcess(server)
    const claim = claimOf(
      repo,
      'seq -f "line %.0f" 1 200; until [ -e go ]; do sleep 0.01; done; seq -f "line %.0f" 201 400',
    )
    server.offer(claim)
    await server.until('half of it', () => hasSaid(server, claim, 'line 200\n'))
    await server.vanish()
    writeFileSync(join(runner.workspaces, claim.build_id, 'clone', 'go'), '')
    await server.comeBack()
    await server.until('the end', () => server.hasEnded(claim))
    const lines = Array.from({ length: 400 }, (_line, n) => `line ${n + 1}\n`).join('')
    expect(logBytes(server.build(claim), 1).toString()).toBe(lines)
    expect(server.build(claim).outcome).toEqual({ is: 'success' })
  })

  test('what a killed runner left running is ended by the next one, and nothing else', async () => {
    await using server = await startRunnerServer()
    const work = join(server.directory, 'work')
    const build = newId()
    mkdirSync(join(work, 'builds', build), { recursive: true })
    writeFileSync(join(work, 'builds', build, 'pid'), String(process.pid))
    const ours = spawn('sleep', ['300'], { env: { OORE_BUILD_ID: build }, detached: true })
    const foreign = spawn('sleep', ['300'], { env: { OORE_BUILD_ID: newId() } })
    const oursGone = once(ours, 'exit')
    await using _ = startProcess(server, work)
    await oursGone
    await server.until('a poll', () => server.polls.length > 0)
    expect(existsSync(join(work, 'builds', build))).toBe(false)
    expect(foreign.exitCode ?? foreign.signalCode).toBe(null)
    foreign.kill()
  })

  test('so is a process of a step that has cleared its environment', async () => {
    using repo = makeRepo()
    await using server = await startRunnerServer()
    await using killed = startProcess(server)
    const claim = claimOf(repo, 'env -i sleep 300 & echo "pid $!."; wait')
    server.offer(claim)
    await server.until('the script', () => hasSaid(server, claim, '.'))
    const pid = Number(/pid (\d+)/.exec(logBytes(server.build(claim), 1).toString())?.[1])
    killed.child.kill('SIGKILL')
    await killed.exited
    expect(isAlive(pid)).toBe(true)
    await using _ = startProcess(server)
    await eventually(() => expect(isAlive(pid)).toBe(false))
  })
})

function startProcess(
  server: RunnerServer,
  work = join(server.directory, 'work'),
  through: readonly string[] = [],
) {
  const workspaces = join(server.directory, 'workspaces')
  const { socket, tokenFile } = server
  const options = { socket, tokenFile, work, workspaces, slots: 2, name: 'test' }
  const runner = [process.execPath, '--import', 'tsx', program, JSON.stringify(options)]
  const [file = '', ...args] = [...through, ...runner]
  const child: ChildProcess = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const exited = once(child, 'close').then(([code]: unknown[]) => code)
  return {
    child,
    work,
    workspaces,
    alive: socketPath(work, aliveName),
    exited,
    said: () => said,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

const hasSaid = (server: RunnerServer, claim: Claim, text: string): boolean => {
  const build = server.builds.get(claim.build_id)
  return build !== undefined && logBytes(build, 1).includes(text)
}

function claimOf(repo: TestRepo, script: string, artifacts: string[] = []): Claim {
  const claim = testClaim()
  return {
    ...claim,
    checkout: {
      ...claim.checkout,
      clone_url: repo.url,
      commit: repo.head(),
      ref: 'refs/heads/main',
      allow_local: true,
    },
    plan: {
      ...claim.plan,
      steps: [testStep({ name: 'Say', script })],
      artifacts,
    },
  }
}
