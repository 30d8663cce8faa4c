import { describe, expect, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import { TestApp } from '../support/app.ts'
import { elementsOf, readHtml, textOf, withId } from '../support/html.ts'
import { makeRepo } from '../support/repo.ts'

type Fields = { field: string; message: string }[]
type Problem = { status: number; detail: string; errors: Fields }
const problemOf = async (answer: Response) => (await answer.json()) as Problem
const pageOf = async (answer: Response) => readHtml(await answer.text())

/** The secret in a page that shows a new one. */
const newSecret = /\b[a-z2-7]{32}\b/

const cloneUrl = 'https://git.example.com/team/app.git'

describe('adding a repository', () => {
  test('as JSON gives it back with its address and, this once, its secret', async () => {
    await using app = await TestApp.start()
    const json = { provider: 'git', clone_url: cloneUrl }
    const answer = await app.asAdmin('/api/repositories', { json })
    expect(answer.status).toBe(201)
    const made = (await answer.json()) as Record<string, unknown>
    expect(made).toEqual({
      id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      provider: 'git',
      instance: null,
      owner: 'team',
      name: 'app',
      full_name: 'team/app',
      clone_url: cloneUrl,
      has_credential: false,
      has_webhook_secret: true,
      webhook_verified_at: null,
      webhook_failed_at: null,
      webhook_failure: null,
      refs_known_at: null,
      pull_request_comments: false,
      default_branch: 'main',
      is_private: true,
      state: 'active',
      state_reason: null,
      is_archived: false,
      is_connected: false,
      configuration_first: 'stored',
      fork_builds: 'ask',
      next_build_number: 1,
      created_at: '2026-01-01T12:00:00.000Z',
      updated_at: '2026-01-01T12:00:00.000Z',
      webhook_secret: expect.stringMatching(/^[a-z2-7]{32}$/),
    })
    expect(answer.headers.get('location')).toBe(`/api/repositories/${made['id']}`)
    const again = await app.asAdmin(`/api/repositories/${made['id']}`)
    const { webhook_secret: secret, ...rest } = made
    expect(await again.json()).toEqual(rest)
    const { data } = (await (await app.asAdmin('/api/repositories')).json()) as { data: unknown[] }
    expect(data).toEqual([rest])
    expect(JSON.stringify(data)).not.toContain(secret)
  })

  test('by the form shows its page with the hook to install', async () => {
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const form = { provider: 'git', clone_url: cloneUrl, default_branch: '', clone_username: '' }
    const answer = await browser.ask('/repositories', { form })
    const address = answer.headers.get('location') ?? ''
    expect([answer.status, address]).toEqual([
      303,
      expect.stringMatching(/^\/repositories\/[0-9A-Z]{26}$/),
    ])
    const text = await (await browser.ask(address)).text()
    expect(text).toContain('team/app')
    expect(text).toMatch(/\/api\/webhooks\/git\/[0-9A-Z]{26}/)
    expect(text).toMatch(newSecret)
  })

  const wrong: [what: string, json: unknown, errors: Fields][] = [
    [
      'nothing',
      {},
      [{ field: 'clone_url', message: 'is missing: write the address to clone from' }],
    ],
    [
      'a provider that is not known',
      { provider: 'svn', clone_url: cloneUrl },
      [
        {
          field: 'provider',
          message: 'must be one of github, gitlab, gitea, bitbucket, git, not "svn"',
        },
      ],
    ],
    [
      'half of a name on a forge',
      { provider: 'github', owner: 'lumen' },
      [
        {
          field: 'clone_url',
          message:
            'is missing: write the address to clone from, or owner and name of a repository on github.com',
        },
      ],
    ],
    [
      'values of the wrong kind',
      { provider: 'git', clone_url: 5, name: null, owner: ['a'], default_branch: {} },
      [
        { field: 'clone_url', message: 'must be text, not 5' },
        { field: 'owner', message: 'must be text, not a list' },
        { field: 'name', message: 'must be text, not null' },
        { field: 'default_branch', message: 'must be text, not an object' },
      ],
    ],
    [
      'a field that is not known',
      { provider: 'git', clone_url: cloneUrl, id: 'x', organization_id: 'y' },
      [
        { field: 'id', message: 'is not a field that is known here' },
        { field: 'organization_id', message: 'is not a field that is known here' },
      ],
    ],
    [
      'a name that is too long',
      { provider: 'git', clone_url: cloneUrl, name: 'x'.repeat(201) },
      [{ field: 'name', message: 'may have 200 characters, and has 201' }],
    ],
    [
      'a short secret',
      { provider: 'git', clone_url: cloneUrl, webhook_secret: 'short' },
      [{ field: 'webhook_secret', message: 'must be 16 to 200 characters, one line' }],
    ],
  ]
  for (const [what, json, errors] of wrong) {
    test(`with ${what} names every field, what was found and what to write`, async () => {
      await using app = await TestApp.start()
      const answer = await app.asAdmin('/api/repositories', { json })
      const problem = await problemOf(answer)
      expect([answer.status, problem.errors]).toEqual([422, errors])
      expect(problem.detail).not.toContain('Invalid input')
      expect(problem.detail).toMatch(/\.$/)
    })
  }

  const places: [json: Record<string, string>, made: Record<string, unknown>][] = [
    [
      { clone_url: 'https://github.com/lumen/wallet.git' },
      { provider: 'github', instance: 'github.com', full_name: 'lumen/wallet' },
    ],
    [
      { clone_url: 'git@gitlab.com:lumen/apps/wallet.git' },
      { provider: 'gitlab', instance: 'gitlab.com', full_name: 'lumen/apps/wallet' },
    ],
    [
      { clone_url: 'https://code.lumen.example/a/b.git', provider: 'gitlab' },
      { provider: 'gitlab', instance: 'code.lumen.example' },
    ],
    [
      { clone_url: 'https://github.com/lumen/wallet.git', provider: 'git' },
      { provider: 'git', instance: null },
    ],
    [
      { provider: 'github', owner: 'lumen', name: 'wallet' },
      { provider: 'github', clone_url: 'https://github.com/lumen/wallet.git' },
    ],
  ]
  for (const [json, made] of places) {
    test(`by ${JSON.stringify(json)} knows its provider`, async () => {
      await using app = await TestApp.start()
      const answer = await app.asAdmin('/api/repositories', { json })
      expect([answer.status, await answer.json()]).toEqual([201, expect.objectContaining(made)])
    })
  }

  test.each([
    ['github', ['push', 'pull_request'], /Let me select individual events/],
    ['gitlab', ['push_events', 'tag_push_events', 'merge_requests_events'], /Secret token/],
    ['git', ['push', 'tag'], /post-receive/],
  ])(
    'of %s says where its webhook delivers to and how it is set up',
    async (provider, events, guide) => {
      await using app = await TestApp.start()
      const browser = await app.asBrowser()
      const form = { provider, clone_url: cloneUrl, default_branch: '', clone_username: '' }
      const page = (await browser.ask('/repositories', { form })).headers.get('location') ?? ''
      const url = `http://localhost:8080/api/webhooks/${provider}/${page.split('/').at(-1)}`
      const answer = await app.asAdmin(`/api${page}/webhook-url`)
      expect(await answer.json()).toEqual({
        url,
        secret_set: true,
        content_type: 'application/json',
        events,
      })
      const text = await (await browser.ask(page)).text()
      expect(text).toContain(url)
      expect(text).toMatch(guide)
    },
  )

  const hostile = [
    '--upload-pack=touch /tmp/x',
    'ext::sh -c touch% /tmp/x',
    'https://user:secret-word@git.example.com/a.git',
    'http://git.example.com/a.git',
    'ftp://git.example.com/a.git',
    '/etc/passwd',
  ]
  for (const url of hostile) {
    test(`from ${url} is refused, and the form keeps what was typed`, async () => {
      await using app = await TestApp.start()
      const json = { provider: 'git', clone_url: url }
      const answer = await app.asAdmin('/api/repositories', { json })
      expect([answer.status, (await problemOf(answer)).errors.map(({ field }) => field)]).toEqual([
        422,
        ['clone_url'],
      ])
      const browser = await app.asBrowser()
      const secret = { clone_password: 'hunter2-hunter2' }
      const form = { ...json, default_branch: 'trunk', ...secret }
      const answered = await browser.ask('/repositories', { form })
      expect(answered.status).toBe(422)
      const page = await pageOf(answered)
      expect(withId(page, 'field-clone_url')?.attributes).toMatchObject({
        value: url,
        'aria-invalid': 'true',
      })
      expect(withId(page, 'field-default_branch')?.attributes['value']).toBe('trunk')
      expect(withId(page, 'field-clone_password')?.attributes['value']).toBe('')
      expect(textOf(withId(page, 'field-clone_url-error')!)).toMatch(/^[A-Z"].*\.$/s)
    })
  }

  test('twice is a conflict, on both faces', async () => {
    await using app = await TestApp.start()
    const json = { provider: 'git', clone_url: cloneUrl }
    expect((await app.asAdmin('/api/repositories', { json })).status).toBe(201)
    const again = await app.asAdmin('/api/repositories', { json })
    expect([again.status, (await problemOf(again)).detail]).toEqual([
      409,
      expect.stringMatching(/^team\/app is here already, as [0-9A-Z]{26}\./),
    ])
    const browser = await app.asBrowser()
    const answer = await browser.ask('/repositories', { form: json })
    expect(answer.status).toBe(409)
    const page = await pageOf(answer)
    expect(withId(page, 'field-clone_url')?.attributes['value']).toBe(cloneUrl)
    expect(textOf(page)).toContain('team/app is here already')
  })
})

describe('the list of repositories', () => {
  test('goes on where the page before ended, each once', async () => {
    await using app = await TestApp.start()
    for (const name of ['e', 'b', 'd', 'a', 'c']) {
      const json = { provider: 'git', clone_url: `https://git.example.com/team/${name}.git` }
      await app.asAdmin('/api/repositories', { json })
    }
    const names: string[] = []
    let next: string | null = '/api/repositories?limit=2'
    while (next !== null) {
      const answer = await app.asAdmin(next)
      const page = (await answer.json()) as { data: { name: string }[]; next_cursor: string | null }
      names.push(...page.data.map(({ name }) => name))
      const link = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1] ?? null
      expect(link === null).toBe(page.next_cursor === null)
      if (link) expect(link).toContain(encodeURIComponent(page.next_cursor ?? ''))
      next = link
    }
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('goes on after names as long as they may be', async () => {
    await using app = await TestApp.start()
    for (const name of ['a', 'b']) {
      const [owner, long] = ['🎉'.repeat(50), name.padEnd(100, '漢')]
      const json = { provider: 'git', clone_url: cloneUrl, owner, name: long }
      expect((await app.asAdmin('/api/repositories', { json })).status).toBe(201)
    }
    const first = await app.asAdmin('/api/repositories?limit=1')
    const next = /^<([^>]+)>/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    expect((await app.asAdmin(next)).status).toBe(200)
  })

  test('narrows by part of the name, and takes % and _ as they are', async () => {
    await using app = await TestApp.start()
    for (const name of ['one_app', 'oneXapp', '100%']) {
      const json = { provider: 'git', clone_url: 'https://git.example.com/t/x', name }
      expect((await app.asAdmin('/api/repositories', { json })).status).toBe(201)
    }
    const found = async (q: string) => {
      const answer = await app.asAdmin(`/api/repositories?q=${encodeURIComponent(q)}`)
      return ((await answer.json()) as { data: { name: string }[] }).data.map(({ name }) => name)
    }
    expect(await found('one_')).toEqual(['one_app'])
    expect(await found('%')).toEqual(['100%'])
    expect(await found("' OR 1=1 --")).toEqual([])
  })
})

describe('one repository', () => {
  test('is shown with its tabs', async () => {
    await using app = await TestApp.start()
    const { repository } = await app.build()
    const browser = await app.asBrowser()
    for (const tab of ['', '/builds', '/pipeline', '/settings', '/trigger', '/remove']) {
      const answer = await browser.ask(`/repositories/${repository.id}${tab}`)
      expect([tab, answer.status]).toEqual([tab, 200])
      expect(textOf(await pageOf(answer))).toContain(repository.fullName)
    }
  })

  test('is changed where something was given and nowhere else', async () => {
    await using app = await TestApp.start()
    const { repository } = await app.build()
    const path = `/api/repositories/${repository.id}`
    const patch = (json: unknown) => app.asAdmin(path, { method: 'PATCH', json })
    const changed = await patch({ default_branch: 'trunk', next_build_number: 40 })
    expect([changed.status, await changed.json()]).toEqual([
      200,
      expect.objectContaining({ default_branch: 'trunk', next_build_number: 40, state: 'active' }),
    ])
    const wrong: [unknown, Fields][] = [
      [{ state: 'error' }, [{ field: 'state', message: 'must be "active" or "inactive"' }]],
      [
        { next_build_number: 1 },
        [
          {
            field: 'next_build_number',
            message: 'must be a whole number from 2 to 2100000000',
          },
        ],
      ],
      [
        { next_build_number: 1.5 },
        [{ field: 'next_build_number', message: 'must be a whole number' }],
      ],
      [{ owner: 'me' }, [{ field: 'owner', message: 'is not a field that is known here' }]],
    ]
    for (const [json, errors] of wrong) {
      const answer = await patch(json)
      expect([answer.status, (await problemOf(answer)).errors]).toEqual([422, errors])
    }
    expect(await (await app.asAdmin(path)).json()).toMatchObject({ next_build_number: 40 })
  })

  test('has a settings form that keeps what was typed and says what is wrong with it', async () => {
    await using app = await TestApp.start()
    const { repository } = await app.build()
    const browser = await app.asBrowser()
    const path = `/repositories/${repository.id}/settings`
    const form = { default_branch: 'has space', state: 'inactive', next_build_number: '7' }
    const branch = await browser.ask(path, { form })
    expect(branch.status).toBe(422)
    const page = await pageOf(branch)
    expect(withId(page, 'field-default_branch')?.attributes['value']).toBe('has space')
    expect(withId(page, 'field-next_build_number')?.attributes['value']).toBe('7')
    expect(textOf(withId(page, 'field-default_branch-error')!)).toContain('is not a branch name')
    const number = await pageOf(
      await browser.ask(path, { form: { ...form, default_branch: 'a', next_build_number: 'x' } }),
    )
    expect(textOf(withId(number, 'field-next_build_number-error')!)).toBe(
      'The next build number must be a whole number.',
    )
    const good = await browser.ask(path, { form: { ...form, default_branch: 'trunk' } })
    expect([good.status, good.headers.get('location')]).toEqual([303, path])
    expect(await (await app.asAdmin(`/api/repositories/${repository.id}`)).json()).toMatchObject({
      default_branch: 'trunk',
      state: 'inactive',
      next_build_number: 7,
    })
  })

  test('says where pushes are told', async () => {
    await using app = await TestApp.start()
    const { repository } = await app.build()
    const answer = await app.asAdmin(`/api/repositories/${repository.id}/webhook-url`)
    expect(await answer.json()).toEqual({
      url: `http://localhost:8080/api/webhooks/git/${repository.id}`,
      secret_set: true,
      content_type: 'application/json',
      events: ['push', 'tag'],
    })
  })

  test('gets a new secret that is shown once', async () => {
    await using app = await TestApp.start()
    const { repository } = await app.build()
    const browser = await app.asBrowser()
    const path = `/repositories/${repository.id}`
    const answer = await browser.ask(`${path}/secret`, { form: {} })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, path])
    expect(await answer.text()).not.toMatch(newSecret)
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        `^oore_note=[a-z2-7]{32}; Max-Age=120; Path=${path}; HttpOnly; SameSite=Strict$`,
      ),
    ])
    await browser.ask(path, { method: 'HEAD' })
    const [note] = /oore_note=\w+/.exec(answer.headers.get('set-cookie') ?? '') ?? []
    const shown = await browser.ask(path)
    expect([shown.status, shown.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const [secret] = newSecret.exec(await shown.text()) ?? []
    expect(secret).toBeDefined()
    expect(browser.cookies.has('oore_note')).toBe(false)
    // Even one who kept the cookie sees it no second time.
    browser.cookies.set('oore_note', note?.split('=')[1] ?? '')
    expect(await (await browser.ask(path)).text()).not.toContain(secret)
  })

  test('shows a new secret within two minutes, on its own page, and of many only the newest', async () => {
    await using app = await TestApp.start()
    const { repository } = await app.build()
    const other = await app.services.repository({ 'oore.yaml': 'workflows: {}' })
    const browser = await app.asBrowser()
    const path = `/repositories/${repository.id}`
    const rotate = async () => {
      await browser.ask(`${path}/secret`, { form: {} })
      return browser.cookies.get('oore_note') ?? ''
    }
    const shows = async (page: string) => newSecret.test(await (await browser.ask(page)).text())

    await rotate()
    expect(await shows(`/repositories/${other.repository.id}`)).toBe(false)
    app.services.advance(119_000)
    expect(await shows(path)).toBe(true)
    await rotate()
    app.services.advance(120_000)
    expect(await shows(path)).toBe(false)

    const first = await rotate()
    for (let made = 0; made < 100; made += 1) await rotate()
    expect(await shows(path)).toBe(true)
    browser.cookies.set('oore_note', first)
    expect(await shows(path)).toBe(false)
  })

  test('is removed when nothing runs, or by force', async () => {
    await using app = await TestApp.start()
    const { repository, build } = await app.build()
    const browser = await app.asBrowser()
    const path = `/repositories/${repository.id}`
    const remove = (query = '') => app.asAdmin(`/api${path}${query}`, { method: 'DELETE' })
    const refused = await remove()
    expect([refused.status, (await problemOf(refused)).detail]).toEqual([
      409,
      expect.stringMatching(/^A build waits or runs\./),
    ])
    const form = await browser.ask(`${path}/remove`, { form: {} })
    expect([form.status, textOf(await pageOf(form)).includes('A build waits or runs')]).toEqual([
      409,
      true,
    ])
    const unclear = await remove('?force=yes')
    expect([unclear.status, (await problemOf(unclear)).errors]).toEqual([
      400,
      [{ field: 'force', message: 'must be one of true, false, not "yes"' }],
    ])
    expect((await remove('?force=true')).status).toBe(204)
    expect((await app.asAdmin(`/api${path}`)).status).toBe(404)
    expect(await (await app.asAdmin(`/api/builds/${build.id}`)).json()).toMatchObject({
      status: 'cancelled',
    })
  })
})

describe('starting a build by hand', () => {
  const two = {
    'oore.yaml': 'workflows:\n  one:\n    scripts: ["true"]\n  two:\n    scripts: ["true"]\n',
  }

  test('as JSON gives the build, or all of them where several start', async () => {
    await using app = await TestApp.start()
    const { repository, git } = await app.services.repository(two)
    const path = `/api/repositories/${repository.id}/trigger`
    const one = await app.asAdmin(path, { json: { workflow: 'two', labels: ['nightly'] } })
    expect(one.status).toBe(201)
    const build = (await one.json()) as { id: string }
    expect(build).toMatchObject({
      number: 1,
      workflow: 'two',
      status: 'pending',
      trigger_type: 'api',
      branch: 'main',
      commit_sha: git.head(),
      labels: ['nightly'],
      priority: 1,
      config_source: 'repository',
    })
    expect(one.headers.get('location')).toBe(`/api/builds/${build.id}`)
    const both = await app.asAdmin(path, { json: {} })
    expect([both.status, await both.json()]).toEqual([
      201,
      {
        data: [
          expect.objectContaining({ workflow: 'one', number: 2 }),
          expect.objectContaining({ workflow: 'two', number: 3 }),
        ],
      },
    ])
    const empty = await app.asAdmin(path, { method: 'POST' })
    expect(empty.status).toBe(201)
  })

  test('by the form leads to the build, or to the list where several start', async () => {
    await using app = await TestApp.start()
    const { repository } = await app.services.repository(two)
    const browser = await app.asBrowser()
    const path = `/repositories/${repository.id}/trigger`
    const page = await pageOf(await browser.ask(path))
    const options = elementsOf(page).filter(({ name }) => name === 'option')
    expect(options.map(({ attributes }) => attributes['value'])).toEqual(['', 'one', 'two'])
    const blank = { branch: '', commit: '', workflow: '', labels: '' }
    const one = await browser.ask(path, { form: { ...blank, workflow: 'one', labels: ' a, ,b ' } })
    expect(one.headers.get('location')).toMatch(/^\/builds\/[0-9A-Z]{26}$/)
    const id = one.headers.get('location')?.split('/').at(-1)
    expect(await (await app.asAdmin(`/api/builds/${id}`)).json()).toMatchObject({
      trigger_type: 'manual',
      labels: ['a', 'b'],
    })
    const all = await browser.ask(path, { form: blank })
    expect(all.headers.get('location')).toBe(`/builds?repository=${repository.id}`)
  })

  const wrong: [field: string, value: string][] = [
    ['branch', 'no such'],
    ['branch', '--help'],
    ['branch', 'missing'],
    ['commit', 'xyz'],
    ['commit', '0123456789012345678901234567890123456789'],
    ['workflow', 'three'],
  ]
  for (const [field, value] of wrong) {
    test(`with ${field} ${value} names the field, on both faces`, async () => {
      await using app = await TestApp.start()
      const { repository } = await app.services.repository(two)
      const path = `/repositories/${repository.id}/trigger`
      const answer = await app.asAdmin(`/api${path}`, { json: { [field]: value } })
      const { errors } = await problemOf(answer)
      expect([answer.status, errors.map((error) => error.field)]).toEqual([422, [field]])
      const browser = await app.asBrowser()
      const form = { branch: '', commit: '', workflow: '', labels: 'kept', [field]: value }
      const answered = await browser.ask(path, { form })
      expect(answered.status).toBe(422)
      const page = await pageOf(answered)
      expect(withId(page, 'field-labels')?.attributes['value']).toBe('kept')
      expect(withId(page, `field-${field}-error`)).toBeDefined()
      if (field !== 'workflow') {
        expect(withId(page, `field-${field}`)?.attributes['value']).toBe(value)
      }
    })
  }

  test('is a conflict while the repository is paused, and 503 while Oore shuts down', async () => {
    await using app = await TestApp.start()
    const { repository, build } = await app.build()
    const browser = await app.asBrowser()
    const path = `/repositories/${repository.id}/trigger`
    const pause = (state: string) =>
      app.asAdmin(`/api/repositories/${repository.id}`, { method: 'PATCH', json: { state } })
    await pause('inactive')
    expect((await app.asAdmin(`/api${path}`, { json: {} })).status).toBe(409)
    expect((await browser.ask(path, { form: {} })).status).toBe(409)
    await pause('active')
    app.services.life.phase = 'draining'
    for (const answer of [
      await app.asAdmin(`/api${path}`, { json: {} }),
      await browser.ask(path, { form: {} }),
      await app.asAdmin(`/api/builds/${build.id}/retry`, { json: {} }),
      await browser.ask(`/builds/${build.id}/retry`, { form: {} }),
    ]) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30'])
      expect(await answer.text()).toContain('shutting down')
    }
  })

  test('says so where the repository cannot be reached', async () => {
    await using app = await TestApp.start()
    const gone = makeRepo()
    const json = { provider: 'git', clone_url: gone.url }
    const { id } = (await (await app.asAdmin('/api/repositories', { json })).json()) as {
      id: string
    }
    gone[Symbol.dispose]()
    const answer = await app.asAdmin(`/api/repositories/${id}/trigger`, { json: {} })
    expect([answer.status, (await problemOf(answer)).detail]).toEqual([
      422,
      expect.stringContaining(`There is no repository at ${gone.url}`),
    ])
    const browser = await app.asBrowser()
    expect((await browser.ask(`/repositories/${id}/trigger`)).status).toBe(200)
    const form = { branch: '', commit: '', workflow: '', labels: '' }
    const page = await pageOf(await browser.ask(`/repositories/${id}/trigger`, { form }))
    const targets = elementsOf(page).map(({ attributes }) => attributes['href'] ?? '')
    // The address at fault is no field of this form: nothing may lead to it.
    expect(targets.filter((href) => href.startsWith('#field-'))).toEqual([])
    expect(textOf(page)).toContain('There is no repository at')
    expect((await browser.ask(`/repositories/${id}/pipeline`)).status).toBe(200)
  })

  test('of a repository that is not there is 404, whatever was sent', async () => {
    await using app = await TestApp.start()
    const answer = await app.asAdmin(`/api/repositories/${newId()}/trigger`, {
      json: { branch: 'no such' },
    })
    expect(answer.status).toBe(404)
  })
})
