import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { noFilters } from '../../src/core/builds/filters.ts'
import { agoText, soFarText } from '../../src/lib/ago.ts'
import { BuildHeader } from '../../src/views/builds/header.tsx'
import { BuildsPage } from '../../src/views/builds/list.tsx'
import { BuildLog } from '../../src/views/builds/log.tsx'
import { StepList } from '../../src/views/builds/steps.tsx'
import { BuildUpdate } from '../../src/views/builds/updates.tsx'
import { Sparkline } from '../../src/views/dashboard/sparkline.tsx'
import { build, builds, now } from '../../src/views/gallery/builds.ts'
import { details } from '../../src/views/gallery/details.ts'
import { logView } from '../../src/views/gallery/log.ts'
import { deliveries } from '../../src/views/gallery/lists.ts'
import { brokenYaml, problems } from '../../src/views/gallery/pipelines.ts'
import type { Shell } from '../../src/views/layout/shell.ts'
import { paths } from '../../src/views/paths.ts'
import { postReceiveHook } from '../../src/views/repositories/hook.ts'
import { safeUrl } from '../../src/views/ui/link.ts'
import { Problems } from '../../src/views/ui/source.tsx'
import { Middle, Theirs, plain } from '../../src/views/ui/text.tsx'
import { WebhookPage } from '../../src/views/webhooks/page.tsx'
import { decisiveLine } from '../../src/views/webhooks/reason.ts'
import { DeliveryRows } from '../../src/views/webhooks/rows.tsx'
import { type Element, elementsOf, readHtml, textOf, withId } from '../support/html.ts'

const shell: Shell = {
  actor: 'admin',
  may: () => true,
  runningCount: 0,
  assets: (name) => `/assets/${name}`,
  path: '/builds',
  theme: 'system',
}

const read = async (html: { toString(): string | Promise<string> }): Promise<Element> =>
  readHtml(await html.toString())

describe('a build says how it stands', () => {
  test.each([
    ['success', 'Succeeded in 6m 58s'],
    ['failure', 'Failed in Run tests after 6m 58s'],
    ['running', 'Running Run tests for 2m 56s'],
    ['stopping', 'Stopping Build the app bundle after 2m 56s'],
    ['waiting', 'Waiting to start'],
    ['timeout', 'Ran out of time in Run tests after 6m 58s'],
    ['setup', 'Could not be prepared in Get the code after 3.0s'],
    ['config', 'The configuration cannot be used'],
    ['interrupted', 'Interrupted in Run tests after 6m 58s'],
    ['cancelled', 'Cancelled in Build the app bundle after 6m 58s'],
    ['skipped', 'Skipped'],
  ] as const)('%s: %s', async (state, sentence) => {
    const header = await read(BuildHeader({ detail: details[state], may: () => true, now }))
    const title = elementsOf(header).find(({ name }) => name === 'h1')
    expect(textOf(title!)).toBe(sentence)
  })

  test('offers nothing that its reader may not do', async () => {
    for (const detail of Object.values(details)) {
      const header = elementsOf(await read(BuildHeader({ detail, may: () => false, now })))
      expect(header.filter(({ name }) => name === 'form' || name === 'button')).toEqual(
        header.filter(({ attributes }) => attributes['data-copy'] !== undefined),
      )
      const hrefs = header.map(({ attributes }) => attributes['href'] ?? '')
      expect(hrefs.filter((href) => /\/(cancel|trigger)$/.test(href))).toEqual([])
    }
  })

  test('a step whose failure is allowed is never named as the cause', async () => {
    const allowed = details.failure.steps.map((step) =>
      step.status === 'failure' ? { ...step, ignoredFailure: true } : step,
    )
    const header = await read(
      BuildHeader({ detail: { ...details.failure, steps: allowed }, may: () => true, now }),
    )
    expect(textOf(header)).toContain('Failed after 6m 58s')
  })

  test('only what goes on ticks', async () => {
    const ticking = async (state: keyof typeof details) =>
      elementsOf(await read(BuildHeader({ detail: details[state], may: () => true, now }))).filter(
        ({ attributes }) => 'data-ticks' in attributes,
      ).length
    expect(await ticking('running')).toBe(1)
    expect(await ticking('success')).toBe(0)
  })

  test('cancel is offered until it ends, retry after', async () => {
    const targets = async (state: keyof typeof details) =>
      elementsOf(await read(BuildHeader({ detail: details[state], may: () => true, now })))
        .map(({ attributes }) => attributes['action'] ?? attributes['href'] ?? '')
        .filter((address) => /\/(cancel|retry)$/.test(address))
        .map((address) => address.split('/').at(-1))
    expect(await targets('running')).toEqual(['cancel'])
    expect(await targets('waiting')).toEqual(['cancel'])
    expect(await targets('stopping')).toEqual([])
    expect(await targets('failure')).toEqual(['retry'])
  })

  test('where the configuration is wrong, the way leads there: a retry would use it again', async () => {
    const header = elementsOf(
      await read(BuildHeader({ detail: details.config, may: () => true, now })),
    )
    const { repositoryId } = details.config.build
    const targets = header.map(({ attributes }) => attributes['action'] ?? attributes['href'] ?? '')
    expect(targets).not.toContain(`/builds/${details.config.build.id}/retry`)
    const primary = header.find(({ attributes }) => attributes['class']?.includes('button-primary'))
    expect(primary?.attributes['href']).toBe(`/repositories/${repositoryId}/pipeline`)
    expect(targets).toContain(`/repositories/${repositoryId}/trigger`)
  })

  test('a message of several lines keeps its spaces, so that the caret points', async () => {
    const header = await read(BuildHeader({ detail: details.config, may: () => true, now }))
    const told = elementsOf(header).find(({ name }) => name === 'pre')
    expect(textOf(told!)).toBe(details.config.build.errorMessage)
    const excerpts = elementsOf(told!).filter(
      ({ attributes }) => attributes['class'] === 'told-excerpt',
    )
    expect(excerpts.map(textOf)).toEqual(['     9 |       - nmae: Build', '       |         ^'])
  })
})

describe('the log', () => {
  const connectOf = async (live: boolean) => {
    const log = BuildLog({ detail: details.running, chosen: '2', log: logView, live })
    return withId(await read(log), 'build-log')?.attributes['hx-sse:connect']
  }

  test('is connected from where its rows end, and only while the build lives', async () => {
    expect(await connectOf(true)).toBe(`/builds/${details.running.build.id}/live?step=2&from=1024`)
    expect(await connectOf(false)).toBeUndefined()
  })

  test.each([
    ['timeout', '2', 'Ended after 30m 0s, the longest a step may take.'],
    ['failure', '2', 'Ended with exit code 1.'],
    ['cancelled', '3', 'Ended by SIGTERM.'],
    ['success', '1', 'Ended with exit code 2. This step may fail: the build went on.'],
  ] as const)('says why the step of %s ended', async (state, chosen, words) => {
    const log = BuildLog({ detail: details[state], chosen, log: logView, live: false })
    expect(textOf(withId(await read(log), 'log-outcome')!)).toContain(words)
  })
})

test('a window inside a long log says where it stands, and leads to its beginning', async () => {
  const window = {
    ...logView,
    firstLine: 199_001,
    lastLine: 200_000,
    totalLines: 200_000,
    firstHref: '/builds/1?step=2&from=1',
    earlierHref: '/builds/1?step=2&from=198001',
  }
  const log = await read(
    BuildLog({ detail: details.failure, chosen: '2', log: window, live: false }),
  )
  const place = elementsOf(log).find(({ attributes }) => attributes['class'] === 'log-place')
  expect(textOf(place!)).toContain('Lines 199,001–200,000 of 200,000')
  const links = elementsOf(place!).filter(({ name }) => name === 'a')
  expect(links.map((link) => [textOf(link), link.attributes['href']])).toEqual([
    ['First lines', window.firstHref],
    ['Lines before 199,001', window.earlierHref],
  ])
  // Six digits need more room than the column has.
  expect(withId(log, 'log-lines')?.attributes['data-digits']).toBe('6')
})

test('a step that is called by its whole script does not fill the heading', async () => {
  const failed = details.long.steps.find(
    ({ status, ignoredFailure }) => status === 'failure' && !ignoredFailure,
  )
  const header = elementsOf(await read(BuildHeader({ detail: details.long, may: () => true, now })))
  const name = header.find(({ name }) => name === 'em')!
  expect(name.attributes['title']).toBe(failed?.name)
  expect(textOf(name)).toBe(`${failed?.name.slice(0, 47)}…`)
})

test('the parts of a live update bear the ids that they replace', async () => {
  const update = await read(
    BuildUpdate({
      detail: details.running,
      chosen: '2',
      stream: 'all',
      withTests: true,
      may: () => true,
      now,
    }),
  )
  const partials = elementsOf(update).filter(({ name }) => name === 'template')
  expect(partials.length).toBe(9)
  for (const { attributes, children } of partials) {
    const [part] = children as Element[]
    expect(attributes).toMatchObject({
      hx: '',
      type: 'partial',
      'hx-target': `#${part?.attributes['id']}`,
    })
  }
})

test('the longest step has the longest bar', async () => {
  const list = await read(StepList({ detail: details.success, chosen: '0', now }))
  const widths = elementsOf(list)
    .filter(({ name }) => name === 'rect')
    .map(({ attributes }) => Number(attributes['width']))
  expect(Math.max(...widths)).toBe(100)
  expect(widths.at(-1)).toBe(100)
  expect(widths[0]).toBeLessThan(20)
})

describe('the reason of a delivery', () => {
  const reason =
    'By oore.yaml:\nNightly was not started: it wants a tag.\n' +
    'Odd: x was started: y was not started: it wants a tag.\n' +
    'Android was started: push to main.'

  test('has a line for each workflow, started ones first and marked', async () => {
    const page = await read(WebhookPage({ shell, delivery: { ...deliveries[0]!, reason }, now }))
    const list = elementsOf(page).find(({ attributes }) => attributes['class'] === 'verdicts')
    const lines = elementsOf(list!).filter(({ name }) => name === 'li')
    expect(lines.map((line) => [line.attributes['class'], textOf(line)])).toEqual([
      ['started', 'Android was started: push to main.'],
      [undefined, 'Nightly was not started: it wants a tag.'],
      [undefined, 'Odd: x was started: y was not started: it wants a tag.'],
    ])
  })

  test.each([
    [reason, 'Android was started: push to main. (and 2 more)'],
    [
      'By oore.yaml:\nNightly was not started: it wants a tag.',
      'Nightly was not started: it wants a tag.',
    ],
    [
      'By oore.yaml:\nNightly was not started: it wants a tag.\niOS was skipped: it says [skip ci].',
      'iOS was skipped: it says [skip ci]. (and 1 more)',
    ],
    ['The repository was removed.', 'The repository was removed.'],
    ['git could not read it.\nIt asked for a password.', 'git could not read it.'],
    ['', ''],
  ])('is one line in a list', (text, line) => {
    expect(decisiveLine(text)).toBe(line)
  })
})

test('a ping that came through says that the webhook works, and nothing was built', async () => {
  const rows = await read(DeliveryRows({ deliveries: [{ ...deliveries[0]!, event: 'ping' }], now }))
  expect(textOf(rows)).toContain('Webhook works')
  expect(textOf(rows)).not.toContain('Built')
})

test('a sparkline draws at most twenty builds, oldest first, and says them in words', async () => {
  const many = Array.from({ length: 25 }, (_, n) =>
    build({ number: 25 - n, status: n === 0 ? 'failure' : 'success' }),
  )
  const [spark] = elementsOf(await read(Sparkline({ builds: many, now }))).slice(1)
  const bars = elementsOf(spark!).filter(({ name }) => name === 'rect')
  expect(bars.length).toBe(20)
  expect(bars.at(-1)?.attributes['class']).toBe('failure')
  expect(spark?.attributes['aria-label']).toBe('Last 20 builds: 19 succeeded, 1 failed')
})

test('a page of fifty builds stays light', async () => {
  const data = Array.from({ length: 50 }, (_, n) => ({
    ...builds[n % 3]!,
    id: `${n}`.padStart(26, '0'),
  }))
  const page = BuildsPage({
    shell,
    page: { data, nextCursor: 'next' },
    filters: noFilters,
    repositories: [],
    now,
  })
  expect(Buffer.byteLength(await page.toString())).toBeLessThan(60_000)
})

test('a problem is shown with its line and a caret under the place', async () => {
  const list = await read(Problems({ problems, content: brokenYaml, fileName: 'oore.yaml' }))
  const excerpt = elementsOf(list).find(({ attributes }) => attributes['class'] === 'excerpt')
  expect(textOf(excerpt!)).toBe('4 │       - nmae: Build\n  │         ^')
  expect(textOf(list)).toContain('oore.yaml:4:9')
})

describe('text of others', () => {
  test('shows hidden characters by code, and leaves emoji whole', async () => {
    expect(textOf(await read(Theirs({ children: 'user/\u202egpj.exe' })))).toBe(
      'user/U+202Egpj.exe',
    )
    expect(plain('a\u0007b\u200b')).toBe('aU+0007bU+200B')
    const family = '👩‍👩‍👧'
    expect(textOf(await read(Theirs({ children: family })))).toBe(family)
  })

  test('gives way in the middle without losing a character', async () => {
    const long = `feature/${'🚀'.repeat(30)}-end-of-it`
    const middle = await read(Middle({ children: long }))
    expect(textOf(middle)).toBe(long)
    const halves = elementsOf(middle).filter(({ name }) => name === 'span')
    expect(halves.map((half) => Array.from(textOf(half)).length)).toEqual([
      Array.from(long).length - 10,
      10,
    ])
  })
})

test.each([
  ['https://git.example.com/a b', 'https://git.example.com/a%20b'],
  ['http://x/', 'http://x/'],
  ['javascript:alert(1)', null],
  [' javascript:alert(1)', null],
  ['data:text/html,x', null],
  ['ssh://git@host/x', null],
  ['https://user:secret@host/', null],
  ['//host/path', null],
  ['', null],
])('safeUrl(%j) is %j', (text, expected) => {
  expect(safeUrl(text)).toBe(expected)
})

test.each([
  [-5000, 'just now'],
  [9_999, 'just now'],
  [59_999, '59 s ago'],
  [60_000, '1 min ago'],
  [3_599_999, '59 min ago'],
  [86_399_999, '23 h ago'],
  [59 * 86_400_000, '59 d ago'],
  [60 * 86_400_000, '2 mo ago'],
  [800 * 86_400_000, '2 y ago'],
])('agoText(%d) is %s', (ms, expected) => {
  expect(agoText(ms)).toBe(expected)
})

test.each([
  [0, '0s'],
  [9_999, '9s'],
  [59_999, '59s'],
  [372_900, '6m 12s'],
])('soFarText(%d) is %s', (ms, expected) => {
  expect(soFarText(ms)).toBe(expected)
})

describe('paths', () => {
  test('leave out what is not asked for', () => {
    expect(paths.builds()).toBe('/builds')
    expect(paths.builds(noFilters)).toBe('/builds')
    expect(
      paths.builds({ ...noFilters, status: 'failure', since: Date.UTC(2026, 10, 1) }, 'c'),
    ).toBe('/builds?status=failure&since=2026-11-01&cursor=c')
    expect(paths.rawLog('B', { step: 'setup', stream: 'all' })).toBe('/builds/B/logs?step=setup')
  })

  test('encode what others wrote', () => {
    expect(paths.artifact('B', 'a/b?#.apk')).toBe('/builds/B/artifacts/a%2Fb%3F%23.apk')
    expect(paths.builds({ branch: 'a&b=c' })).toBe('/builds?branch=a%26b%3Dc')
  })
})

test('the hook on the page is the hook of the guide', () => {
  const guide = readFileSync('docs/guides/push-from-a-git-server.md', 'utf8')
  const url = 'https://oore.example.com/api/webhooks/git/REPOSITORY_ID'
  expect(guide).toContain(postReceiveHook(url, null))
  expect(postReceiveHook(url, "it's")).toContain(String.raw`secret='it'\''s'`)
})
