import { AxeBuilder } from '@axe-core/playwright'
import { describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type FakeGithub, startFakeGithub } from '../support/fake-forges/github.ts'
import { type Oore, startOore, workflow } from '../support/oore.ts'
import { visit } from '../support/visitor.ts'

const buildWithinMs = 30_000

describe.each([{ javaScript: true }, { javaScript: false }])('javaScript: $javaScript', (how) => {
  test('GitHub is connected once, its repositories come, and a push is built', async () => {
    await using github = await startFakeGithub()
    github.addPerson('ada')
    github.addOrg('lumen', { ada: 'admin' })
    github.signIn('ada')
    github.askByHand()
    const wallet = github.addRepository('lumen/wallet')
    github.addRepository('lumen/site')
    await using oore = await startOore({
      OORE_GITHUB_URL: github.url,
      OORE_GITHUB_API_URL: github.apiUrl,
    })
    await using browser = await visit(oore, '/settings', how)
    const { page, complaints } = browser

    await page.getByRole('link', { name: 'GitHub', exact: true }).click()
    await page.getByLabel('Organization').fill('lumen')
    await page.getByRole('button', { name: 'Connect GitHub' }).click()
    await page.getByRole('heading', { name: 'Create the GitHub App' }).waitFor()
    await page.getByRole('button', { name: 'Go on to GitHub' }).click()
    await page.getByRole('button', { name: 'Create GitHub App' }).click()
    await page.locator('input[value="site"]').first().uncheck()
    await page.getByRole('button', { name: 'Install on these' }).first().click()
    await page.getByRole('heading', { name: 'GitHub is connected' }).waitFor()
    await page.getByText('1 repository is here from lumen.').waitFor()
    await page.getByRole('link', { name: 'To the settings of GitHub' }).click()
    await page.getByRole('heading', { level: 1, name: 'GitHub' }).waitFor()
    const row = page.getByRole('row', { name: /lumen/ })
    expect(await row.textContent()).toContain('Active')
    if (how.javaScript) {
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
      expect(violations.map(({ id }) => id)).toEqual([])
    }

    await row.getByRole('link', { name: 'lumen', exact: true }).click()
    await page.getByRole('link', { name: 'lumen/wallet', exact: true }).click()
    await page.getByText('By the GitHub App').waitFor()

    await github.push(wallet, { files: { 'oore.yaml': workflow('cat README.md') } })
    await oore.ended(await newestBuild(oore))
    await page.reload()
    await page.getByText('Succeeded').first().waitFor()
    // Its code came by git, with a token for this one repository that may do no more than read.
    expect(github.gitRequests.some((request) => request.includes('lumen/wallet.git'))).toBe(true)
    expect(limitedTokens(github)).toContainEqual([
      [wallet.id],
      { contents: 'read', metadata: 'read' },
    ])

    await page.goto(`${oore.url}/settings/github`)
    await page.getByRole('link', { name: 'Disconnect…' }).click()
    await page.getByText('1 repository is paused').waitFor()
    await page.getByRole('button', { name: 'Disconnect GitHub' }).click()
    await page.getByText('GitHub is not connected yet.').waitFor()
    // GitHub has an icon for its pages, which the fake has not.
    const isOurs = (text: string) => !/favicon\.ico|404/.test(text)
    expect(github.breaches.filter(isOurs)).toEqual([])
    expect(complaints.filter(isOurs)).toEqual([])
  })
})

const limitedTokens = (github: FakeGithub) =>
  github.world.tokens.flatMap((token) =>
    token.is === 'installation' && token.repositoryIds !== null
      ? [[token.repositoryIds, token.permissions]]
      : [],
  )

const newestBuild = (oore: Oore): Promise<string> =>
  eventually(async () => {
    const { json } = await oore.api('GET', '/builds')
    if (json.data.length === 0) {
      const told = (await oore.api('GET', '/webhooks/events')).json
      throw new Error(`no build yet: ${JSON.stringify(told.data.map((one: object) => one))}`)
    }
    return json.data[0].id as string
  }, buildWithinMs)
