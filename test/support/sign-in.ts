import { type SignInApp, signInApps } from '../../src/core/sign-in/apps.ts'
import { openSession } from '../../src/core/sessions/open.ts'
import type { Role } from '../../src/core/access/actor.ts'
import { change } from '../../src/core/events/change.ts'
import { schema } from '../../src/db/client.ts'
import { defaultOrganizationId } from '../../src/db/schema/organizations.ts'
import { type Id, newId } from '../../src/lib/ids.ts'
import { operatorReach } from '../../src/lib/safe-fetch.ts'
import { Secret } from '../../src/lib/secret.ts'
import { Browser, type TestApp } from './app.ts'
import { type FakeGithub, startFakeGithub } from './fake-forges/github.ts'
import { type FakeGitlab, startFakeGitlab } from './fake-forges/gitlab.ts'

export const baseUrl = 'http://localhost:8080'

/** A GitHub and a GitLab at which people can sign in, both connected. */
export class Forges implements AsyncDisposable {
  private constructor(
    readonly github: FakeGithub,
    readonly gitlab: FakeGitlab,
  ) {}

  static async start(base = baseUrl): Promise<Forges> {
    const github = await startFakeGithub()
    const gitlab = await startFakeGitlab()
    github.addOrg('lumen')
    const app = github.addApp(
      {
        name: 'Oore',
        url: base,
        callback_urls: [`${base}/login/github/callback`],
        default_permissions: { emails: 'read', members: 'read' },
      },
      'lumen',
    )
    github.install(app, 'lumen')
    const oauth = gitlab.addApp([`${base}/login/gitlab/callback`])
    gitlab.addToken('glpat-of-the-connection')
    const both = new Forges(github, gitlab)
    signInApps.github = () => Promise.resolve([appAt(github, app, null)])
    signInApps.gitlab = () =>
      Promise.resolve([appAt(gitlab, oauth, new Secret('glpat-of-the-connection'))])
    return both
  }

  async [Symbol.asyncDispose](): Promise<void> {
    signInApps.github = () => Promise.resolve([])
    signInApps.gitlab = () => Promise.resolve([])
    await this.github[Symbol.asyncDispose]()
    await this.gitlab[Symbol.asyncDispose]()
  }
}

type Registered = { clientId: string; clientSecret: string }

export const instanceOf = ({ url }: { url: string }): string => new URL(url).host

const appAt = (
  forge: { url: string; apiUrl: string },
  { clientId, clientSecret }: Registered,
  token: Secret | null,
): SignInApp => ({
  instance: instanceOf(forge),
  url: new URL(forge.url),
  apiUrl: new URL(forge.apiUrl),
  reach: operatorReach,
  clientId,
  clientSecret: new Secret(clientSecret),
  lookUpToken: () => Promise.resolve(token),
})

type At = 'github' | 'gitlab'

/** Sets out from `/login` and lets the forge answer; the address that it sends the browser back to. */
export async function wayBack(
  browser: Browser,
  forges: Forges,
  at: At,
  fields: Record<string, string> = {},
): Promise<string> {
  const form = { instance: instanceOf(forges[at]), next: '/builds', ...fields }
  const off = await browser.ask(`/login/${at}`, { form })
  if (off.status !== 200) throw new Error(`setting out: ${off.status} ${await off.text()}`)
  const [, address = ''] =
    /http-equiv="refresh" content="0;url=([^"]+)"/.exec(await off.text()) ?? []
  const agreed = await fetch(address.replaceAll('&amp;', '&'), { redirect: 'manual' })
  const to = new URL(agreed.headers.get('location') ?? '')
  return `${to.pathname}${to.search}`
}

/** Signs in as whoever sits at the forge's browser. */
export async function signInAt(
  app: TestApp,
  forges: Forges,
  at: At,
  login: string,
  fields: Record<string, string> = {},
): Promise<{ browser: Browser; answer: Response }> {
  const browser = new Browser(app.asStranger)
  forges[at].signIn(login)
  const path = await wayBack(browser, forges, at, fields)
  const headers = { 'sec-fetch-site': 'cross-site' }
  return { browser, answer: await browser.ask(path, { headers }) }
}

/** Somebody with this role, who is signed in. */
export async function personWith(
  app: TestApp,
  role: Role,
  name: string = role,
): Promise<{ id: Id; browser: Browser }> {
  const ctx = app.services.as({ is: 'system' })
  const now = ctx.clock()
  const id = newId()
  const session = await change(ctx, async (tx, record) => {
    await tx.insert(schema.users).values({
      id,
      organizationId: defaultOrganizationId,
      name,
      role,
      invitedRole: role,
      state: 'active',
      lastSignedInAt: now,
      createdAt: now,
      updatedAt: now,
    })
    return openSession(ctx, tx, record, { ip: '127.0.0.1', userAgent: 'vitest' }, true, id)
  })
  const browser = new Browser(app.asStranger)
  browser.cookies.set('oore_session', session.cookie.reveal())
  return { id, browser }
}
