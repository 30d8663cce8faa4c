import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit.ts'
import { Browser } from '../support/app.ts'
import { selfSigned } from '../support/certificate.ts'
import { runCommand, startCommand } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { type FakeGitlab, startFakeGitlab } from '../support/fake-forges/gitlab.ts'
import { type Oore, startOore, workflow } from '../support/oore.ts'

const settings = { OORE_GITLAB_ALLOWED_CIDRS: '127.0.0.0/8' }
const tokenCall = 'POST /oauth/token'

/** `oore gitlab …`, as somebody whose token is in a variable. */
const command = (oore: Oore, ...args: string[]) =>
  runCommand(oore.home, ['gitlab', ...args], variables(oore))
const variables = (oore: Oore) => ({ OORE_SERVER: oore.url, OORE_TOKEN: oore.token })

async function register(oore: Oore, gitlab: FakeGitlab, ...more: string[]) {
  const paths = ['/setup/gitlab/callback', '/login/gitlab/callback']
  const { clientId, clientSecret } = gitlab.addApp(paths.map((path) => `${oore.url}${path}`))
  writeFileSync(join(oore.home, 'secret'), `${clientSecret}\n`)
  const flags = ['--client-id', clientId, '--client-secret-file', 'secret']
  return command(oore, 'register', '--instance', gitlab.url, ...flags, ...more)
}

/** Runs `oore gitlab setup`, and passes through GitLab as a browser does. */
async function setUp(oore: Oore, pass: (address: string) => Promise<string> = passGitlab) {
  const args = ['gitlab', 'setup', '--deadline', '20']
  const setup = startCommand(oore.home, args, variables(oore))
  await setup.prints('/setup/gitlab/start')
  const [start = ''] = /http\S+\/setup\/gitlab\/start\S+/.exec(setup.said.stdout) ?? []
  const page = await fetch(start)
  const cookie = page.headers.getSetCookie().map((line) => line.split(';', 1)[0])
  const [, address = ''] = /^0; url=(.+)$/.exec(page.headers.get('refresh') ?? '') ?? []
  const back = await pass(address)
  await fetch(back, { headers: { cookie: cookie.join('; ') } })
  return setup.ended
}

async function passGitlab(address: string): Promise<string> {
  const answer = await fetch(address, { redirect: 'manual' })
  return answer.headers.get('location') ?? ''
}

async function connect(oore: Oore, gitlab: FakeGitlab): Promise<void> {
  gitlab.addPerson('ines')
  gitlab.signIn('ines')
  expect(await register(oore, gitlab)).toMatchObject({ code: exitCodes.ok })
  expect(await setUp(oore)).toMatchObject({ code: exitCodes.ok })
}

/** Signs in as whoever sits at GitLab's browser: the role they are given, or the status of the refusal. */
async function signInAt(oore: Oore, gitlab: FakeGitlab, instance: string, login: string) {
  const browser = new Browser((path, { headers = {}, form } = {}) =>
    fetch(`${oore.url}${path}`, {
      headers: { ...headers, 'sec-fetch-site': 'same-origin' },
      redirect: 'manual',
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    }),
  )
  gitlab.signIn(login)
  const off = await browser.ask('/login/gitlab', { form: { instance, next: '/builds' } })
  const [, address = ''] = /content="0;url=([^"]+)"/.exec(await off.text()) ?? []
  const back = new URL(await passGitlab(address.replaceAll('&amp;', '&')))
  const answer = await browser.ask(`${back.pathname}${back.search}`)
  if (answer.status !== 303) return answer.status
  const me = await browser.ask('/api/users/me')
  return ((await me.json()) as { role: string }).role
}

/** Every file below a directory that holds one of these texts. */
function filesWith(directory: string, texts: readonly string[]): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const file = join(directory, name)
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return false
    const bytes = readFileSync(file)
    return texts.some((text) => bytes.includes(text))
  })
}

describe('a project of GitLab', () => {
  test('is connected, enabled, pushed to, cloned by the grant, built and told', async () => {
    await using gitlab = await startFakeGitlab({ prefix: '/gitlab' })
    await using oore = await startOore(settings)
    const wallet = gitlab.addProject('lumen/apps/wallet', {
      files: { 'oore.yaml': workflow('git log -1 --format=%s') },
      members: { ines: 40 },
    })
    await connect(oore, gitlab)
    const status = await command(oore, 'status')
    expect(status.stdout).toMatch(/Authorized by: +@ines\n/)

    const listed = await command(oore, 'projects')
    expect(listed.stdout).toContain(`${wallet.id}\tlumen/apps/wallet\t-\tMaintainer`)
    const enabled = await command(oore, 'enable', String(wallet.id))
    expect(enabled.stdout).toMatch(/Webhook: +made, signed\n/)

    const { after, deliveries } = await gitlab.push(wallet, { message: 'Count the coins' })
    expect(deliveries).toMatchObject([{ statusCode: 202 }])
    const build = await oore.until(async () => {
      const { json } = await oore.api('GET', '/builds')
      if (json.data.length === 0) throw new Error('no build yet')
      return oore.ended(json.data[0].id)
    }, 30_000)
    expect(build).toMatchObject({ status: 'success', commit_sha: after })
    expect(await oore.log(build.id, 0)).toContain('Count the coins')
    await eventually(() => {
      const states = gitlab.kept.filter(({ sha }) => sha === after).map(({ state }) => state)
      if (states.at(-1) !== 'success') throw new Error(`GitLab was told ${states.join()}`)
    }, 10_000)
    expect(gitlab.breaches).toEqual([])

    // No token is anywhere on disk in the clear: neither the server's nor the runner's.
    const tokens = gitlab.world.tokens.flatMap(({ token, refreshToken }) => [token, refreshToken])
    const secrets = [...tokens, gitlab.world.apps[0]?.clientSecret, gitlab.world.hooks[0]?.token]
    const kept = filesWith(
      oore.dataDir,
      secrets.filter((text) => typeof text === 'string'),
    )
    expect(kept).toEqual([])
    expect(filesWith(oore.dataDir, [after])).not.toEqual([])
  })

  test('lets whom it vouches for sign in: an invited login, and a group’s members', async () => {
    await using gitlab = await startFakeGitlab({ prefix: '/gitlab' })
    await using oore = await startOore(settings)
    for (const login of ['mara', 'tomas', 'zoe']) gitlab.addPerson(login)
    gitlab.addGroup('lumen', { ines: 40, tomas: 30 })
    await connect(oore, gitlab)
    const instance = gitlab.url.replace('http://', '')
    const invited = await oore.api('POST', '/users', {
      provider: 'gitlab',
      instance,
      login: 'mara',
      role: 'developer',
    })
    expect(invited.status).toBe(201)
    const rule = { provider: 'gitlab', instance, name: 'lumen', role: 'viewer' }
    expect((await oore.api('POST', '/sign-in/rules', rule)).status).toBe(201)
    const signIn = (login: string) => signInAt(oore, gitlab, instance, login)
    expect([await signIn('mara'), await signIn('tomas'), await signIn('zoe')]).toEqual([
      'developer',
      'viewer',
      403,
    ])
  })

  test('whose access was denied ends the waiting command with 2', async () => {
    await using gitlab = await startFakeGitlab()
    await using oore = await startOore(settings)
    await register(oore, gitlab)
    gitlab.signIn(null)
    const denied = await setUp(oore)
    expect(denied).toMatchObject({
      code: exitCodes.usage,
      stderr: expect.stringMatching(/was denied there/),
    })
  })
})

test('a server killed between GitLab’s answer and its storing says that somebody has to authorize', async () => {
  await using gitlab = await startFakeGitlab()
  await using oore = await startOore(settings)
  await connect(oore, gitlab)
  gitlab.decide(({ endpoint }) => (endpoint === tokenCall ? 'held' : 'answered'))
  const refresh = command(oore, 'refresh')
  await eventually(() => {
    if (gitlab.count(tokenCall) < 2) throw new Error('it did not ask')
  }, 10_000)
  await oore.stop('SIGKILL')
  // GitLab answers, and nobody is there to hear it.
  gitlab.release()
  gitlab.decide(() => 'answered')
  await refresh
  await oore.start()
  await oore.until(async () => {
    const { json } = await oore.api('GET', '/gitlab')
    if (json.data[0].state !== 'reauthorize') throw new Error(`it is ${json.data[0].state}`)
  }, 10_000)
  const told = await command(oore, 'status')
  expect(told.stdout).toMatch(/State: +to be authorized again: oore gitlab setup\n/)
  expect(told.stdout).toMatch(/between asking .* for new tokens and keeping them/)
  expect((await command(oore, 'projects')).code).toBe(exitCodes.conflict)
  expect(await setUp(oore)).toMatchObject({ code: exitCodes.ok })
  expect((await command(oore, 'refresh')).stdout).toMatch(/State: +connected\n/)
})

describe('an instance with a certificate of its own', () => {
  const certificates = selfSigned('127.0.0.1')

  test('is refused with a hint, and works with the bundle, for git too', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'oore-ca-'))
    try {
      await using gitlab = await startFakeGitlab({ tls: certificates })
      await using unknowing = await startOore(settings)
      const refused = await register(unknowing, gitlab)
      expect(refused).toMatchObject({
        code: exitCodes.usage,
        stderr: expect.stringMatching(/certificate .* is not believed.*OORE_GITLAB_CA_BUNDLE/s),
      })
      const bundle = join(dir, 'ca.pem')
      writeFileSync(bundle, certificates.cert)
      await using oore = await startOore({ ...settings, OORE_GITLAB_CA_BUNDLE: bundle })
      await buildsFrom(oore, gitlab, certificates.cert)
      expect((await command(oore, 'status')).stdout).not.toContain('Warning')
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  test('works unchecked where that is said, and is warned of all the time', async () => {
    await using gitlab = await startFakeGitlab({ tls: certificates })
    await using oore = await startOore(settings)
    const registered = await register(oore, gitlab, '--skip-tls-verification')
    expect(registered).toMatchObject({ code: exitCodes.ok })
    expect(registered.stderr).toMatch(/is not checked/)
    await buildsFrom(oore, gitlab, certificates.cert, true)
    expect((await command(oore, 'status')).stdout).toMatch(/Warning: +The certificate of/)
  })

  /** Enables a project and builds it: everything goes by https, and git clones. */
  async function buildsFrom(oore: Oore, gitlab: FakeGitlab, ca: string, isRegistered = false) {
    const files = { 'oore.yaml': workflow('true') }
    const wallet = gitlab.addProject('lumen/wallet', { files, members: { ines: 40 } })
    gitlab.addPerson('ines')
    gitlab.signIn('ines')
    if (!isRegistered) {
      expect(await register(oore, gitlab)).toMatchObject({ code: exitCodes.ok })
    }
    const done = await setUp(oore, (address) => passByTls(address, ca))
    expect(done).toMatchObject({ code: exitCodes.ok })
    const enabled = await command(oore, 'enable', String(wallet.id))
    expect(enabled).toMatchObject({ code: exitCodes.ok })
    const [, id = ''] = /Repository: +(\S+)/.exec(enabled.stdout) ?? []
    const { json } = await oore.api('POST', `/repositories/${id}/trigger`, {})
    const build = await oore.ended(json.id ?? json.data[0].id)
    expect([build.status, build.error_message]).toEqual(['success', null])
  }
})

/** A browser that knows the authority. */
async function passByTls(address: string, ca: string): Promise<string> {
  const { request } = await import('node:https')
  return new Promise((resolve, reject) => {
    request(address, { ca }, (answer) => {
      answer.resume()
      resolve(answer.headers.location ?? '')
    })
      .on('error', reject)
      .end()
  })
}
