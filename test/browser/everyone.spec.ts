import { AxeBuilder } from '@axe-core/playwright'
import type { APIRequestContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestBrowser } from '../support/browser.ts'
import { type Element, elementsOf, readHtml } from '../support/html.ts'
import { type KnownRepo, type Oore, startOore, workflow } from '../support/oore.ts'
import { makeSpeaker, type Speaker } from '../support/speaker.ts'
import { visit } from '../support/visitor.ts'

/** A server on which something of everything has happened. */
let oore: Oore
let repo: KnownRepo
let speaker: Speaker
/** Every page there is, by what it shows. */
let pages: Record<string, string>

beforeAll(async () => {
  oore = await startOore()
  speaker = makeSpeaker()
  repo = await oore.repo({ 'oore.yaml': everything })
  const pushed = await repo.push()
  const [success = ''] = pushed.build_ids
  await oore.ended(success)
  const failure = await repo.trigger({ workflow: 'red' })
  await oore.ended(failure)
  await repo.push('feature/a-branch-nothing-listens-to')
  await repo.hook({ ref: 'refs/heads/main' }, { secret: 'another-secret-entirely' })
  const stored = await oore.repo({ 'oore.yaml': 'workflows: nothing' })
  const broken = await stored.trigger()
  for (const script of ['echo one', 'echo two']) {
    const content = workflow(script)
    await oore.api('PUT', `/repositories/${stored.id}/pipeline`, { format: 'yaml', content })
  }
  const live = await oore.repo({ 'oore.yaml': workflow(speaker.command, 'true') })
  const running = await live.trigger()
  await speaker.say('\u001b[31merror:\u001b[0m a line\nand one that is '.padEnd(300, 'long '))
  const deliveries: { id: string; status: string }[] = (await oore.api('GET', '/webhooks/events'))
    .json.data
  const delivery = (status: string) =>
    `/webhooks/${deliveries.find((one) => one.status === status)?.id}`

  pages = {
    dashboard: '/',
    builds: '/builds',
    'no builds': '/builds?q=nothing-like-that',
    'a green build': `/builds/${success}`,
    'a red build': `/builds/${failure}`,
    'a broken build': `/builds/${broken}`,
    'a running build': `/builds/${running}`,
    'cancel?': `/builds/${running}/cancel`,
    repositories: '/repositories',
    'add a repository': '/repositories/new',
    'a repository': `/repositories/${repo.id}`,
    'its builds': `/repositories/${repo.id}/builds`,
    'its pipeline': `/repositories/${repo.id}/pipeline`,
    'a stored pipeline': `/repositories/${stored.id}/pipeline`,
    'an older pipeline': `/repositories/${stored.id}/pipeline/versions/1`,
    'the editor': `/repositories/${repo.id}/pipeline/edit`,
    'an explained push': `/repositories/${repo.id}/pipeline/explain?event=push&branch=main`,
    'back to the file?': `/repositories/${stored.id}/pipeline/drop`,
    'its settings': `/repositories/${repo.id}/settings`,
    'remove?': `/repositories/${live.id}/remove`,
    'start a build': `/repositories/${repo.id}/trigger`,
    webhooks: '/webhooks',
    'a processed delivery': delivery('processed'),
    'a rejected delivery': delivery('rejected'),
    'nothing here': '/nothing-here',
  }
})
afterAll(async () => {
  speaker[Symbol.dispose]()
  await oore[Symbol.asyncDispose]()
})

/** What another width and other colours can change; the rest is said once. */
const looks = ['color-contrast', 'target-size', 'scrollable-region-focusable']
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

test.each([
  { what: 'a desk', widths: [1440], schemes: ['light', 'dark'], only: null },
  { what: 'a phone', widths: [320, 360], schemes: ['light'], only: looks },
] as const)('on $what every page is for everyone, fits, and asks nobody else', async (how) => {
  const { widths, schemes, only } = how
  await using browser = await visit(oore, '/', { width: widths.at(-1) ?? 0 })
  const { page } = browser
  const asked = foreignRequests(browser)
  const found: Record<string, string[]> = {}
  for (const [name, path] of Object.entries(pages)) {
    browser.complaints.length = 0
    await page.goto(`${oore.url}${path}`)
    const complaints = await tooWide(page, widths)
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme })
      complaints.push(...(await axeOf(page, colorScheme === 'dark' ? ['color-contrast'] : only)))
    }
    complaints.push(...browser.complaints.filter((one) => !one.includes('status of 404')))
    if (complaints.length > 0) found[name] = complaints
  }
  expect(found).toEqual({})
  expect(asked).toEqual([])
})

test('every link of every page leads somewhere', async () => {
  await using browser = await visit(oore, '/')
  const { request } = browser.context
  const found = await crawl(request, Object.values(pages))
  expect(found.broken).toEqual([])
  expect(found.seen.length).toBeGreaterThan(80)
})

test('every button of every page is answered', async () => {
  await using browser = await visit(oore, '/')
  const { request } = browser.context
  const forms = new Map<string, { action: string; fields: Record<string, string> }>()
  for (const path of Object.values(pages)) {
    for (const form of formsOf(await (await request.get(`${oore.url}${path}`)).text())) {
      // One of each kind is enough.
      const kind = form.action.replace(/[0-9A-Z]{26}/g, ':id')
      if (!forms.has(kind)) forms.set(kind, form)
    }
  }
  expect([...forms.keys()].toSorted()).toEqual([
    '/builds/:id/cancel',
    '/builds/:id/retry',
    '/logout',
    '/repositories',
    '/repositories/:id/pipeline',
    '/repositories/:id/pipeline/convert',
    '/repositories/:id/pipeline/drop',
    '/repositories/:id/pipeline/run',
    '/repositories/:id/pipeline/validate',
    '/repositories/:id/pipeline/versions/1/restore',
    '/repositories/:id/remove',
    '/repositories/:id/secret',
    '/repositories/:id/settings',
    '/repositories/:id/trigger',
    '/theme',
    '/webhooks/:id/redeliver',
  ])
  const bySignOutLast = [...forms.values()].toSorted(
    (a, b) => Number(a.action === '/logout') - Number(b.action === '/logout'),
  )
  for (const { action, fields } of bySignOutLast) {
    const answer = await request.post(`${oore.url}${action}`, {
      form: fields,
      headers: { origin: oore.url },
      maxRedirects: 0,
    })
    expect([action, [200, 303, 422].includes(answer.status()) || answer.status()]).toEqual([
      action,
      true,
    ])
  }
})

const everything = `
workflows:
  test:
    name: Test and package
    triggering:
      events: [push]
      branch_patterns: [{ pattern: main }]
    scripts:
      - name: Print
        script: |
          printf '\\033[32mok\\033[0m \\033[33mwarning\\033[0m \\033[44mblue\\033[0m\\n'
          echo to stderr >&2
      - name: Allowed to fail
        ignore_failure: true
        script: exit 1
      - mkdir out && echo one > out/a.txt && echo two > out/b.txt
    artifacts: ['out/*']
  red:
    scripts: ['echo before; exit 3', 'echo never']
`

async function axeOf(page: Page, only: readonly string[] | null): Promise<string[]> {
  // Our pages have no frames; without this axe opens a second window for each of them.
  const axe = new AxeBuilder({ page }).setLegacyMode()
  const chosen = only === null ? axe.withTags(wcag) : axe.withRules([...only])
  const { violations } = await chosen.analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
}

async function tooWide(page: Page, widths: readonly number[]): Promise<string[]> {
  const complaints: string[] = []
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 })
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    if (over > 0) complaints.push(`${over} pixels too wide at ${width}`)
  }
  return complaints
}

/** Fills up with every address that a page asks another server for. */
function foreignRequests({ context }: TestBrowser): string[] {
  const asked: string[] = []
  context.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${oore.url}/`) && !url.startsWith('data:')) asked.push(url)
  })
  return asked
}

/** Follows every link of this server from these pages on. */
async function crawl(request: APIRequestContext, starts: string[]) {
  const seen = new Set(starts)
  const broken: string[] = []
  for (const path of seen) {
    const answer = await request.get(`${oore.url}${path}`)
    const isMeant = path === '/nothing-here' && answer.status() === 404
    if (answer.status() >= 400 && !isMeant) broken.push(`${answer.status()} ${path}`)
    if (!(answer.headers()['content-type'] ?? '').startsWith('text/html')) continue
    for (const element of elementsOf(readHtml(await answer.text()))) {
      for (const name of ['href', 'src', 'hx-get']) {
        const url = new URL(element.attributes[name] ?? '#', `${oore.url}${path}`)
        if (url.origin === oore.url) seen.add(url.pathname + url.search)
      }
    }
  }
  return { seen: [...seen], broken }
}

/** The forms that change something, each with what it would send as it stands. */
function formsOf(html: string): { action: string; fields: Record<string, string> }[] {
  const forms = elementsOf(readHtml(html)).filter(
    ({ name, attributes }) => name === 'form' && attributes['method'] === 'post',
  )
  return forms.flatMap((form) => {
    const inside = elementsOf(form)
    const fields = Object.fromEntries(inside.filter(hasValue).map(fieldOf))
    const actions = [form, ...inside]
      .map(({ attributes }) => attributes['formaction'] ?? attributes['action'])
      .filter((action) => action !== undefined)
    return [...new Set(actions)].map((action) => ({ action, fields }))
  })
}

const hasValue = ({ attributes }: Element): boolean => attributes['name'] !== undefined

const fieldOf = ({ attributes }: Element): [string, string] => [
  attributes['name'] ?? '',
  attributes['value'] ?? '',
]
