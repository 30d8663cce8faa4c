import { describe, expect, test } from 'vitest'
import { newId } from '../../src/lib/ids.ts'
import { TestApp } from '../support/app.ts'
import { readHtml, textOf, withId } from '../support/html.ts'

const good = 'workflows:\n  tests:\n    name: Tests\n    scripts:\n      - npm test\n'
const bad = 'workflows:\n  tests:\n    name: [a]\n    colour: red\n'

type Problem = Record<string, unknown> & {
  errors: { field: string; message: string }[]
  problems: { severity: string; message: string; line: number | null; column: number | null }[]
}

async function start(files: Record<string, string> = { 'oore.yaml': good }) {
  const app = await TestApp.start()
  const { repository } = await app.services.repository(files)
  const path = `/repositories/${repository.id}/pipeline`
  const put = (content: unknown, format: unknown = 'yaml') =>
    app.asAdmin(`/api${path}`, { method: 'PUT', json: { format, content } })
  const shown = async (): Promise<unknown> => (await app.asAdmin(`/api${path}`)).json()
  return { app, repository, path, put, shown }
}

describe('the configuration in force', () => {
  test('is the file of the repository, then the stored one, then the file again', async () => {
    const { app, path, put, shown } = await start()
    await using _ = app
    const file = {
      source: 'repository',
      format: 'yaml',
      content: good,
      file_name: 'oore.yaml',
      version: null,
      updated_at: null,
    }
    expect(await shown()).toEqual(file)
    const stored = await put(`# stored\n${good}`)
    expect([stored.status, await stored.json()]).toEqual([
      200,
      {
        version: 1,
        format: 'yaml',
        content: `# stored\n${good}`,
        created_by: expect.any(String),
        created_at: '2026-01-01T12:00:00.000Z',
        problems: [],
      },
    ])
    expect(await shown()).toMatchObject({ source: 'database', version: 1, file_name: null })
    const drop = () => app.asAdmin(`/api${path}`, { method: 'DELETE' })
    expect((await drop()).status).toBe(204)
    expect(await shown()).toEqual(file)
    expect((await drop()).status).toBe(409)
  })

  test('is a default that says what to write where there is none', async () => {
    const { app, shown } = await start({ 'README.md': 'nothing' })
    await using _ = app
    expect(await shown()).toMatchObject({
      source: 'default',
      content: expect.stringContaining('workflows:'),
    })
  })
})

describe('storing a configuration', () => {
  test('with errors is 422, says each with its place, and stores nothing', async () => {
    const { app, put, shown } = await start()
    await using _ = app
    const answer = await put(bad)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      422,
      'application/problem+json; charset=utf-8',
    ])
    const problem = (await answer.json()) as Problem
    expect(problem).toMatchObject({
      type: 'about:blank',
      status: 422,
      detail: 'The configuration has errors and was not stored.',
      request_id: answer.headers.get('x-request-id'),
    })
    expect(problem.problems.length).toBeGreaterThan(0)
    expect(problem.problems).toContainEqual(
      expect.objectContaining({ severity: 'error', line: 3, path: expect.any(String) }),
    )
    expect(
      problem.errors.every(({ field, message }) => field === 'content' && message !== ''),
    ).toBe(true)
    expect(await shown()).toMatchObject({ source: 'repository' })
  })

  test('of the wrong shape names the fields', async () => {
    const { app, put } = await start()
    await using _ = app
    const wrong: [content: unknown, format: unknown, errors: Problem['errors']][] = [
      [
        undefined,
        undefined,
        [{ field: 'content', message: 'is missing: the configuration as text' }],
      ],
      [
        {},
        'json',
        [
          { field: 'format', message: 'must be "yaml" or "huml"' },
          { field: 'content', message: 'must be text, not an object' },
        ],
      ],
    ]
    for (const [content, format, errors] of wrong) {
      const answer = await put(content, format)
      const problem = (await answer.json()) as Problem
      expect([answer.status, problem.errors]).toEqual([422, errors])
    }
  })

  test('of a repository that is not there is 404, though it has errors too', async () => {
    const { app } = await start()
    await using _ = app
    const json = { format: 'yaml', content: bad }
    const path = `/api/repositories/${newId()}/pipeline`
    expect((await app.asAdmin(path, { method: 'PUT', json })).status).toBe(404)
  })

  test('from the editor leads back to it, or keeps the text and marks the place', async () => {
    const { app, path, shown } = await start()
    await using _ = app
    const browser = await app.asBrowser()
    const wrong = await browser.ask(path, { form: { format: 'yaml', content: bad } })
    expect(wrong.status).toBe(422)
    const page = readHtml(await wrong.text())
    expect(textOf(withId(page, 'field-content') ?? page)).toContain('colour: red')
    expect(await shown()).toMatchObject({ source: 'repository' })
    for (const [content, status] of [
      [bad, 422],
      [good, 200],
    ] as const) {
      const checked = await browser.ask(`${path}/validate`, { form: { format: 'yaml', content } })
      expect(checked.status).toBe(status)
    }
    const right = await browser.ask(path, { form: { format: 'yaml', content: good } })
    expect([right.status, right.headers.get('location')]).toEqual([303, path])
    expect(await shown()).toMatchObject({ source: 'database', version: 1 })
    const dropped = await browser.ask(`${path}/drop`, { form: {} })
    expect([dropped.status, dropped.headers.get('location')]).toEqual([303, path])
  })
})

test('warnings of the configuration in force stand on its page, also when it was just stored', async () => {
  const { app, path } = await start()
  await using _ = app
  const browser = await app.asBrowser()
  const said = '"lables" is not a key of a workflow'
  expect(textOf(readHtml(await (await browser.ask(path)).text()))).not.toContain(said)
  const content = `${good}    lables: [release]\n`
  const stored = await browser.ask(path, { form: { format: 'yaml', content } })
  expect([stored.status, stored.headers.get('location')]).toEqual([303, path])
  expect(textOf(readHtml(await (await browser.ask(path)).text()))).toContain(said)
})

describe('the versions', () => {
  test('are all there, newest first, and each can be looked at', async () => {
    const { app, path, put } = await start()
    await using _ = app
    for (const n of [1, 2, 3]) await put(`# ${n}\n${good}`)
    await app.asAdmin(`/api${path}`, { method: 'DELETE' })
    const list = async (query: string) => {
      const answer = await app.asAdmin(`/api${path}/versions${query}`)
      const { data, next_cursor: cursor } = (await answer.json()) as {
        data: { version: number; content: string | null }[]
        next_cursor: string | null
      }
      return { versions: data.map(({ version }) => version), data, cursor }
    }
    const first = await list('?limit=2')
    expect([first.versions, first.data[0]?.content]).toEqual([[4, 3], null])
    expect((await list(`?limit=2&cursor=${first.cursor}`)).versions).toEqual([2, 1])
    const two = await app.asAdmin(`/api${path}/versions/2`)
    expect(await two.json()).toMatchObject({ version: 2, content: `# 2\n${good}` })
    const browser = await app.asBrowser()
    const page = await browser.ask(`${path}/versions/2`)
    expect([page.status, (await page.text()).includes('# 2')]).toEqual([200, true])
    for (const n of ['0', '-1', '5', '1.0', 'x', '99999999999']) {
      expect([n, (await app.asAdmin(`/api${path}/versions/${n}`)).status]).toEqual([n, 404])
    }
  })
})

describe('POST /api/pipelines/validate', () => {
  test('says everything that is wrong, and what would run', async () => {
    await using app = await TestApp.start()
    const ask = async (content: string) => {
      const answer = await app.asAdmin('/api/pipelines/validate', {
        json: { format: 'yaml', content },
      })
      expect(answer.status).toBe(200)
      return (await answer.json()) as Problem
    }
    expect(await ask(good)).toEqual({
      valid: true,
      problems: [],
      workflows: [{ id: 'tests', name: 'Tests' }],
    })
    const wrong = await ask(bad)
    expect(wrong['valid']).toBe(false)
    expect(Object.keys(wrong.problems[0] ?? {}).toSorted()).toEqual([
      'column',
      'excerpt',
      'line',
      'message',
      'path',
      'severity',
      'suggestion',
      'workflow',
    ])
  })
})

describe('HUML', () => {
  const huml = 'workflows::\n  tests::\n    scripts::\n      - "npm test"\n'

  test('is read from oore.huml, stored, checked and explained', async () => {
    const { app, put, shown } = await start({ 'oore.huml': huml })
    await using _ = app
    expect(await shown()).toMatchObject({ format: 'huml', file_name: 'oore.huml' })
    const wrong = await put(huml.replace('"npm test"', 'npm test'), 'huml')
    expect([wrong.status, await wrong.json()]).toMatchObject([
      422,
      { problems: [{ line: 4, column: 9 }] },
    ])
    expect((await put(huml, 'huml')).status).toBe(200)
    const checked = await app.asAdmin('/api/pipelines/validate', {
      json: { format: 'huml', content: huml },
    })
    expect(await checked.json()).toMatchObject({ valid: true, workflows: [{ id: 'tests' }] })
    const explained = await app.asAdmin('/api/pipelines/explain', {
      json: { format: 'huml', content: huml, event: { type: 'push', branch: 'main' } },
    })
    expect(await explained.json()).toMatchObject({ workflows: [{ id: 'tests', runs: false }] })
  })

  test('is made of YAML, and YAML of it, or the problems are told', async () => {
    await using app = await TestApp.start()
    const convert = async (from: string, to: string, content: string) => {
      const json = { from, to, content }
      const answer = await app.asAdmin('/api/pipelines/convert', { json })
      return [answer.status, await answer.json()]
    }
    const yaml = 'workflows:\n  tests:\n    scripts:\n      - npm test\n'
    expect(await convert('yaml', 'huml', yaml)).toEqual([200, { content: huml, format: 'huml' }])
    expect(await convert('huml', 'yaml', huml)).toEqual([200, { content: yaml, format: 'yaml' }])
    expect(await convert('huml', 'yaml', 'a: b')).toMatchObject([
      422,
      { detail: 'The configuration cannot be converted.', problems: [{ line: 1, column: 4 }] },
    ])
  })
})

describe('POST /api/pipelines/explain', () => {
  const content =
    'workflows:\n  a:\n    triggering:\n      events: [push]\n      branch_patterns:\n' +
    '        - pattern: main\n    scripts: [x]\n  b:\n    scripts: [x]\n'

  test('says of each workflow in the file’s order whether it runs, and why', async () => {
    await using app = await TestApp.start()
    const ask = async (event: unknown) => {
      const json = { format: 'yaml', content, event }
      const answer = await app.asAdmin('/api/pipelines/explain', { json })
      const { workflows } = (await answer.json()) as {
        workflows: { id: string; runs: boolean; reason: string }[]
      }
      expect(workflows.every(({ reason }) => reason !== '')).toBe(true)
      return workflows.map(({ id, runs }) => [id, runs])
    }
    expect(await ask({ type: 'push', branch: 'main' })).toEqual([
      ['a', true],
      ['b', false],
    ])
    expect(await ask({ type: 'push', branch: 'other', commit_message: 'x', draft: false })).toEqual(
      [
        ['a', false],
        ['b', false],
      ],
    )
  })

  test('takes the configuration in force in a repository instead of one that is sent', async () => {
    const { app, repository } = await start({ 'oore.yaml': content })
    await using _ = app
    const ask = (more: object) =>
      app.asAdmin('/api/pipelines/explain', {
        json: { event: { type: 'push', branch: 'main' }, ...more },
      })
    const answer = await ask({ repository_id: repository.id })
    expect(await answer.json()).toMatchObject({ workflows: [{ id: 'a', runs: true }, { id: 'b' }] })
    expect((await ask({ repository_id: newId() })).status).toBe(404)
    for (const more of [{}, { repository_id: repository.id, content }]) {
      const unclear = await ask(more)
      expect([unclear.status, ((await unclear.json()) as Problem).errors]).toEqual([
        422,
        [
          {
            field: 'content',
            message: 'is one of two ways: send either content or repository_id',
          },
        ],
      ])
    }
  })

  test('names what is wrong with the event', async () => {
    await using app = await TestApp.start()
    const types = 'must be push, pull_request, pull_request_labeled, tag or manual'
    const wrong: [event: unknown, errors: Problem['errors']][] = [
      [undefined, [{ field: 'event', message: 'is missing: write an object' }]],
      [{ type: 'merge' }, [{ field: 'event.type', message: types }]],
      [{ type: 'push' }, [{ field: 'event.branch', message: 'is missing: write text' }]],
    ]
    for (const [event, errors] of wrong) {
      const json = { format: 'yaml', content, event }
      const answer = await app.asAdmin('/api/pipelines/explain', { json })
      expect([answer.status, ((await answer.json()) as Problem).errors]).toEqual([422, errors])
    }
  })
})
