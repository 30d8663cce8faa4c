import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { type FakeGitlab, startFakeGitlab } from '../support/fake-forges/gitlab.ts'
import { type Oore, startOore, workflow } from '../support/oore.ts'
import { visit } from '../support/visitor.ts'

const settings = { OORE_GITLAB_ALLOWED_CIDRS: '127.0.0.0/8' }

type How = { javaScript: boolean }

describe.each([{ javaScript: true }, { javaScript: false }])('javaScript: $javaScript', (how) => {
  test('GitLab is registered, authorized, its projects enabled, and disconnected', async () => {
    await using gitlab = await startFakeGitlab()
    await using oore = await startOore(settings)
    gitlab.addPerson('ines')
    gitlab.signIn('ines')
    const files = { 'oore.yaml': workflow('true') }
    for (let n = 1; n <= 25; n += 1) {
      gitlab.addProject(`lumen/app-${n}`, { dir: null, members: { ines: 30 } })
    }
    gitlab.addProject('lumen/wallet', { files, members: { ines: 40 } })
    gitlab.addProject('lumen/coins', { dir: null, archived: true, members: { ines: 40 } })

    await using browser = await visit(oore, '/settings/gitlab', { ...how, width: 1000 })
    const { page, complaints } = browser
    await page.getByText('No GitLab is connected yet.').waitFor()
    await register(page, oore, gitlab, how)
    await page.getByText('Not authorized yet').waitFor()

    await page.getByRole('button', { name: 'Authorize' }).click()
    await page.getByText('is connected as @ines.').waitFor()
    await page.getByRole('link', { name: 'Choose projects' }).click()
    await page.getByText('@ines').waitFor()
    await isForEveryone(page, how)

    await page.getByRole('link', { name: 'Projects', exact: true }).click()
    await page.getByText('lumen/coins').waitFor()
    await isForEveryone(page, how)
    await page.getByRole('link', { name: /Next/ }).click()
    await page.getByText('lumen/app-1', { exact: true }).waitFor()
    await page.getByLabel('Search', { exact: true }).fill('wallet')
    await page.getByRole('button', { name: 'Search', exact: true }).click()
    await page.getByRole('button', { name: 'Enable lumen/wallet' }).click()
    await page.getByRole('heading', { level: 1, name: 'lumen/wallet' }).waitFor()
    expect(gitlab.world.hooks).toHaveLength(1)

    await page.goto(`${oore.url}/settings/gitlab`)
    await page.getByRole('link', { name: 'Projects', exact: true }).click()
    await page.getByRole('link', { name: 'Enable…' }).click()
    await page.getByRole('button', { name: /archived or not/ }).click()
    await page.getByRole('heading', { level: 1, name: 'lumen/coins' }).waitFor()

    await page.goto(`${oore.url}/settings/gitlab`)
    await page.getByRole('link', { name: 'Projects', exact: true }).click()
    await page.getByRole('button', { name: 'Disable lumen/wallet' }).click()
    await page.getByRole('button', { name: 'Enable lumen/wallet' }).waitFor()

    await page.goto(`${oore.url}/settings/gitlab`)
    await page.getByRole('link', { name: 'Disconnect…' }).click()
    await page.getByText('enabled project is paused').waitFor()
    await page.getByRole('button', { name: 'Disconnect', exact: true }).click()
    await page.getByText('No GitLab is connected yet.').waitFor()
    expect(gitlab.world.hooks).toEqual([])
    // The form that was refused at first.
    expect(complaints.filter((one) => !one.includes('status of 422'))).toEqual([])
    expect(gitlab.breaches).toEqual([])
  })

  test('what was lost is said on every page, and mended by authorizing again', async () => {
    await using gitlab = await startFakeGitlab()
    await using oore = await startOore(settings)
    gitlab.addPerson('ines')
    gitlab.signIn('ines')
    await using browser = await visit(oore, '/settings/gitlab', how)
    const { page } = browser
    await register(page, oore, gitlab, how)
    await page.getByRole('button', { name: 'Authorize' }).click()
    await page.getByText('is connected as @ines.').waitFor()
    gitlab.revokeAll()
    await page.goto(`${oore.url}/settings/gitlab`)
    await page.getByRole('button', { name: 'Refresh the token' }).click()
    await page.getByText('To be authorized again').waitFor()
    await page.goto(`${oore.url}/builds`)
    await page.getByText('has no access to').waitFor()
    await page.getByRole('link', { name: 'Authorize again' }).click()
    await page.getByRole('button', { name: 'Authorize again' }).click()
    await page.getByText('is connected as @ines.').waitFor()
    await page.goto(`${oore.url}/builds`)
    await page.getByRole('heading', { level: 1, name: 'Builds' }).waitFor()
    expect(await page.getByText('has no access to').count()).toBe(0)
  })
})

/** Fills the form, at first with an address that is refused. */
async function register(page: Page, oore: Oore, gitlab: FakeGitlab, how: How): Promise<void> {
  const { clientId, clientSecret } = gitlab.addApp([`${oore.url}/setup/gitlab/callback`])
  await page.getByLabel('Address').fill('http://gitlab.example.com')
  await page.getByLabel('Application ID').fill(clientId)
  await page.getByLabel('Secret').fill(clientSecret)
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByText('http://, which would send tokens unprotected').first().waitFor()
  await isForEveryone(page, how)
  expect(await page.getByLabel('Secret').inputValue()).toBe('')
  expect(await page.getByLabel('Application ID').inputValue()).toBe(clientId)
  await page.getByLabel('Address').fill(gitlab.url)
  await page.getByLabel('Secret').fill(clientSecret)
  await page.getByRole('button', { name: 'Register' }).click()
}

/** Axe needs scripts itself. */
async function isForEveryone(page: Page, { javaScript }: How): Promise<void> {
  if (!javaScript) return
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`)).toEqual([])
}
