import { type FakeGithub, startFakeGithub } from '../support/fake-forges/github.ts'
import type { Manifest } from '../support/fake-forges/github/apps.ts'
import { jwtOf } from './asking.ts'

/** What an App of Oore's is registered with. */
export const manifest = (hookUrl = 'http://127.0.0.1:1/hook'): Manifest => ({
  name: 'Oore of Lumen',
  url: 'http://127.0.0.1:8080',
  hook_attributes: { url: hookUrl },
  redirect_url: 'http://127.0.0.1:8080/github/created',
  callback_urls: ['http://127.0.0.1:8080/sign-in/github/callback'],
  setup_url: 'http://127.0.0.1:8080/github/installed',
  public: false,
  default_permissions: {
    checks: 'write',
    contents: 'read',
    email_addresses: 'read',
    members: 'read',
    pull_requests: 'write',
    statuses: 'write',
  },
  default_events: ['push', 'pull_request', 'repository', 'check_run', 'check_suite'],
})

/** A company with an App on it, a private and a public repository. */
export async function company(hookUrl?: string) {
  const github = await startFakeGithub()
  github.addPerson('ines', { name: 'Inês Ferro' })
  github.addPerson('passer-by')
  github.addOrg('lumen', { ines: 'admin' })
  const wallet = github.addRepository('lumen/wallet')
  const site = github.addRepository('lumen/site', { private: false })
  github.signIn('ines')
  const app = github.addApp(manifest(hookUrl), 'lumen')
  const installation = github.install(app, 'lumen')
  return { github, app, installation, wallet, site, jwt: jwtOf(app) }
}

/** An address of the API. */
export const api = (github: FakeGithub, path: string) => `${github.apiUrl}${path}`
