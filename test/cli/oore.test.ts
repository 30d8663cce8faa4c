import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createPlainServer, type AddressInfo, type Server } from 'node:net'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit.ts'
import { startOore, workflow } from '../support/oore.ts'

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

  test('makes a link to install the app of a build, for who has no account', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({
      'oore.yaml': `
workflows:
  app:
    scripts: ['mkdir out && echo app > out/app.apk && echo app > out/app.aab']
    artifacts: ['out/*']
`,
    })
    await run(oore, ['build', 'trigger', repo.id, '--watch'])
    const [build] = JSON.parse((await run(oore, ['build', 'list', '--json'])).stdout)
    const link = ['build', 'install-link', build.id]
    const { url } = JSON.parse((await run(oore, [...link, '--json'])).stdout)
    expect(await (await fetch(`${url}/file`)).text()).toBe('app\n')

    const drawn = await run(oore, [...link, 'app.apk', '--qr'])
    expect(drawn.stdout).toMatch(/^App: +app\.apk\nLink: +http\S+\nUntil: +20\S+Z\n/)
    expect(drawn.stdout).toMatch(/█{3}/)
    const bundle = await run(oore, [...link, 'app.aab'])
    expect(bundle.code).not.toBe(exitCodes.ok)
    expect(bundle.stderr).toContain('Build an APK too')
  })

  test('gives a build the inputs it asks for', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({
      'oore.yaml': `
workflows:
  app:
    inputs: { count: { description: How often, type: number } }
    scripts: ['echo count is \${{ inputs.count }}']
`,
    })
    const trigger = (...more: string[]) => run(oore, ['build', 'trigger', repo.id, ...more])
    const lacking = await trigger()
    expect(lacking.code).toBe(exitCodes.usage)
    expect(lacking.stderr).toContain('How often')
    expect((await trigger('-i', 'count')).code).toBe(exitCodes.usage)
    const watched = await trigger('-i', 'count=3', '--watch')
    expect(watched.stdout).toContain('count is 3\n')
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
    const lost = await run(nobody, ['health'])
    expect(lost.code).toBe(exitCodes.unreachable)
    expect(lost.stderr).toContain('127.0.0.1:1')
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

  test('converts a file without any server, and says why it cannot', async () => {
    await using oore = await startOore()
    const file = join(oore.home, 'oore.yaml')
    const huml = join(oore.home, 'oore.huml')
    writeFileSync(file, 'workflows: # all\n  app:\n    scripts: [make]\n')
    const written = await run(nobody, ['pipeline', 'convert', file, '--output', huml])
    expect(written).toMatchObject({ code: exitCodes.ok, stdout: '' })
    expect(await run(nobody, ['pipeline', 'validate', huml])).toMatchObject({ code: exitCodes.ok })
    expect((await run(nobody, ['pipeline', 'convert', huml])).stdout).toBe(
      'workflows:\n  # all\n  app:\n    scripts: [ make ]\n',
    )
    writeFileSync(huml, 'workflows: app\n')
    const refused = await run(nobody, ['pipeline', 'convert', huml, '--to', 'yaml'])
    expect(refused.code).toBe(exitCodes.failure)
    expect(refused.stdout).toContain(`${huml}:1:12`)
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

  test('watches all builds of a trigger, then sums up each with its reason and page', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({
      'oore.yaml': "workflows: { bad: { scripts: ['exit 7'] }, good: { scripts: ['printf hi'] } }",
    })
    const { code, stdout, stderr } = await run(oore, ['build', 'trigger', repo.id, '--watch'])
    expect(code).toBe(exitCodes.buildFailed)
    expect(stderr).toBe('oore: 1 of 2 builds did not succeed.\n')
    const { data } = (await oore.api('GET', '/builds')).json
    for (const { number, workflow: name, status, error_message: why, url } of data) {
      expect(stdout).toContain(`==> #${number} ${name} <==\n`)
      expect(stdout).toContain(`\n#${number} ${name}: ${status}.${why ? ` ${why}` : ''}  ${url}\n`)
    }
    expect(data.map((build: { status: string }) => build.status).toSorted()).toEqual([
      'failure',
      'success',
    ])
    const failed = data.find((build: { status: string }) => build.status === 'failure')
    expect(failed.error_message).toContain('7')
    const shown = await run(oore, ['build', 'show', failed.id])
    expect(shown.stdout).toContain('failure (step)')
  })

  test('goes on where it stopped when the server comes back', async () => {
    await using oore = await startOore()
    const gate = join(oore.home, 'gate')
    execFileSync('mkfifo', [gate])
    const repo = await oore.repo({ 'oore.yaml': workflow(`echo before; cat '${gate}'`) })
    const id = await repo.trigger()
    const watching = start(oore, ['build', 'watch', id])
    const { said } = watching
    await oore.until(() => expect(said.stdout).toContain('before\n'), 10_000)
    await oore.stop('SIGKILL')
    await oore.until(() => expect(said.stderr).toContain('broke off'))
    await oore.start()
    await writeFile(gate, 'after\n')
    expect(await watching.end).toBe(exitCodes.ok)
    const whole = (await oore.api('GET', `/builds/${id}/logs`)).json
    expect(said.stdout.startsWith(whole)).toBe(true)
    expect(whole).toContain('before\nafter\n')
  })

  test('says so when a server it followed does not come back', async () => {
    await using server = await serve((request, answer) => {
      answer.writeHead(200, { 'content-type': 'text/plain' })
      answer.write('half a li', () => {
        request.socket.destroy()
        server.close()
      })
    })
    const { code, stdout, stderr } = await run(server, ['--timeout', '1', 'build', 'logs', 'x'])
    expect({ code, stdout }).toEqual({ code: exitCodes.unreachable, stdout: 'half a li' })
    expect(stderr).toContain(`${server.url} broke off`)
    expect(stderr).toContain(`${server.url} cannot be reached`)
  })

  test('ends quietly when nobody reads on', async () => {
    const child = start(nobody, ['--help'])
    child.stdout.destroy()
    expect(await child.end).toBe(exitCodes.ok)
    expect(child.said.stderr).toBe('')
  })

  test('what is no Oore server is told in a sentence', async () => {
    const asked = async (server: Served, ...args: string[]) => {
      await using own = server
      const { code, stderr } = await run(own, ['--timeout', '1', ...args])
      expect(code).toBe(exitCodes.unreachable)
      expect(stderr.split('\n')).toHaveLength(2)
      return stderr
    }
    const closing = () => listening(createPlainServer((socket) => socket.destroy()))
    const silent = () => listening(createPlainServer((socket) => socket.on('error', () => {})))
    const html: RequestListener = (_, answer) => {
      answer.setHeader('content-type', 'text/html').end('<h1>It works!</h1>')
    }
    const missing: RequestListener = (_, answer) => answer.writeHead(404).end('nothing')
    const elsewhere: RequestListener = (_, answer) =>
      answer.writeHead(301, { location: 'https://ci.example.com/login' }).end()

    expect(await asked(await closing(), 'health')).toMatch(/did not answer|cannot be reached/)
    for (const args of [['health'], ['build', 'logs', 'x', '--follow']]) {
      expect(await asked(await silent(), ...args)).toContain('did not answer within 1 seconds')
      expect(await asked(await serve(html), ...args)).toContain('is not an Oore server')
      expect(await asked(await serve(missing), ...args)).toContain('is not an Oore server')
      expect(await asked(await serve(elsewhere), ...args)).toContain('https://ci.example.com.')
    }
  })

  test('says what is wrong with a configuration the same way, whoever reads it', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('true') })
    const file = join(oore.home, 'wrong.yaml')
    writeFileSync(file, 'workflows:\n  app:\n    scripts: {}\n')
    const validated = await run(oore, ['pipeline', 'validate', file])
    const stored = await run(oore, ['pipeline', 'set', repo.id, '--file', file])
    expect(stored.stdout).toBe(validated.stdout)
    expect(stored.stdout).toContain('^\n')
    expect(stored.code).toBe(exitCodes.failure)
    expect(stored.stderr).toBe(`oore: ${file} has errors and was not stored.\n`)
    writeFileSync(file, workflow('true'))
    const good = await run(oore, ['pipeline', 'set', repo.id, '--file', file])
    expect(good).toMatchObject({ code: exitCodes.ok, stdout: 'Stored as version 1.\n' })
  })

  test('a file that holds no text, or has no end, is no configuration', async () => {
    const binary = await run(nobody, ['pipeline', 'validate', process.execPath])
    expect(binary.code).toBe(exitCodes.failure)
    expect(binary.stderr).toMatch(/is not text|is larger/)
    await using oore = await startOore()
    const file = join(oore.home, 'oore.yaml')
    writeFileSync(file, Buffer.from([0x61, 0x3a, 0x20, 0xff]))
    expect((await run(oore, ['pipeline', 'validate', file])).stderr).toContain('is not text')
    const endless = await run(oore, ['pipeline', 'validate', '/dev/zero'])
    expect(endless.stderr).toContain('is larger than')
  })

  test('tells a refused argument once, and as a mistake in use', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('true') })
    const id = await repo.trigger()
    const { code, stderr } = await run(oore, ['build', 'logs', id, '--stream', 'nonsense'])
    expect(code).toBe(exitCodes.usage)
    expect(stderr.split('"nonsense"')).toHaveLength(2)
    expect((await run(oore, ['build', 'list', '--limit', 'ten'])).code).toBe(exitCodes.usage)
  })

  test('says what to do in the words of the command line', async () => {
    await using oore = await startOore()
    const gate = join(oore.home, 'gate')
    execFileSync('mkfifo', [gate])
    const repo = await oore.repo({ 'oore.yaml': workflow(`cat '${gate}'`) })
    const strange = await run(oore, ['repo', 'list'], { OORE_TOKEN: 'wrong' })
    expect(strange.stderr).toContain('does not know the token that was sent')
    const unknown = await run(oore, ['repo', 'list'], { OORE_TOKEN: '' })
    expect(unknown.stderr).toContain('Set OORE_TOKEN')
    const broken = await run(oore, ['repo', 'list'], { OORE_TOKEN: 'two\nlines' })
    expect(broken.code).toBe(exitCodes.usage)

    const id = await repo.trigger()
    const follower = start(oore, ['build', 'watch', id])
    await oore.until(() => expect(follower.said.stdout).toContain('0: '), 10_000)
    const busy = await run(oore, ['repo', 'remove', repo.id])
    expect(busy.code).toBe(exitCodes.conflict)
    expect(busy.stderr).toContain('--force')
    expect(busy.stderr).not.toContain('?')
    const cancelled = await run(oore, ['build', 'cancel', id])
    expect(cancelled.stdout).toMatch(/^#1 was asked to end  http/)
    expect(await follower.end).toBe(exitCodes.buildFailed)
    expect(follower.said.stdout).toContain('#1 test: cancelled.')
  })

  test('processes a delivery again', async () => {
    await using oore = await startOore()
    const repo = await oore.repo({ 'oore.yaml': workflow('true') })
    await repo.push()
    const [{ id }] = JSON.parse((await run(oore, ['webhook', 'list', '--json'])).stdout)
    const again = await run(oore, ['webhook', 'redeliver', id])
    expect(again).toMatchObject({ code: exitCodes.ok, stderr: '' })
    const missing = await run(oore, ['webhook', 'redeliver', 'nothing'])
    expect(missing.code).toBe(exitCodes.notFound)
  })

  test.skipIf(process.platform !== 'linux')(
    'gives columns to people, tabs to programs',
    async () => {
      await using oore = await startOore()
      const repo = await oore.repo({ 'oore.yaml': workflow('true') })
      const { stdout } = await run(oore, ['repo', 'list'])
      expect(stdout).toBe(`${repo.id}\ttests/app-1\tactive\tmain\t${repo.git.url}\n`)
      const shown = execFileSync(
        'script',
        ['-qec', `'${process.execPath}' '${program}' repo list`, '/dev/null'],
        { env: environmentOf(oore), encoding: 'utf8' },
      )
      const [head = '', row = ''] = shown.split('\r\n')
      expect(head).toMatch(/^ID +NAME +STATE +BRANCH +ADDRESS$/)
      expect(row.indexOf('tests/app-1')).toBe(head.indexOf('NAME'))
      expect(row.indexOf(repo.git.url)).toBe(head.indexOf('ADDRESS'))
    },
  )

  test('adds repositories of forges by address or by name, with the address of their webhook', async () => {
    await using oore = await startOore()
    const add = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(oore, ['repo', 'add', ...args])
      expect([code, stderr]).toEqual([0, ''])
      return stdout
    }
    const byAddress = await add('https://gitlab.com/lumen/apps/wallet.git')
    expect(byAddress).toMatch(/lumen\/apps\/wallet/)
    expect(byAddress).toMatch(/\/api\/webhooks\/gitlab\/[0-9A-Z]{26}/)

    const secret = join(oore.home, 'secret.txt')
    writeFileSync(secret, 'a-webhook-secret-of-tests\n')
    const named = ['--provider', 'github', '--owner', 'lumen', '--name', 'wallet']
    const byName = await add(...named, '--webhook-secret-file', secret)
    expect(byName).toMatch(/\/api\/webhooks\/github\//)
    expect(byName).toContain('a-webhook-secret-of-tests')
    const [id = ''] = /[0-9A-Z]{26}/.exec(byName) ?? []
    expect((await run(oore, ['repo', 'show', id])).stdout).toContain(
      'https://github.com/lumen/wallet.git',
    )
    const { code, stderr } = await run(oore, ['repo', 'add'])
    expect([code, stderr]).toEqual([
      exitCodes.usage,
      expect.stringContaining('clone address is missing'),
    ])
  })

  test('helps whoever does not know it yet', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect((await run(nobody, ['--version'])).stdout).toBe(`${version}\n`)
    const help = await run(nobody, ['--help'])
    expect(help).toMatchObject({ code: exitCodes.ok, stderr: '' })
    expect(help.stdout).toContain('Examples:\n  oore ')
    for (const args of [[], ['build']]) {
      const bare = await run(nobody, args)
      expect(bare).toMatchObject({ code: exitCodes.usage, stdout: '' })
      expect(bare.stderr).toContain('Usage: oore')
    }
    for (const [args, meant] of [
      [['bild'], 'build'],
      [['build', 'lst'], 'list'],
      [['build', 'list', '--statu', 'x'], '--status'],
    ] as const) {
      const { code, stderr } = await run(nobody, args)
      expect(code).toBe(exitCodes.usage)
      expect(stderr).toContain(`Did you mean ${meant}?`)
    }
    expect((await run(nobody, ['exit-codes'])).stdout).not.toContain('--exit-status')
    expect((await run(nobody, ['--timeout', 'x', 'health'])).code).toBe(exitCodes.usage)
  })
})

const program = resolve('bin/oore')
const nobody = { url: 'http://127.0.0.1:1', token: 'any' }

type Addressed = { url: string; token: string }

const environmentOf = (server: Addressed, settings: Record<string, string> = {}) => ({
  PATH: process.env['PATH'] ?? '',
  OORE_SERVER: server.url,
  OORE_TOKEN: server.token,
  ...settings,
})

async function run(
  server: Addressed,
  args: readonly string[],
  settings: Record<string, string> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { said, end } = start(server, args, settings)
  return { code: await end, ...said }
}

type Started = {
  stdout: NonNullable<ChildProcess['stdout']>
  said: { stdout: string; stderr: string }
  end: Promise<number | null>
}

function start(
  server: Addressed,
  args: readonly string[],
  settings: Record<string, string> = {},
): Started {
  const child = spawn(process.execPath, [program, ...args], {
    env: environmentOf(server, settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
  const end = new Promise<number | null>((done) => child.on('close', (code) => done(code)))
  return { stdout: child.stdout, said, end }
}

type Served = Addressed & AsyncDisposable & { close: () => void }

const serve = (handle: RequestListener): Promise<Served> => listening(createServer(handle))

/** A server that is not Oore, on a port of its own. */
async function listening(server: Server): Promise<Served> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const close = () => void server.close()
  return {
    url: `http://127.0.0.1:${port}`,
    token: 'any',
    close,
    async [Symbol.asyncDispose]() {
      close()
    },
  }
}
