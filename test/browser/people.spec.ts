import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.ts'
import { type FakeGithub, startFakeGithub } from '../support/fake-forges/github.ts'
import { startFakeGitlab } from '../support/fake-forges/gitlab.ts'
import { type Oore, startOore } from '../support/oore.ts'
import { visit } from '../support/visitor.ts'

describe.each([
  { javaScript: true, width: 1280 },
  { javaScript: false, width: 360 },
])('javaScript: $javaScript, $width pixels', (how) => {
  test('an owner is invited, signs in with GitHub, lets a whole organization in, and keeps one out', async () => {
    await using github = await startFakeGithub()
    github.addPerson('mara', { name: 'Mara Lindqvist' })
    github.addPerson('tomas')
    github.addOrg('lumen', { mara: 'admin', tomas: 'member' })
    await using oore = await startOore({
      OORE_GITHUB_URL: github.url,
      OORE_GITHUB_API_URL: github.apiUrl,
    })
    await connect(oore, github)
    await using admin = await visit(oore, '/settings/people', how)
    await admin.page.getByRole('link', { name: 'Invite somebody' }).click()
    await admin.page.getByLabel('Login').fill('mara')
    await admin.page.getByLabel('Role').selectOption('owner')
    await admin.page.getByRole('button', { name: 'Invite', exact: true }).click()
    await admin.page.getByText('Invited, and has not come yet').waitFor()

    await using owner = await openBrowser(how)
    await signIn(owner.page, oore, github, 'mara', '/settings/people')
    await owner.page.getByRole('heading', { level: 1, name: 'People' }).waitFor()
    expect(owner.page.url()).toBe(`${oore.url}/settings/people`)
    await owner.page.getByRole('link', { name: 'Mara Lindqvist' }).waitFor()
    await clean(owner.page, how)
    await owner.page.getByRole('link', { name: 'Who may enter…' }).click()
    await owner.page.getByLabel('Organization or group').fill('lumen')
    await owner.page.getByLabel('Role').selectOption('viewer')
    await owner.page.getByRole('button', { name: 'Let them enter' }).click()
    await owner.page.getByRole('cell', { name: /^lumen GitHub/ }).waitFor()
    await clean(owner.page, how)

    await using viewer = await openBrowser(how)
    await signIn(viewer.page, oore, github, 'tomas', '/builds')
    await viewer.page.getByRole('heading', { level: 1, name: 'Builds' }).waitFor()
    await viewer.page.locator('summary[aria-label="Menu"]').click()
    expect(await viewer.page.getByRole('link', { name: 'Settings' }).count()).toBe(0)
    await viewer.page.getByRole('link', { name: 'Your account' }).click()
    await viewer.page.getByText('You are viewer here').waitFor()
    await clean(viewer.page, how)

    await owner.page.goto(`${oore.url}/settings/people`)
    await owner.page.getByRole('link', { name: 'tomas' }).click()
    await owner.page.getByRole('button', { name: 'Disable' }).click()
    await owner.page.getByText('May not enter, whatever').waitFor()
    await viewer.page.reload()
    await viewer.page.getByRole('heading', { name: 'Sign in to Oore' }).waitFor()
    await signIn(viewer.page, oore, github, 'tomas', '/')
    await viewer.page.getByText('tomas of GitHub').waitFor()
    await clean(viewer.page, how)

    await owner.page.goto(`${oore.url}/account`)
    await owner.page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await owner.page.getByRole('heading', { name: 'Sign in to Oore' }).waitFor()
    const isOurs = (text: string) => !/favicon\.ico|404|403/.test(text)
    expect(github.breaches.filter(isOurs)).toEqual([])
    for (const { complaints } of [admin, owner, viewer]) {
      expect(complaints.filter(isOurs)).toEqual([])
    }
  })
})

test.each([{ javaScript: true }, { javaScript: false }])(
  'who was invited signs in with GitLab, where they wanted to go; javaScript: $javaScript',
  async ({ javaScript }) => {
    await using gitlab = await startFakeGitlab()
    gitlab.addPerson('ines', { email: 'ines@lumen.example' })
    gitlab.addPerson('eve', { email: 'ines@lumen.example', confirmedAt: null })
    await using oore = await startOore({ OORE_GITLAB_ALLOWED_CIDRS: '127.0.0.0/8' })
    const shown = (await oore.api('GET', '/gitlab')).json
    const { clientId, clientSecret } = gitlab.addApp([
      shown.redirect_uri,
      shown.sign_in_redirect_uri,
    ])
    const registered = await oore.api('POST', '/gitlab/register', {
      instance: gitlab.url,
      client_id: clientId,
      client_secret: clientSecret,
    })
    expect(registered.status).toBe(201)
    await oore.api('POST', '/users', { email: 'ines@lumen.example', role: 'developer' })

    for (const [login, heading] of [
      ['eve', 'Sign in to Oore'],
      ['ines', 'Webhooks'],
    ] as const) {
      await using browser = await openBrowser({ javaScript })
      gitlab.signIn(login)
      await browser.page.goto(`${oore.url}/webhooks`)
      await browser.page.getByRole('button', { name: /Sign in with GitLab/ }).click()
      await browser.page.getByRole('heading', { level: 1, name: heading }).waitFor()
      expect((await browser.page.content()).includes('eve of GitLab')).toBe(login === 'eve')
    }
    expect(gitlab.breaches.filter((text) => !text.includes('favicon'))).toEqual([])
  },
)

/** As an administrator does it once, in a browser of their own. */
async function connect(oore: Oore, github: FakeGithub): Promise<void> {
  github.signIn('mara')
  await using browser = await visit(oore, '/settings/github')
  const { page } = browser
  await page.getByLabel('Organization').fill('lumen')
  await page.getByRole('button', { name: 'Connect GitHub' }).click()
  await page.getByRole('button', { name: 'Go on to GitHub' }).click()
  await page.getByRole('heading', { name: 'GitHub is connected' }).waitFor()
}

async function signIn(page: Page, oore: Oore, github: FakeGithub, login: string, next: string) {
  github.signIn(login)
  await page.goto(`${oore.url}/login?next=${encodeURIComponent(next)}`)
  await page.getByRole('button', { name: /Sign in with GitHub/ }).click()
}

/** Nothing for axe to find, and nothing beyond the edge of a phone. */
async function clean(page: Page, { javaScript }: { javaScript: boolean }): Promise<void> {
  if (javaScript) {
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
    expect(violations.map(({ id }) => id)).toEqual([])
    return
  }
  const width = await page.locator('main').evaluate((main) => main.ownerDocument.body.scrollWidth)
  expect(width).toBeLessThanOrEqual(360)
}
