import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Oore, startOore } from '../support/oore.ts'
import { makeRepo, type TestRepo } from '../support/repo.ts'
import { makeSpeaker, type Speaker } from '../support/speaker.ts'
import { logTexts, showsState, visit } from '../support/visitor.ts'

let oore: Oore
beforeAll(async () => {
  oore = await startOore()
})
afterAll(() => oore[Symbol.asyncDispose]())

let speaker: Speaker
let git: TestRepo
beforeEach(() => {
  speaker = makeSpeaker()
  git = makeRepo({
    'oore.yaml': `
workflows:
  test:
    name: Test and package
    scripts:
      - name: Say what the test says
        script: ${speaker.command}
      - name: Package
        script: mkdir out && printf 'bytes' > out/app.apk && printf 'map' > out/mapping.txt
    artifacts:
      - out/*
`,
  })
})
afterEach(() => {
  speaker[Symbol.dispose]()
  git[Symbol.dispose]()
})

test('a repository is added by the form, built by hand and watched to its end', async () => {
  await using browser = await visit(oore, '/repositories')
  const { page, complaints } = browser
  await addRepository(page)
  await startBuild(page)
  // From here on nothing loads the page again: everything that changes comes by the stream.
  await page.evaluate(() => document.body.setAttribute('data-loaded-once', ''))

  await showsState(page, /^Running Say what the test says for/)
  await page.waitForFunction(() => document.title.startsWith('● '))
  await iconIs(page, 'running')
  const stateOf = (step: string) =>
    page.locator('#step-list a', { hasText: step }).getAttribute('data-status')
  expect(await stateOf('Package')).toBe('pending')

  for (let n = 1; n <= 3; n += 1) {
    await speaker.say(`line ${n}\n`)
    await page.locator('#log-lines').getByText(`line ${n}`, { exact: true }).waitFor()
  }
  expect(await logTexts(page)).toEqual(['line 1', 'line 2', 'line 3'])
  const ticking = await page.textContent('#build-header h1')
  await page.waitForFunction(
    (before) => document.querySelector('#build-header h1')?.textContent !== before,
    ticking,
  )
  speaker.end()

  await showsState(page, /^Succeeded in \d/)
  await page.waitForFunction(() => document.title.startsWith('✓ '))
  await iconIs(page, 'success')
  for (const step of ['Say what the test says', 'Package']) {
    await page.locator(`#step-list a[data-status="success"]`, { hasText: step }).waitFor()
  }
  await page.locator('#artifact-list').getByRole('link', { name: 'mapping.txt' }).waitFor()
  expect(await page.getAttribute('body', 'data-loaded-once')).toBe('')

  await downloads(page, 'app.apk', 'bytes')
  expect(complaints.filter(isNotARefusal)).toEqual([])
})

test('without a script the same is done by links, forms and a page that comes again', async () => {
  await using browser = await visit(oore, '/repositories', { javaScript: false })
  const { page } = browser
  await addRepository(page)
  await startBuild(page)
  await speaker.say('line 1\nline 2\n')
  await page.locator('#log-lines').getByText('line 2', { exact: true }).waitFor()
  expect(await logTexts(page)).toEqual(['line 1', 'line 2'])

  await page.getByRole('link', { name: 'Cancel', exact: true }).click()
  await page.getByRole('button', { name: 'Cancel the build' }).click()
  await showsState(page, /^Cancelled in Say what the test says after/)
  const cancelled = page.url()
  await page.getByRole('button', { name: 'Retry' }).click()
  await page.waitForURL((url) => url.href !== cancelled)
  const id = page.url().split('/').at(-1) ?? ''
  await speaker.say('once more\n')
  await oore.until(async () => expect(await oore.log(id, 0)).toBe('once more\n'))
  speaker.end()
  await showsState(page, /^Succeeded in \d/)
  await downloads(page, 'app.apk', 'bytes')
})

test('a build is cancelled in a dialog and retried from its page', async () => {
  await using browser = await visit(oore, '/repositories')
  const { page, complaints } = browser
  await addRepository(page)
  await startBuild(page)
  await speaker.say('begun\n')
  await page.locator('#log-lines').getByText('begun', { exact: true }).waitFor()
  const cancelled = page.url()

  await page.getByRole('link', { name: 'Cancel', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Cancel build #1?' })
  await dialog.getByRole('link', { name: 'Let it run' }).click()
  await dialog.waitFor({ state: 'hidden' })
  expect(await page.textContent('#build-header h1')).toContain('Running')
  await page.getByRole('link', { name: 'Cancel', exact: true }).click()
  await dialog.getByRole('button', { name: 'Cancel the build' }).click()
  await showsState(page, /^Cancelled in Say what the test says after/)
  expect(page.url().split('?')[0]).toBe(cancelled.split('?')[0])

  await page.getByRole('button', { name: 'Retry' }).click()
  await page.waitForURL((url) => url.href !== cancelled)
  await showsState(page, /^Running Say what the test says for/)
  await page.getByText('a retry of').waitFor()
  await speaker.say('begun again\n')
  await page.locator('#log-lines').getByText('begun again').waitFor()
  speaker.end()
  await showsState(page, /^Succeeded in \d/)
  await page.getByRole('link', { name: 'an earlier build' }).click()
  await showsState(page, /^Cancelled/)
  expect(complaints.filter(isNotARefusal)).toEqual([])
})

/** The browser notes each form that comes back with its mistakes. */
const isNotARefusal = (complaint: string): boolean => !complaint.includes('status of 422')

/** Adds the repository with two mistakes on the way, and sees its secret this once. */
async function addRepository(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Add a repository' }).first().click()
  const address = page.getByLabel('Clone address')
  await address.fill('ext::sh -c touch% /tmp/x')
  await page.getByLabel('Default branch').fill('main')
  await page.getByRole('button', { name: 'Add the repository' }).click()
  await page.locator('#field-clone_url-error').waitFor()
  expect(await address.inputValue()).toBe('ext::sh -c touch% /tmp/x')
  expect(await address.getAttribute('aria-invalid')).toBe('true')
  expect(await page.getByLabel('Default branch').inputValue()).toBe('main')

  await address.fill(git.url)
  await page.getByLabel('Default branch').fill('--upload-pack=touch')
  await page.getByRole('button', { name: 'Add the repository' }).click()
  await page.locator('#field-default_branch-error').waitFor()

  await page.getByLabel('Default branch').fill('')
  await page.getByRole('button', { name: 'Add the repository' }).click()
  await page.getByText('This is the webhook secret').waitFor()
  const secret = (await page.textContent('.secret code')) ?? ''
  expect(secret.length).toBeGreaterThanOrEqual(32)
  await page.getByRole('link', { name: 'Overview' }).click()
  await page.getByRole('heading', { name: 'Webhook' }).waitFor()
  expect(await page.content()).not.toContain(secret)
}

async function startBuild(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Start a build' }).first().click()
  await page.getByLabel('Branch optional').fill('no-such-branch')
  await page.getByRole('button', { name: 'Start the build' }).click()
  await page.locator('#field-branch-error, .notice-error').first().waitFor()
  await page.getByLabel('Branch optional').fill('main')
  await page.getByRole('button', { name: 'Start the build' }).click()
  await page.waitForURL(/\/builds\//)
}

const iconIs = (page: Page, state: string) =>
  page.waitForFunction(
    (name) => document.querySelector<HTMLLinkElement>('#favicon')?.href.includes(`icon-${name}`),
    state,
  )

async function downloads(page: Page, name: string, content: string): Promise<void> {
  const waiting = page.waitForEvent('download')
  await page.locator('#artifact-list').getByRole('link', { name }).click()
  const download = await waiting
  expect(download.suggestedFilename()).toBe(name)
  const chunks: Buffer[] = []
  for await (const chunk of await download.createReadStream()) chunks.push(chunk)
  expect(Buffer.concat(chunks).toString()).toBe(content)
}
