import { randomBytes } from 'node:crypto'
import { type Call, type Reply, type Route, textIn } from '../forge.ts'
import { button, escaped, page } from '../page.ts'
import { faultsOfManifest, installApp, installationAt, type Manifest, registerApp } from './apps.ts'
import { notFound, type Scene } from './bearer.ts'
import { created, goTo } from './pages.ts'
import { accountShape, appShape } from './shapes.ts'
import { type App, type Installation, isName, type World } from './world.ts'

const conversionMs = 3_600_000

/** Whether a person is asked in the browser, or taken to have agreed. */
export type Approval = { byHand: boolean }

export type Installed = (installation: Installation, isNew: boolean) => Promise<unknown>

/** The manifest flow, from the form that Oore posts to the App that comes of it, and its installation. */
export function manifestRoutes(scene: Scene, approval: Approval, installed: Installed): Route[] {
  const { world } = scene

  function begin(call: Call, owner: string | null): Reply {
    const text = textIn(call.fields, 'manifest')
    const state = call.query.get('state')
    const manifest = manifestIn(text)
    const faults = manifest === null ? ['manifest is no JSON'] : faultsOfManifest(world, manifest)
    if (state === null) scene.breaches.push('the manifest flow began without a state')
    if (owner === null) return page(403, 'Sign in to GitHub', '<p>Nobody is signed in.</p>')
    if (manifest === null || faults.length > 0) {
      scene.breaches.push(...faults.map((fault) => `manifest: ${fault}`))
      return page(422, 'Invalid GitHub App configuration', list(faults))
    }
    if (typeof manifest['redirect_url'] !== 'string') {
      scene.breaches.push('manifest: redirect_url is missing')
      return page(422, 'Invalid GitHub App configuration', '<p>redirect_url is missing.</p>')
    }
    if (!approval.byHand || call.query.has('confirmed')) {
      return create(manifest as Manifest, owner, state)
    }
    const again = new URL(call.path, scene.url())
    again.searchParams.set('confirmed', '1')
    return page(
      200,
      `Create GitHub App for ${owner}`,
      button(`${again.pathname}${again.search}`, 'Create GitHub App', { manifest: text ?? '' }) +
        list(Object.entries(manifest).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)),
    )
  }

  function create(manifest: Manifest, owner: string, state: string | null): Reply {
    const app = registerApp(scene, manifest, owner)
    const code = randomBytes(20).toString('hex')
    world.codes.push({
      is: 'manifest',
      code,
      appId: app.id,
      untilMs: scene.now() + conversionMs,
    })
    const to = new URL(manifest.redirect_url ?? '')
    to.searchParams.set('code', code)
    if (state !== null) to.searchParams.set('state', state)
    return goTo(to.href)
  }

  async function install(call: Call, app: App): Promise<Reply> {
    const account = textIn(call.fields, 'account') ?? accountsFor(world)[0]
    if (account === undefined) return page(403, 'Sign in to GitHub', '<p>Nobody is signed in.</p>')
    if (!app.public && !isName(account, app.owner)) {
      return page(404, 'Not found', `<p>${app.name} is private to ${app.owner}.</p>`)
    }
    const earlier = installationAt(world, app, account)
    const wanted = chosen(world, account, call.fields['repositories'], call.fields['selection'])
    const installation = earlier ?? installApp(scene, app, account, wanted)
    if (earlier !== null) {
      earlier.selection = wanted === 'all' ? 'all' : 'selected'
      earlier.repositoryIds = wanted === 'all' ? [] : wanted
    }
    await installed(installation, earlier === null)
    if (app.setupUrl === null) {
      return goTo(`/organizations/${account}/settings/installations/${installation.id}`)
    }
    const to = new URL(app.setupUrl)
    to.searchParams.set('installation_id', String(installation.id))
    to.searchParams.set('setup_action', earlier === null ? 'install' : 'update')
    const state = call.query.get('state')
    if (state !== null) to.searchParams.set('state', state)
    return goTo(to.href)
  }

  const installPage = (path: string): Route[] => [
    {
      method: 'GET',
      path,
      answer: (call) => {
        const app = appAt(world, call)
        return approval.byHand
          ? page(200, `Install ${app.name}`, installForms(world, app, call.path))
          : install(call, app)
      },
    },
    { method: 'POST', path, answer: (call) => install(call, appAt(world, call)) },
  ]

  return [
    {
      method: 'POST',
      path: '/settings/apps/new',
      answer: (call) => begin(call, world.currentPerson),
    },
    {
      method: 'POST',
      path: '/organizations/:org/settings/apps/new',
      answer(call) {
        const org = world.orgs.find((one) => isName(one.login, call.params['org'] ?? ''))
        const person = world.currentPerson
        // GitHub hides the settings of an organization from who does not own it.
        if (org === undefined || (person !== null && org.members[person]?.role !== 'admin')) {
          return page(404, 'Not found', '<p>This is not the web page you are looking for.</p>')
        }
        return begin(call, person === null ? null : org.login)
      },
    },
    // On github.com Apps are at /apps, on an Enterprise Server at /github-apps.
    ...installPage('/apps/:slug/installations/new'),
    ...installPage('/github-apps/:slug/installations/new'),
  ]
}

/** Gives the new App's keys for the code, once. It is asked without any token. */
export const conversionRoute = (scene: Scene): Route => ({
  method: 'POST',
  path: '/app-manifests/:code/conversions',
  answer(call) {
    const { world } = scene
    const at = world.codes.findIndex(
      (one) => one.is === 'manifest' && one.code === call.params['code'],
    )
    const [code] = at < 0 ? [] : world.codes.splice(at, 1)
    if (code?.is !== 'manifest' || code.untilMs <= scene.now()) throw notFound()
    const app = world.apps.find((one) => one.id === code.appId)
    if (app === undefined) throw notFound()
    return created({
      ...appShape(scene, app),
      owner: accountShape(scene, app.owner),
      client_secret: app.clientSecret,
      webhook_secret: app.webhookSecret,
      pem: app.privateKeyPem,
    })
  },
})

function appAt(world: World, call: Call): App {
  const app = world.apps.find((one) => one.slug === call.params['slug'])
  if (app === undefined) throw notFound()
  return app
}

/** The accounts on which the current person may install: organizations they own, then their own. */
function accountsFor(world: World): string[] {
  const person = world.currentPerson
  if (person === null) return []
  const owned = world.orgs.filter((org) => org.members[person]?.role === 'admin')
  return [...owned.map((org) => org.login), person]
}

function chosen(
  world: World,
  account: string,
  repositories: unknown,
  selection: unknown,
): number[] | 'all' {
  if (selection === 'all' || repositories === undefined) return 'all'
  const names = Array.isArray(repositories) ? repositories : [repositories]
  const mine = world.repositories.filter((one) => isName(one.owner, account))
  return mine.filter((one) => names.includes(one.name)).map((one) => one.id)
}

function installForms(world: World, app: App, path: string): string {
  return accountsFor(world)
    .filter((account) => app.public || isName(account, app.owner))
    .map((account) => {
      const mine = world.repositories.filter((one) => isName(one.owner, account))
      const choices = mine.map(
        ({ name }) =>
          `<label><input type="checkbox" name="repositories" value="${name}" checked> ${name}</label><br>`,
      )
      return (
        `<h2>On ${account}</h2>` +
        button(path, 'Install', { account, selection: 'all' }, '<p>All repositories</p>') +
        button(path, 'Install on these', { account }, choices.join(''))
      )
    })
    .join('')
}

function manifestIn(text: string | null): Record<string, unknown> | null {
  try {
    const read = JSON.parse(text ?? '') as unknown
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : null
  } catch {
    return null
  }
}

const list = (lines: readonly string[]): string =>
  `<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>`
