import { describe, expect, test } from 'vitest'
import { eq } from 'drizzle-orm'
import { cancelBuild } from '../../src/core/builds/cancel.ts'
import { triggerBuild } from '../../src/core/builds/trigger.ts'
import { change } from '../../src/core/events/change.ts'
import { schema } from '../../src/db/client.ts'
import { encodeCursor } from '../../src/lib/cursor.ts'
import { seconds } from '../../src/lib/clock.ts'
import { type Asker, bearer, TestApp } from '../support/app.ts'
import { admin } from '../support/ctx.ts'
import { readHtml, textOf } from '../support/html.ts'
import { workflow } from '../support/oore.ts'

type List = { data: { number: number }[]; next_cursor: string | null }
type Problem = { detail: string; errors: { field: string; message: string }[] }

async function fiveBuilds(app: TestApp) {
  const { repository } = await app.services.repository({ 'oore.yaml': workflow('true') })
  const ctx = app.services.as(admin)
  for (let i = 0; i < 5; i += 1) await triggerBuild(ctx, repository.id, { via: 'api' })
  return repository
}

const numbers = async (answer: Response) =>
  ((await answer.json()) as List).data.map(({ number }) => number)

describe('the list of builds', () => {
  test('is newest first and goes on by its Link, also while builds are added', async () => {
    await using app = await TestApp.start()
    const repository = await fiveBuilds(app)
    const first = await app.asAdmin('/api/builds?limit=2')
    const link = /^<(.+)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    expect(await numbers(first)).toEqual([5, 4])
    await triggerBuild(app.services.as(admin), repository.id, { via: 'api' })
    const second = await app.asAdmin(link)
    const { data, next_cursor: cursor } = (await second.json()) as List
    expect(data.map(({ number }) => number)).toEqual([3, 2])
    const last = await app.asAdmin(`/api/builds?limit=2&cursor=${cursor}`)
    expect(last.headers.get('link')).toBeNull()
    expect(await last.json()).toMatchObject({ data: [{ number: 1 }], next_cursor: null })
  })

  test('takes a limit from 1 to 200', async () => {
    await using app = await TestApp.start()
    await fiveBuilds(app)
    expect(await numbers(await app.asAdmin('/api/builds?limit=1'))).toEqual([5])
    expect(await numbers(await app.asAdmin('/api/builds?limit=200'))).toHaveLength(5)
    expect(await numbers(await app.asAdmin('/api/builds?limit='))).toHaveLength(5)
    for (const limit of ['0', '-1', '201', '1e9', 'NaN', '1.5', 'ten', 'Infinity']) {
      const answer = await app.asAdmin(`/api/builds?limit=${limit}`)
      const { detail, errors } = (await answer.json()) as Problem
      const message = 'must be a whole number from 1 to 200'
      expect([limit, answer.status, errors, detail]).toEqual([
        limit,
        400,
        [{ field: 'limit', message }],
        `limit ${message}.`,
      ])
    }
  })

  const forged = ['x', '%00', encodeCursor([]), encodeCursor(['a', 'b', 'c']), 'bnVsbA', 'e30']
  for (const cursor of forged) {
    test(`refuses the cursor ${cursor} on both faces`, async () => {
      await using app = await TestApp.start()
      const browser = await app.asBrowser()
      for (const list of ['builds', 'repositories']) {
        const answer = await app.asAdmin(`/api/${list}?cursor=${cursor}`)
        const { errors } = (await answer.json()) as Problem
        expect([answer.status, errors[0]?.field]).toEqual([400, 'cursor'])
        expect((await browser.ask(`/${list}?cursor=${cursor}`)).status).toBe(400)
      }
    })
  }

  test('refuses the cursor of another list', async () => {
    await using app = await TestApp.start()
    const repository = await fiveBuilds(app)
    const { next_cursor: ofBuilds } = (await (
      await app.asAdmin('/api/builds?limit=1')
    ).json()) as List
    const lists = [
      'repositories',
      'webhooks/events',
      `repositories/${repository.id}/pipeline/versions`,
    ]
    for (const list of lists) {
      expect([list, (await app.asAdmin(`/api/${list}?cursor=${ofBuilds}`)).status]).toEqual([
        list,
        400,
      ])
    }
  })

  test('refuses parameters it does not know, which a page overlooks', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const answer = await app.asAdmin('/api/builds?page=2')
    expect([answer.status, ((await answer.json()) as Problem).detail]).toEqual([
      400,
      'The parameter page is not known: this address takes limit, cursor, repository, status, ' +
        'branch, trigger, workflow, q, since, until, sort.',
    ])
    expect((await browser.ask('/builds?utm_source=mail')).status).toBe(200)
    const none = await app.asAdmin('/api/version?x=1')
    expect(((await none.json()) as Problem).detail).toBe(
      'The parameter x is not known: this address takes no query parameters.',
    )
  })

  const wrong: [query: string, message: string][] = [
    [
      'status=done',
      'must be one of waiting_approval, pending, running, success, failure, cancelled, skipped, not "done"',
    ],
    ['sort=name', 'must be one of -queued_at, -duration_ms, not "name"'],
    ['since=yesterday', 'must be a day like 2026-11-20 or a time like 2026-11-20T16:04:05Z'],
    ['until=2026-02-30', 'must be a day like 2026-11-20 or a time like 2026-11-20T16:04:05Z'],
    ['q=%00', 'must not hold a NUL character'],
    [`q=${'x'.repeat(501)}`, 'may have 500 characters, and has 501'],
  ]
  for (const [query, message] of wrong) {
    test(`says what to write instead of ${query.slice(0, 20)}`, async () => {
      await using app = await TestApp.start()
      const answer = await app.asAdmin(`/api/builds?${query}`)
      const field = query.split('=')[0]
      expect([answer.status, ((await answer.json()) as Problem).errors]).toEqual([
        400,
        [{ field, message }],
      ])
    })
  }

  test('narrows by what is asked, and takes hostile text as text', async () => {
    await using app = await TestApp.start()
    const { repository, build } = await app.build()
    await cancelBuild(app.services.as(admin), build.id)
    const count = async (query: string) =>
      (await numbers(await app.asAdmin(`/api/builds?${query}`))).length
    const hits = [
      `repository=${repository.id}`,
      'status=cancelled',
      'branch=main',
      'trigger=manual',
      'workflow=test',
      `q=${build.commitSha.slice(0, 8)}`,
      'q=Begin',
      'q=%231',
      'since=2026-01-01',
      'until=2026-01-01',
      'since=2026-01-01T12:00:00Z&until=2026-01-01T13:00:00%2B01:00',
    ]
    for (const query of hits) expect([query, await count(query)]).toEqual([query, 1])
    const misses = [
      'status=failure',
      'branch=mai%25',
      'q=%25',
      'q=%27%20OR%201%3D1',
      'repository=nothing',
      'since=2026-01-02',
      'until=2025-12-31',
    ]
    for (const query of misses) expect([query, await count(query)]).toEqual([query, 0])
  })

  test('as a page shows the builds and keeps the filters in its form', async () => {
    await using app = await TestApp.start()
    await fiveBuilds(app)
    const browser = await app.asBrowser()
    const page = await browser.ask('/builds?branch=main&status=pending')
    expect(page.status).toBe(200)
    const text = await page.text()
    expect(textOf(readHtml(text))).toContain('#5')
    expect(text).toContain('value="main"')
  })
})

describe('one build', () => {
  test('as JSON has what the contract lists, its steps and its artifacts', async () => {
    await using app = await TestApp.start()
    const { build, repository, git } = await app.build()
    const shown = await (await app.asAdmin(`/api/builds/${build.id}`)).json()
    expect(shown).toMatchObject({
      id: build.id,
      number: 1,
      repository_id: repository.id,
      repository: repository.fullName,
      workflow: 'test',
      status: 'pending',
      failure_kind: null,
      error_message: null,
      trigger_type: 'manual',
      branch: 'main',
      tag: null,
      commit_sha: git.head(),
      commit_message: 'Begin',
      commit_author: expect.stringContaining('Ada Lovelace'),
      pull_request_number: null,
      config_source: 'repository',
      priority: 1,
      labels: [],
      retry_of: null,
      queued_at: '2026-01-01T12:00:00.000Z',
      started_at: null,
      finished_at: null,
      queue_ms: 0,
      duration_ms: null,
      url: `http://localhost:8080/builds/${build.id}`,
      artifacts: [],
    })
    const { steps } = shown as { steps: unknown[] }
    expect(steps).toEqual([
      {
        index: 0,
        name: expect.any(String),
        status: 'pending',
        exit_code: null,
        ignored_failure: false,
        started_at: null,
        finished_at: null,
        duration_ms: null,
        log_bytes: { stdout: 0, stderr: 0 },
        log_truncated: false,
      },
    ])
    const alone = await (await app.asAdmin(`/api/builds/${build.id}/steps`)).json()
    expect(alone).toEqual({ data: steps, next_cursor: null })
  })

  test('as a page shows the step asked for, and says where there is no such step', async () => {
    await using app = await TestApp.start()
    const { build } = await app.build()
    const browser = await app.asBrowser()
    for (const step of ['setup', '0', 'finish']) {
      expect((await browser.ask(`/builds/${build.id}?step=${step}`)).status).toBe(200)
    }
    const none = await browser.ask(`/builds/${build.id}?step=7`)
    expect([none.status, textOf(readHtml(await none.text()))]).toEqual([
      422,
      expect.stringContaining('It has setup, 0, finish.'),
    ])
    const stream = await browser.ask(`/builds/${build.id}?stream=both`)
    expect(stream.status).toBe(422)
  })

  test('shows a hostile branch and message as text', async () => {
    await using app = await TestApp.start()
    const { repository, git } = await app.services.repository({ 'oore.yaml': workflow('true') })
    git.branch('<img/src=x>"&\'')
    git.commit({ 'a.txt': 'a' }, '<script>alert(1)</script>\u202e')
    const json = { branch: '<img/src=x>"&\'' }
    const made = await app.asAdmin(`/api/repositories/${repository.id}/trigger`, { json })
    const { id } = (await made.json()) as { id: string }
    const browser = await app.asBrowser()
    for (const path of ['/', '/builds', `/builds/${id}`, `/builds/${id}/cancel`]) {
      const text = await (await browser.ask(path)).text()
      expect(text).not.toMatch(/<img\/src|<script>alert/)
      readHtml(text)
    }
  })
})

describe('cancelling and retrying', () => {
  test('end a build once, and build the same again', async () => {
    await using app = await TestApp.start()
    const { build } = await app.build()
    const path = `/api/builds/${build.id}`
    const early = await app.asAdmin(`${path}/retry`, { json: {} })
    expect([early.status, ((await early.json()) as Problem).detail]).toEqual([
      409,
      'Build #1 has not ended yet. Cancel it first.',
    ])
    const cancelled = await app.asAdmin(`${path}/cancel`, { method: 'POST' })
    expect([cancelled.status, await cancelled.json()]).toEqual([
      200,
      expect.objectContaining({ id: build.id, status: 'cancelled' }),
    ])
    expect((await app.asAdmin(`${path}/cancel`, { method: 'POST' })).status).toBe(409)
    const retried = await app.asAdmin(`${path}/retry`, { method: 'POST' })
    const json = (await retried.json()) as { id: string }
    expect([retried.status, json]).toEqual([
      201,
      expect.objectContaining({
        number: 2,
        retry_of: build.id,
        status: 'pending',
        commit_sha: build.commitSha,
        workflow: 'test',
      }),
    ])
    expect(retried.headers.get('location')).toBe(`/api/builds/${json.id}`)
  })

  test('by forms lead to the build, and say so where it is too late', async () => {
    await using app = await TestApp.start()
    const { build } = await app.build()
    const browser = await app.asBrowser()
    expect((await browser.ask(`/builds/${build.id}/cancel`)).status).toBe(200)
    const cancelled = await browser.ask(`/builds/${build.id}/cancel`, { form: {} })
    expect([cancelled.status, cancelled.headers.get('location')]).toEqual([
      303,
      `/builds/${build.id}`,
    ])
    const late = await browser.ask(`/builds/${build.id}/cancel`, { form: {} })
    expect([late.status, late.headers.get('content-type')]).toEqual([
      409,
      'text/html; charset=utf-8',
    ])
    const asked = await browser.ask(`/builds/${build.id}/cancel`)
    expect(asked.headers.get('location')).toBe(`/builds/${build.id}`)
    const retried = await browser.ask(`/builds/${build.id}/retry`, { form: {} })
    expect([retried.status, retried.headers.get('location')]).toEqual([
      303,
      expect.stringMatching(/^\/builds\/[0-9A-Z]{26}$/),
    ])
  })
})

describe('answers that are kept for a moment', () => {
  const statusOf = async (ask: Asker, path: string) =>
    ((await (await ask(path)).json()) as { status: string }).status

  test('are never shown to who may not see them', async () => {
    await using app = await TestApp.start()
    const { build } = await app.build()
    const browser = await app.asBrowser()
    for (const path of ['/', '/builds', `/builds/${build.id}`]) {
      expect((await browser.ask(path)).status).toBe(200)
      const stranger = await app.asStranger(path)
      expect([stranger.status, await stranger.text()]).toEqual([303, ''])
    }
    for (const path of ['/api/builds', `/api/builds/${build.id}`]) {
      expect((await app.asAdmin(path)).status).toBe(200)
      const stranger = await app.asStranger(path)
      expect([stranger.status, (await stranger.text()).includes(build.commitSha)]).toEqual([
        401,
        false,
      ])
    }
  })

  test('differ by theme and by what the reader can unpack', async () => {
    await using app = await TestApp.start()
    await app.build()
    const browser = await app.asBrowser()
    const themeOf = async (theme: string) => {
      const cookie = `oore_session=${browser.cookies.get('oore_session')}; oore_theme=${theme}`
      const text = await (await app.asStranger('/builds', { headers: { cookie } })).text()
      return /data-theme="(\w+)"/.exec(text)?.[1]
    }
    expect(await Promise.all(['dark', 'light', 'dark'].map(themeOf))).toEqual([
      'dark',
      'light',
      'dark',
    ])
    const encodings = []
    for (const encoding of ['gzip', 'identity', 'gzip;q=0', 'br, gzip;q=0.5']) {
      const { headers } = await app.asStranger('/builds', {
        headers: { ...bearer, 'accept-encoding': encoding },
      })
      encodings.push(headers.get('content-encoding'))
    }
    expect(encodings).toEqual(['gzip', null, null, 'gzip'])
  })

  test('have the request id of who asks', async () => {
    await using app = await TestApp.start()
    await app.build()
    for (const id of ['one', 'two']) {
      const answer = await app.asAdmin('/api/builds', { headers: { 'x-request-id': id } })
      expect(answer.headers.get('x-request-id')).toBe(id)
    }
  })

  test('are dropped by whatever changes what they show', async () => {
    await using app = await TestApp.start()
    const { build } = await app.build()
    const path = `/api/builds/${build.id}`
    const listed = async () => {
      const { data } = (await (await app.asAdmin('/api/builds')).json()) as {
        data: { status: string }[]
      }
      return data.map(({ status }) => status)
    }
    expect([await statusOf(app.asAdmin, path), await listed()]).toEqual(['pending', ['pending']])
    await cancelBuild(app.services.as(admin), build.id)
    expect([await statusOf(app.asAdmin, path), await listed()]).toEqual([
      'cancelled',
      ['cancelled'],
    ])
  })

  test('follow steps and artifacts, and are a second old at most', async () => {
    await using app = await TestApp.start()
    const { build } = await app.build()
    const ctx = app.services.as({ is: 'system' })
    await app.services.db.write(async (tx) => {
      await tx.update(schema.builds).set({ status: 'success', finishedAt: ctx.clock() })
    })
    const { steps } = schema
    const stepStatus = async () => {
      const answer = await app.asAdmin(`/api/builds/${build.id}`)
      const { steps: shown } = (await answer.json()) as { steps: { status: string }[] }
      return shown[0]?.status
    }
    expect(await stepStatus()).toBe('pending')
    const set = (status: 'running' | 'success', isTold: boolean) =>
      change(ctx, async (tx, record) => {
        await tx.update(steps).set({ status }).where(eq(steps.position, 1))
        if (isTold) record('step.started', build.id, {})
      })
    await set('running', true)
    expect(await stepStatus()).toBe('running')
    await set('success', false)
    expect(await stepStatus()).toBe('running')
    app.services.advance(seconds(1))
    expect(await stepStatus()).toBe('success')
  })
})

describe('the dashboard', () => {
  test('shows what waits, on an empty server too', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    expect((await browser.ask('/')).status).toBe(200)
    const { repository } = await app.build()
    const page = await browser.ask('/')
    expect(textOf(readHtml(await page.text()))).toContain(repository.fullName)
  })
})
