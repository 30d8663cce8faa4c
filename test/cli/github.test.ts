import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../src/cli/exit.ts'
import { Browser } from '../support/app.ts'
import { eventually } from '../support/eventually.ts'
import { startFakeGithub } from '../support/fake-forges/github.ts'
import { createApp, pathOf } from '../support/github-app.ts'
import { type Oore, startOore } from '../support/oore.ts'

async function start() {
  const github = await startFakeGithub()
  github.addPerson('ada')
  github.addOrg('lumen', { ada: 'admin' })
  github.signIn('ada')
  github.addRepository('lumen/wallet')
  const settings = { OORE_GITHUB_URL: github.url, OORE_GITHUB_API_URL: github.apiUrl }
  const oore = await startOore(settings)
  return {
    github,
    oore,
    async [Symbol.asyncDispose]() {
      await oore[Symbol.asyncDispose]()
      await github[Symbol.asyncDispose]()
    },
  }
}

/** The command, under way. */
function begin(oore: Oore, args: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, [resolve('bin/oore'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', OORE_SERVER: oore.url, OORE_TOKEN: oore.token },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
  const ended = new Promise<number | null>((done) => child.once('close', done))
  return { said, ended }
}

async function run(oore: Oore, ...args: string[]) {
  const { said, ended } = begin(oore, args)
  return { code: await ended, ...said }
}

/** The address that the command printed for the browser. */
const addressIn = (said: { stdout: string }): Promise<string> =>
  eventually(() => {
    const found = /^ {2}(http\S+\/setup\/github\/new\?\S+)$/m.exec(said.stdout)?.[1]
    if (found === undefined) throw new Error(`no address yet: ${said.stdout}`)
    return found
  }, 15_000)

const browserOf = (oore: Oore): Browser =>
  new Browser((path, { headers = {} } = {}) =>
    fetch(`${oore.url}${path}`, { headers, redirect: 'manual' }),
  )

describe('oore github', () => {
  test('sets up by an address that it prints, and shows, syncs and disconnects', async () => {
    await using it = await start()
    const { oore, github } = it
    expect((await run(oore, 'github', 'status')).stdout).toContain('oore github setup')

    const setup = begin(oore, ['github', 'setup', '--org', 'lumen'])
    const browser = browserOf(oore)
    const back = await browser.ask(
      pathOf(await createApp(browser, github, await addressIn(setup.said))),
    )
    expect(await setup.ended).toBe(exitCodes.ok)
    expect(setup.said.stdout).toMatch(/GitHub App created successfully: Oore 127\.0\.0\.1 \w{4}/)

    const installed = await fetch(back.headers.get('location') ?? '', { redirect: 'manual' })
    await browser.ask(pathOf(installed.headers.get('location') ?? ''))
    expect((await run(oore, 'repo', 'list')).stdout).toContain('lumen/wallet\tactive')
    const status = await run(oore, 'github', 'status')
    expect(status.stdout).toMatch(/State: +works\nWebhook: +as it should be\n/)
    expect(status.stdout).toMatch(/Installed on: +lumen\n/)
    const installations = await run(oore, 'github', 'installations')
    expect(installations.stdout).toMatch(/^lumen\t1\tall\t\S+\tactive\n$/)
    github.addRepository('lumen/site')
    expect((await run(oore, 'github', 'sync')).stdout).toBe(
      '2 repositories of 1 account: 1 added, 0 paused.\n',
    )
    expect(await run(oore, 'github', 'setup')).toMatchObject({
      code: exitCodes.conflict,
      stderr: expect.stringContaining('--replace'),
    })
    expect(await run(oore, 'github', 'disconnect')).toMatchObject({ code: exitCodes.usage })
    expect(await run(oore, 'github', 'disconnect', '--yes')).toMatchObject({
      code: exitCodes.ok,
      stdout: expect.stringContaining('The App itself stays on GitHub'),
    })
    expect((await run(oore, 'repo', 'list')).stdout).toContain('lumen/wallet\tinactive')
  })

  test('ends with 2 where it was denied, and with 1 where nobody came', async () => {
    await using it = await start()
    const setup = begin(it.oore, ['github', 'setup'])
    const url = await addressIn(setup.said)
    const browser = browserOf(it.oore)
    await browser.ask(pathOf(url))
    const state = new URL(url).searchParams.get('state')
    await browser.ask(`/setup/github/callback?error=access_denied&state=${state}`)
    expect([await setup.ended, setup.said.stderr]).toEqual([
      exitCodes.usage,
      expect.stringContaining('access was denied'),
    ])
    expect(await run(it.oore, 'github', 'setup', '--wait', '0.2')).toMatchObject({
      code: exitCodes.failure,
      stderr: expect.stringContaining('Run oore github setup again'),
    })
  })
})
