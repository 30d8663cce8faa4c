import { createHmac, randomUUID } from 'node:crypto'
import { Browser, TestApp } from './app.ts'
import { type FakeGithub, startFakeGithub } from './fake-forges/github.ts'
import type { App, Installation } from './fake-forges/github/world.ts'
import { elementsOf, readHtml } from './html.ts'

/** What JSON.parse gives: a test says by its assertions what it expects of it. */
type Json = ReturnType<typeof JSON.parse>

/** A GitHub with an organization that `ada` owns, and Oore beside it. */
export class GithubWorld implements AsyncDisposable {
  private constructor(
    readonly github: FakeGithub,
    readonly app: TestApp,
    /** The browser that goes to GitHub and back; nobody is signed in to Oore in it. */
    readonly browser: Browser,
  ) {}

  static async start(settings: Record<string, string> = {}): Promise<GithubWorld> {
    let clock = () => Date.now()
    const github = await startFakeGithub({ now: () => clock() })
    const app = await TestApp.start({
      OORE_GITHUB_URL: github.url,
      OORE_GITHUB_API_URL: github.apiUrl,
      ...settings,
    })
    clock = app.services.clock
    github.addPerson('ada')
    github.addOrg('lumen', { ada: 'admin' })
    github.signIn('ada')
    return new GithubWorld(github, app, new Browser(app.asStranger))
  }

  /** Begins a setup and gives what the API answers. */
  async begin(body: object = { organization: 'lumen' }): Promise<{ id: string; url: string }> {
    const answer = await this.app.asAdmin('/api/github/setup', { json: body })
    if (answer.status !== 201) throw new Error(`setup: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as { id: string; url: string }
  }

  /** Opens the page of a setup and posts its form to GitHub; gives where GitHub sends the browser. */
  create(url: string): Promise<string> {
    return createApp(this.browser, this.github, url)
  }

  /** All of it: the App made, installed on `account`, and the browser back. */
  async connect(): Promise<{ app: App; installation: Installation }> {
    const { url } = await this.begin()
    const back = await this.browser.ask(pathOf(await this.create(url)))
    const installing = back.headers.get('location') ?? ''
    // Oore has no port here, so what GitHub tells it is handed over by `tell`.
    const [app] = this.github.world.apps.slice(-1)
    if (app === undefined) throw new Error('GitHub has no App')
    const hook = app.hookActive
    app.hookActive = false
    const installed = await fetch(installing, { redirect: 'manual' })
    app.hookActive = hook
    const done = await this.browser.ask(pathOf(installed.headers.get('location') ?? ''))
    if (done.status !== 200) throw new Error(`installed: ${done.status} ${await done.text()}`)
    const [installation] = this.github.world.installations.slice(-1)
    if (installation === undefined) throw new Error('GitHub has no installation')
    return { app, installation }
  }

  /** Hands a payload over to the App's webhook, signed by its secret unless told otherwise. `to` follows its address. */
  async tell(
    event: string,
    payload: object,
    { secret, id = randomUUID(), to = '' }: { secret?: string; id?: string; to?: string } = {},
  ): Promise<{ status: number; json: Json }> {
    const [app] = this.github.world.apps.slice(-1)
    const body = JSON.stringify(payload)
    const key = secret ?? app?.webhookSecret ?? ''
    const signature = createHmac('sha256', key).update(body).digest('hex')
    const answer = await this.app.asStranger(`/api/webhooks/github${to}`, {
      body,
      headers: {
        'content-type': 'application/json',
        'x-github-event': event,
        'x-github-delivery': id,
        'x-hub-signature-256': `sha256=${signature}`,
      },
    })
    return { status: answer.status, json: await answer.json() }
  }

  async api(path: string, ask: Parameters<TestApp['asAdmin']>[1] = {}): Promise<Json> {
    const answer = await this.app.asAdmin(`/api${path}`, ask)
    const text = await answer.text()
    return { status: answer.status, ...(text === '' ? {} : JSON.parse(text)) }
  }

  /** What Oore has of GitHub, by name: state and why. */
  async repositories(): Promise<Record<string, string>> {
    const { data } = await this.api('/repositories?provider=github')
    return Object.fromEntries(
      (data as Json[]).map((one) => [one.full_name, one.state_reason ?? one.state]),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app[Symbol.asyncDispose]()
    await this.github[Symbol.asyncDispose]()
  }
}

export const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url)
  return `${pathname}${search}`
}

/** Opens the page of a setup and posts its form to GitHub; gives where GitHub sends the browser. */
export async function createApp(
  browser: Browser,
  github: FakeGithub,
  url: string,
): Promise<string> {
  const elements = elementsOf(readHtml(await (await browser.ask(pathOf(url))).text()))
  const form = elements.find(
    ({ name, attributes }) => name === 'form' && attributes['action']?.startsWith(github.url),
  )
  const manifest = elements.find(({ attributes }) => attributes['name'] === 'manifest')
  const answer = await fetch(form?.attributes['action'] ?? '', {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ manifest: manifest?.attributes['value'] ?? '' }),
  })
  const to = answer.headers.get('location')
  if (to === null) throw new Error(`GitHub made no App: ${answer.status} ${await answer.text()}`)
  return to
}
