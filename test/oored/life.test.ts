import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isAlive, type Oore, startOore, workflow } from '../support/oore.ts'

describe('cancel', () => {
  test('a running build is cancelled with everything it started', async () => {
    await using oore = await startOore()
    const pids = join(oore.home, 'pids')
    const repo = await oore.repo({
      'oore.yaml': workflow(
        `trap '' TERM
         echo $$ >> ${pids}
         setsid bash -c "echo \\$\\$ >> ${pids}; exec sleep 1000" &
         (bash -c "echo \\$\\$ >> ${pids}; exec sleep 1000" &) 
         echo started
         while true; do sleep 0.1; done`,
        'echo never',
      ),
    })
    const id = await repo.trigger()
    await oore.until(async () => expect(readPids(pids)).toHaveLength(3))
    expect((await oore.api('POST', `/builds/${id}/cancel`)).status).toBe(200)
    const build = await oore.ended(id)
    expect(build.status).toBe('cancelled')
    expect(build.steps.map(({ status }) => status)).toEqual(['cancelled', 'skipped'])
    for (const pid of readPids(pids)) expect(isAlive(pid)).toBe(false)
    expect((await oore.api('POST', `/builds/${id}/cancel`)).status).toBe(409)
  }, 40_000)

  test('a waiting build is cancelled at once, and two people cancel it once', async () => {
    await using oore = await startOore({ OORE_MAX_CONCURRENT_BUILDS: '1' })
    const repo = await oore.repo({ 'oore.yaml': workflow('exec sleep 1000') })
    const running = await repo.trigger()
    await oore.until(async () => expect((await oore.build(running)).status).toBe('running'))
    const waiting = await repo.trigger()
    const answers = await Promise.all(
      [1, 2].map(() => oore.api('POST', `/builds/${waiting}/cancel`)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    expect((await oore.build(waiting)).status).toBe('cancelled')
    await oore.api('POST', `/builds/${running}/cancel`)
    await oore.ended(running)
  })

  test('a retry builds the same commit and plan again', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('echo first') })
    const first = await oore.ended(await repo.trigger())
    repo.git.commit({ 'oore.yaml': workflow('echo second') })
    const { status, json } = await oore.api('POST', `/builds/${first.id}/retry`)
    expect(status).toBe(201)
    const retry = await oore.ended(json.id)
    expect(retry).toMatchObject({ retry_of: first.id, commit_sha: first.commit_sha, number: 2 })
    expect(await oore.log(retry.id, 0)).toBe('first\n')
  })
})

describe('restart', () => {
  test('a build outlives a killed server, and its log is whole and in order', async () => {
    await using oore = await startOore()
    const go = join(oore.home, 'go')
    const repo = await oore.repo({
      'oore.yaml': workflow(
        `for i in $(seq 1 200); do echo "line $i"; done
         until [ -e ${go} ]; do sleep 0.02; done
         for i in $(seq 201 400); do echo "line $i"; done`,
        'echo after',
      ),
    })
    const id = await repo.trigger()
    await oore.until(async () => expect(await oore.log(id, 0)).toContain('line 200\n'))
    const runner = await oore.runnerPid()
    await oore.stop('SIGKILL')
    spawnSync('touch', [go])
    await oore.start()
    const build = await oore.ended(id)
    expect(await oore.runnerPid()).toBe(runner)
    expect(build).toMatchObject({ status: 'success' })
    expect(await oore.log(id, 0)).toBe(lines(400))
    expect(await oore.log(id, 1)).toBe('after\n')
  }, 40_000)

  test('a killed runner interrupts its build, ends its processes, and the next build runs', async () => {
    await using oore = await startOore()
    const pids = join(oore.home, 'pids')
    const repo = await oore.repo({
      'oore.yaml': workflow(
        `echo said before; echo $$ >> ${pids}; if [ "$OORE_BUILD_NUMBER" = 1 ]; then exec sleep 1000; fi`,
      ),
    })
    const id = await repo.trigger()
    await oore.until(async () => {
      expect(readPids(pids)).toHaveLength(1)
      expect(await oore.log(id, 0)).toBe('said before\n')
    })
    process.kill(await oore.runnerPid(), 'SIGKILL')
    const build = await oore.ended(id)
    expect(build).toMatchObject({ status: 'failure', failure_kind: 'interrupted' })
    expect(build.error_message).toMatch(/runner/)
    expect(await oore.log(id, 0)).toBe('said before\n')
    await oore.until(() => expect(isAlive(readPids(pids)[0]!)).toBe(false))
    expect(await oore.ended(await repo.trigger())).toMatchObject({ status: 'success' })
  }, 40_000)

  test('SIGTERM lets a build end that ends in time', async () => {
    await using oore = await startOore({ OORE_SHUTDOWN_TIMEOUT_SECS: '30' })
    const go = join(oore.home, 'go')
    const repo = await oore.repo({
      'oore.yaml': workflow(`echo ready; until [ -e ${go} ]; do sleep 0.02; done`),
    })
    const id = await repo.trigger()
    await oore.until(async () => expect(await oore.log(id, 0)).toBe('ready\n'))
    const stopped = oore.stop('SIGTERM')
    await oore.until(async () => expect((await fetch(`${oore.url}/readyz`)).status).toBe(503))
    expect((await oore.api('POST', `/repositories/${repo.id}/trigger`, {})).status).toBe(503)
    spawnSync('touch', [go])
    expect(await stopped).toBe(0)
    await expect(oore.runnerPid()).rejects.toThrow()
    await oore.start()
    expect(await oore.build(id)).toMatchObject({ status: 'success' })
  }, 40_000)

  test('SIGTERM interrupts what does not end in time, and what waited runs at the next start', async () => {
    await using oore = await startOore({ OORE_MAX_CONCURRENT_BUILDS: '1' })
    const repo = await oore.repo({
      'oore.yaml': workflow(
        'echo ready; if [ "$OORE_BUILD_NUMBER" = 1 ]; then exec sleep 1000; fi',
      ),
    })
    const id = await repo.trigger()
    await oore.until(async () => expect(await oore.log(id, 0)).toBe('ready\n'))
    const waiting = await repo.trigger()
    expect(await oore.stop('SIGTERM')).toBe(0)
    await oore.start()
    expect(await oore.build(id)).toMatchObject({ status: 'failure', failure_kind: 'interrupted' })
    expect(await oore.ended(waiting)).toMatchObject({ status: 'success' })
  }, 40_000)
})

describe('start', () => {
  test('a second server on the same data directory says so and exits 75', async () => {
    await using oore = await startOore()
    const second = run(oore, { OORE_BIND_ADDRESS: '127.0.0.1:0' })
    expect(second.status).toBe(75)
    expect(second.stderr).toContain(oore.dataDir)
    expect((await fetch(`${oore.url}/readyz`)).status).toBe(200)
  })

  test('a second server on the same database is refused, whatever its own directory', async () => {
    await using oore = await startOore()
    const second = run(oore, {
      OORE_DATA_DIR: join(oore.home, 'other'),
      OORE_BIND_ADDRESS: '127.0.0.1:0',
      DATABASE_URL: `file:${join(oore.dataDir, 'oore.db')}`,
    })
    expect(second.status).toBe(75)
    expect(second.stderr).toContain(oore.dataDir)
  })

  test('a key that is not the one of the data is refused with 78, and nothing is lost', async () => {
    await using oore = await startOore()
    await oore.stop('SIGTERM')
    const { status, stderr } = run(oore, { ENCRYPTION_KEY: 'beef'.padEnd(64, '0123456789') })
    expect(status).toBe(78)
    expect(stderr).toContain('ENCRYPTION_KEY')
    await oore.start()
  })

  test('directories and addresses that cannot be had are settings, not faults of Oore', async () => {
    await using oore = await startOore()
    const other = { OORE_DATA_DIR: join(oore.home, 'other') }
    const logs = run(oore, { ...other, OORE_LOGS_DIR: '/dev/null/logs' })
    expect(logs).toMatchObject({ status: 78, stderr: expect.stringContaining('OORE_LOGS_DIR') })
    const address = run(oore, { ...other, OORE_BIND_ADDRESS: '203.0.113.1:8080' })
    expect(address).toMatchObject({
      status: 78,
      stderr: expect.stringContaining('OORE_BIND_ADDRESS'),
    })
    expect(address.stderr).not.toContain('    at ')
  })

  test('a taken port exits 98 and leaves the other alone', async () => {
    await using oore = await startOore()
    const second = run(oore, { OORE_DATA_DIR: join(oore.home, 'other') })
    expect(second.status).toBe(98)
    expect(second.stderr).toContain('OORE_BIND_ADDRESS')
  })

  test.each([
    [['--help'], 0],
    [['-h'], 0],
    [['now'], 64],
    [['--port', '80'], 64],
  ])('"run %j" starts nothing and exits %i', (args, code) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [resolve('bin/oored'), 'run', ...args],
      { encoding: 'utf8', timeout: 30_000 },
    )
    expect(status).toBe(code)
    expect(code === 0 ? stdout : stderr).toContain('oored run')
  })

  test('every mistake in the settings is told at once, and exits 78', async () => {
    await using oore = await startOore()
    const { status, stderr } = run(oore, {
      ENCRYPTION_KEY: 'short',
      OORE_MAX_CONCURRENT_BUILDS: 'many',
      OORE_BIND_ADDRESS: '0.0.0.0:8080',
      OORE_ADMIN_TOKEN: '',
    })
    expect(status).toBe(78)
    for (const name of ['ENCRYPTION_KEY', 'OORE_MAX_CONCURRENT_BUILDS', 'OORE_ADMIN_TOKEN']) {
      expect(stderr).toContain(name)
    }
    expect(stderr).not.toContain('short')
  })

  test('a damaged database is refused with 65 and not touched', async () => {
    await using oore = await startOore()
    await oore.stop('SIGTERM')
    const file = join(oore.dataDir, 'oore.db')
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true })
    spawnSync('bash', [
      '-c',
      `printf 'no database at all' | dd of=${file} conv=notrunc 2>/dev/null`,
    ])
    const before = readFileSync(file)
    const { status, stderr } = run(oore, {})
    expect(status).toBe(65)
    expect(stderr).toContain('oore.db')
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})

const lines = (count: number): string =>
  Array.from({ length: count }, (_, i) => `line ${i + 1}\n`).join('')

function readPids(file: string): number[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').map(Number)
  } catch {
    return []
  }
}

const run = (oore: Oore, settings: Record<string, string>) =>
  spawnSync(process.execPath, [resolve('bin/oored'), 'run'], {
    env: { ...oore.environment, ...settings },
    encoding: 'utf8',
    timeout: 10_000,
  })
