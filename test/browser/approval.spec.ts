import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { forkCommit, forkRefs, of, type ForkedCommit } from '../support/forks.ts'
import { type KnownRepo, type Oore, startOore } from '../support/oore.ts'
import { showsState, visit } from '../support/visitor.ts'

let oore: Oore
beforeAll(async () => {
  oore = await startOore()
})
afterAll(() => oore[Symbol.asyncDispose]())

const content = JSON.stringify({
  workflows: {
    check: {
      name: 'Check',
      triggering: { events: ['pull_request'] },
      scripts: ['cat lib/rounding.txt'],
    },
  },
})

let repo: KnownRepo
let commit: ForkedCommit
let id: string
beforeEach(async () => {
  repo = await oore.repo({ 'oore.yaml': content }, 'github')
  commit = forkCommit(repo.git, forkRefs.github, {
    'oore.yaml': content.replace('cat lib', 'curl evil.example; cat lib'),
    'lib/rounding.txt': 'half to even\n',
    'tool/release.sh': 'true\n',
  })
  const asked = await repo.told('github', 'pull_request.opened.fork', of(commit.head))
  id = asked.build_ids[0] ?? ''
})

describe.each([true, false])('with JavaScript: %s', (javaScript) => {
  test('a fork’s commit is found on the dashboard, looked at and approved', async () => {
    await using browser = await visit(oore, '/', { javaScript })
    const { page, complaints } = browser
    await page.getByRole('heading', { name: 'Needs approval' }).waitFor()
    await page.locator(`a[href="/builds/${id}/approval"]`).click()
    await page.getByRole('heading', { level: 1, name: 'May this commit run here?' }).waitFor()
    const text = (await page.textContent('main')) ?? ''
    for (const shown of [commit.head, commit.merge, 'passer-by/wallet', 'Pull request #87']) {
      expect(text).toContain(shown)
    }
    expect(await page.locator('ins.diff-added').textContent()).toContain('curl evil.example')
    expect(await page.locator('.risky li').allTextContents()).toEqual([
      expect.stringMatching(/^oore\.yaml.*not for this build/),
      expect.stringMatching(/^tool\/release\.sh.*script/),
    ])
    await page.getByRole('button', { name: 'Approve this commit' }).click()
    await page.waitForURL(`${oore.url}/builds/${id}`)
    await oore.ended(id)
    await page.reload()
    await showsState(page, /^Succeeded in \d/)
    await page.getByText('approved', { exact: true }).click()
    await page.getByText('This commit does not wait any more').waitFor()
    expect(complaints).toEqual([])
  })

  test('what was pushed meanwhile is not approved, and the page says why', async () => {
    await using browser = await visit(oore, `/builds/${id}`, { javaScript })
    const { page } = browser
    await showsState(page, /^Needs approval before it starts/)
    await page.getByRole('link', { name: 'Review it' }).click()
    await page.getByRole('heading', { name: 'May this commit run here?' }).waitFor()
    const newer = forkCommit(repo.git, forkRefs.github, { 'lib/rounding.txt': 'evil\n' })
    await page.getByRole('button', { name: 'Approve this commit' }).click()
    await page
      .getByRole('alert')
      .getByText(`stands at ${newer.head.slice(0, 12)}`)
      .waitFor()
    expect((await oore.build(id)).status).toBe('waiting_approval')
    await page.getByRole('button', { name: 'Deny' }).click()
    await showsState(page, /^Cancelled before it started/)
    await page.getByText('Denied by Admin').first().waitFor()
  })
})

test('the page has nothing that axe objects to, on a phone too', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [320, 1280]) {
      await using browser = await visit(oore, `/builds/${id}/approval`, { colorScheme, width })
      const { page } = browser
      await page.getByRole('heading', { name: 'Your answer' }).waitFor()
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
      expect(violations.map(({ id: rule, nodes }) => [rule, nodes[0]?.html])).toEqual([])
      expect(await overflow(page)).toBe(0)
    }
  }
})

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
