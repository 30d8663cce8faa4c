import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { processTree } from '../../scripts/lib/process-tree.mjs'
import { ask, jwtOf } from '../fake-forges/asking.ts'
import { isAlive } from '../runner/support.ts'
import { eventually } from '../support/eventually.ts'
import { type Started, startScript } from './started.ts'

const program = join(import.meta.dirname, '../../scripts/dev.mjs')

describe('npm run dev', { timeout: 120_000 }, () => {
  test('offline, an App is made by hand, a push by hand is built, and the forge shows how it went', async () => {
    using home = makeHome()
    await using first = dev(home.dir)
    const here = await addressesOf(first)
    const app = await makeApp(here)
    const { token } = await installOn(here, app)
    const oore = { token: readFileSync(join(home.dir, 'admin-token'), 'utf8').trim() }

    const added = await ask('POST', `${here.oore}/api/repositories`, {
      ...oore,
      body: {
        provider: 'github',
        clone_url: `${here.github}/lumen-apps/greeter.git`,
        clone_username: 'x-access-token',
        clone_password: token,
        webhook_secret: app.webhook_secret,
      },
    })
    expect(added.status).toBe(201)
    const hookPath = `${here.oore}/api/repositories/${added.json.id}/webhook-url`
    const { url } = (await ask('GET', hookPath, oore)).json
    const config = `${here.github}/api/v3/app/hook/config`
    await ask('PATCH', config, { token: jwtOf(app), body: { url } })

    const pushed = await submit(`${here.github}/lumen-apps/greeter/push`, {
      branch: 'main',
      file: 'README.md',
      text: 'By hand',
      message: 'Write by <hand>',
    })
    expect(pushed.status).toBe(303)
    const page = () => textOf(`${here.github}/lumen-apps/greeter`)
    await eventually(async () => expect(await page()).toContain('<b>success</b>'), 60_000)
    expect(await page()).toContain('say-hello-in-french')
    expect(await textOf(`${here.github}/deliveries`)).toContain('202 OK')
    expect(await textOf(here.github)).not.toContain('otherwise than documented')

    const started = processTree(first.pid).filter((pid) => pid !== first.pid)
    process.kill(first.pid, 'SIGINT')
    expect(await first.ended).toBe(0)
    expect(started.filter(isAlive)).toEqual([])

    await using second = dev(home.dir)
    expect(await addressesOf(second)).toMatchObject({ github: here.github, oore: here.oore })
    expect(await page()).toContain('<b>success</b>')
    const shown = await ask('GET', `${here.github}/api/v3/app`, { token: jwtOf(app) })
    expect(shown.json).toMatchObject({ slug: 'oore-by-hand' })
    process.kill(second.pid, 'SIGINT')
    await second.ended

    await using anew = dev(home.dir, '--fresh')
    const now = await addressesOf(anew)
    expect(await textOf(now.github)).not.toContain('oore-by-hand')
  })

  test('GitLab asks by hand who one is, and its application is there', async () => {
    using home = makeHome()
    await using running = dev(home.dir)
    const here = await addressesOf(running)
    const query = new URLSearchParams({
      client_id: here.application,
      redirect_uri: `${here.oore}/setup/gitlab/callback`,
      response_type: 'code',
      state: 'abc',
      scope: 'api',
      code_challenge: 'c'.repeat(43),
      code_challenge_method: 'S256',
    })
    const path = `${here.gitlab}/oauth/authorize?${query}`
    expect(await textOf(path)).toContain('Continue as tom.okafor')
    const allowed = await submit(path, { username: 'tom.okafor', decision: 'allow' })
    expect(allowed.headers.get('location')).toMatch(
      /\/setup\/gitlab\/callback\?code=\w+&state=abc$/,
    )
    const denied = await submit(path, { decision: 'deny' })
    expect(denied.headers.get('location')).toContain('error=access_denied')
    expect(await textOf(`${here.gitlab}/lumen/apps/greeter`)).toContain('Say hello in French')

    await using twice = dev(home.dir)
    expect(await twice.ended).toBe(1)
    expect(twice.said()).toContain('run already')
  })

  test('--fresh removes nothing that it has not made', async () => {
    using home = makeHome()
    mkdirSync(home.dir, { recursive: true })
    const mine = join(home.dir, 'thesis.txt')
    writeFileSync(mine, 'mine')
    await using refused = dev(home.dir, '--fresh')
    expect(await refused.ended).toBe(1)
    expect(refused.said()).toContain('was not made by npm run dev')
    expect(existsSync(mine)).toBe(true)
  })

  test.each([
    { arg: '--help', code: 0, says: /^npm run dev: Oore/ },
    { arg: '--frehs', code: 2, says: /^✗ Unknown option '--frehs'\n\nnpm run dev: Oore/ },
  ])('$arg prints how it is used, and starts nothing', async ({ arg, code, says }) => {
    using home = makeHome()
    await using running = dev(home.dir, arg)
    expect(await running.ended).toBe(code)
    expect(running.said()).toMatch(says)
    expect(existsSync(home.dir)).toBe(false)
  })
})

type Addresses = { oore: string; github: string; gitlab: string; application: string }

async function addressesOf(running: Started): Promise<Addresses> {
  await running.says('Ctrl-C ends it')
  const said = running.said()
  const find = (pattern: RegExp) => pattern.exec(said)?.[1] ?? `no ${pattern} in ${said}`
  return {
    oore: find(/Oore at (http:\S+)/),
    github: find(/GitHub, made up, at (http:\S+)/),
    gitlab: find(/GitLab, made up, at (http:\S+)/),
    application: find(/application id +(\w+)/),
  }
}

/** Goes the way of the browser: the form, the button on the page it leads to, and the code. */
async function makeApp({ github, oore }: Addresses) {
  const manifest = JSON.stringify({
    name: 'Oore by hand',
    url: oore,
    hook_attributes: { url: `${oore}/api/webhooks/github` },
    redirect_url: `${oore}/setup/github/callback`,
    default_permissions: { contents: 'read', statuses: 'write' },
    default_events: ['push'],
  })
  const asking = await submit(`${github}/organizations/lumen-apps/settings/apps/new?state=abc`, {
    manifest,
  })
  expect(asking.status).toBe(200)
  const [, action = ''] =
    /action="([^"]+)"><[^>]+><button>Create GitHub App/.exec(asking.text) ?? []
  const agreed = await submit(`${github}${action.replaceAll('&amp;', '&')}`, { manifest })
  const code = new URL(agreed.headers.get('location') ?? '').searchParams.get('code')
  const made = await ask('POST', `${github}/api/v3/app-manifests/${code}/conversions`)
  expect(made.status).toBe(201)
  const { client_id: clientId, pem: privateKeyPem, slug, webhook_secret } = made.json
  return { clientId, privateKeyPem, slug, webhook_secret } as {
    clientId: string
    privateKeyPem: string
    slug: string
    webhook_secret: string
  }
}

async function installOn({ github }: Addresses, app: Awaited<ReturnType<typeof makeApp>>) {
  const path = `${github}/apps/${app.slug}/installations/new`
  expect(await textOf(path)).toContain('value="timetable"')
  await submit(path, { account: 'lumen-apps', repositories: 'greeter' })
  const token = jwtOf(app)
  const [installation] = (await ask('GET', `${github}/api/v3/app/installations`, { token })).json
  expect(installation).toMatchObject({ repository_selection: 'selected' })
  const tokens = `${github}/api/v3/app/installations/${installation.id}/access_tokens`
  return (await ask('POST', tokens, { token })).json as { token: string }
}

async function submit(url: string, fields: Record<string, string>) {
  const body = new URLSearchParams(fields)
  const answer = await fetch(url, { method: 'POST', body, redirect: 'manual' })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

const textOf = async (url: string): Promise<string> => (await fetch(url)).text()

const dev = (dir: string, ...args: string[]) => startScript(program, ['--dir', dir, ...args])

function makeHome() {
  const above = mkdtempSync(join(tmpdir(), 'oore-dev-'))
  return {
    dir: join(above, 'dev'),
    [Symbol.dispose]: () => rmSync(above, { recursive: true, force: true, maxRetries: 5 }),
  }
}
