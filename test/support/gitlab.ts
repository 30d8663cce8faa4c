import type { TestApp } from './app.ts'
import { Browser } from './app.ts'
import type { startFakeGitlab } from './fake-forges/gitlab.ts'

type FakeGitlab = Awaited<ReturnType<typeof startFakeGitlab>>
/** What JSON.parse gives: a test says by its assertions what it expects of it. */
type Json = ReturnType<typeof JSON.parse>

/** Settings of a server that may reach a fake on loopback. */
export const loopbackSettings = { OORE_GITLAB_ALLOWED_CIDRS: '127.0.0.0/8' }

/** Asks the API of a test's application as the admin. */
export async function api(
  app: TestApp,
  method: string,
  path: string,
  json?: unknown,
): Promise<{ status: number; json: Json }> {
  const ask = { method, ...(json === undefined ? {} : { json }) }
  const answer = await app.asAdmin(`/api${path}`, ask)
  return { status: answer.status, json: await answer.json() }
}

/** Registers the application that the fake makes for this server. */
export function register(app: TestApp, gitlab: FakeGitlab, more: Record<string, unknown> = {}) {
  const callback = new URL('/setup/gitlab/callback', app.services.config.baseUrl).href
  const { clientId, clientSecret } = gitlab.addApp([callback])
  return api(app, 'POST', '/gitlab/register', {
    instance: gitlab.url,
    client_id: clientId,
    client_secret: clientSecret,
    ...more,
  })
}

/** Sets out in a browser: where GitLab is to be asked, and what waits for the end. */
export async function begin(app: TestApp, instance?: string) {
  const { json } = await api(app, 'POST', '/gitlab/setup', instance ? { instance } : {})
  const browser = new Browser(app.asStranger)
  const page = await browser.ask(pathOf(json.url))
  const [, address = ''] = /^0; url=(.+)$/.exec(page.headers.get('refresh') ?? '') ?? []
  return { id: json.id as string, browser, address, start: json.url }
}

/** What GitLab answers the browser: where it sends it back to. */
export async function passGitlab(address: string): Promise<string> {
  const answer = await fetch(address, { redirect: 'manual' })
  return answer.headers.get('location') ?? ''
}

/** Authorizes in a browser, whose person sits at the fake; gives the last page. */
export async function authorize(app: TestApp, instance?: string): Promise<Response> {
  const { browser, address } = await begin(app, instance)
  return browser.ask(pathOf(await passGitlab(address)))
}

/** A fake that is connected: `ines` has authorized. */
export async function connect(app: TestApp, gitlab: FakeGitlab): Promise<void> {
  if (!gitlab.world.people.some(({ username }) => username === 'ines')) gitlab.addPerson('ines')
  gitlab.signIn('ines')
  const registered = await register(app, gitlab)
  if (registered.status !== 201) throw new Error(JSON.stringify(registered.json))
  const page = await authorize(app, gitlab.url)
  if (page.status !== 200) throw new Error(await page.text())
}

export const pathOf = (address: string): string => {
  const { pathname, search } = new URL(address)
  return `${pathname}${search}`
}
