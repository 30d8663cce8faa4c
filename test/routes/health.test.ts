import { describe, expect, test } from 'vitest'
import { seconds } from '../../src/lib/clock.ts'
import { TestApp } from '../support/app.ts'
import { routeTable } from '../../src/app.ts'
import { mountedAt } from '../../src/routes/lib/route.ts'

describe('health', () => {
  test('tells anyone how the server is, and nothing of anyone’s', async () => {
    await using app = await TestApp.start()
    await app.build()
    app.services.advance(seconds(90))
    const answer = await app.asStranger('/api/health')
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        status: 'healthy',
        version: '0.0.0-test',
        uptime_seconds: 90,
        database: 'connected',
        workers: { active: 0, capacity: 2, queued: 1 },
      },
    ])
    const version = await app.asStranger('/api/version')
    expect(await version.json()).toEqual({ version: '0.0.0-test', api_version: 1 })
  })

  test('is 503 for probes and people when the database does not answer', async () => {
    await using app = await TestApp.start()
    await app.services.db.write((tx) => tx.run('ALTER TABLE builds RENAME TO lost'))
    const answer = await app.asStranger('/api/health')
    expect([answer.status, await answer.json()]).toEqual([
      503,
      expect.objectContaining({ status: 'unhealthy', database: 'unreachable' }),
    ])
    expect((await app.asStranger('/readyz')).status).toBe(503)
    expect((await app.asStranger('/healthz')).status).toBe(200)
  })

  test('is alive but not ready while the server starts and while it drains', async () => {
    await using app = await TestApp.start()
    const seen = []
    for (const phase of ['starting', 'ready', 'draining'] as const) {
      app.services.life.phase = phase
      const [alive, ready] = [await app.asStranger('/healthz'), await app.asStranger('/readyz')]
      seen.push([phase, alive.status, ready.status, await ready.text()])
    }
    expect(seen).toEqual([
      ['starting', 200, 503, 'not ready\n'],
      ['ready', 200, 200, 'ready\n'],
      ['draining', 200, 503, 'not ready\n'],
    ])
  })

  test('says what is set up to who has signed in', async () => {
    await using app = await TestApp.start()
    expect((await app.asStranger('/api/setup/status')).status).toBe(401)
    expect(await (await app.asAdmin('/api/setup/status')).json()).toEqual({
      github: { configured: false, app_name: null },
      gitlab: [],
      encryption: true,
      admin_token: true,
      database: true,
    })
  })
})

describe('metrics', () => {
  test('are for this machine and for the token, not for who comes through a proxy', async () => {
    await using app = await TestApp.start()
    const here = await app.asStranger('/metrics')
    expect([here.status, here.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    const text = await here.text()
    expect(text).toContain('# TYPE oore_builds_waiting gauge\noore_builds_waiting 0\n')
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+ \d+(\.\d+)?)$/)
    }
    expect((await app.asStranger('/metrics', { from: '192.0.2.1' })).status).toBe(401)
    expect((await app.asAdmin('/metrics', { from: '192.0.2.1' })).status).toBe(200)
    const headers = { 'x-forwarded-for': '192.0.2.1' }
    expect((await app.asStranger('/metrics', { headers })).status).toBe(401)
  })
})

describe('the description of the API', () => {
  type Parameter = { name: string; in: string; required: boolean; schema: Record<string, unknown> }
  type Schema = { properties: Record<string, unknown>; required?: string[] }
  type Operation = {
    summary: string
    operationId: string
    security?: unknown[]
    parameters: Parameter[]
    requestBody?: { content: Record<string, { schema: Schema }> }
    responses: Record<string, unknown>
  }
  type Description = {
    openapi: string
    info: { title: string; version: string }
    paths: Record<string, Record<string, Operation>>
  }

  const described = async (app: TestApp): Promise<Description> =>
    (await (await app.asStranger('/api/openapi.json')).json()) as Description

  test('names every call there is, and no other', async () => {
    await using app = await TestApp.start()
    const { openapi, info, paths } = await described(app)
    expect([openapi, info]).toEqual(['3.1.0', { title: 'Oore', version: '0.0.0-test' }])
    const nothing = { addressOf: (name: string) => name, at: () => null }
    const table = routeTable({ assets: nothing, version: '', forget: () => {} })
    const calls = table
      .filter((each) => each.api)
      .map((each) => `${each.method} ${mountedAt(each, 'api').replace(/:(\w+)/g, '{$1}')}`)
    const named = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(named.toSorted()).toEqual(calls.toSorted())
  })

  test('is complete where OpenAPI asks for it: parameters, summaries, ids of their own', async () => {
    await using app = await TestApp.start()
    const { paths } = await described(app)
    const ids: string[] = []
    for (const [path, operations] of Object.entries(paths)) {
      for (const operation of Object.values(operations)) {
        const inPath = operation.parameters.filter((each) => each.in === 'path')
        expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? [])
        expect(inPath.every(({ required }) => required)).toBe(true)
        expect(operation.summary).not.toBe('')
        expect(Object.keys(operation.responses).length).toBeGreaterThan(1)
        ids.push(operation.operationId)
      }
    }
    expect(ids.every((id) => /^[a-z]\w+$/i.test(id))).toBe(true)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('has the very limits that requests are held to', async () => {
    await using app = await TestApp.start()
    const { paths } = await described(app)
    const query = paths['/api/builds']?.['get']?.parameters ?? []
    const limit = query.find(({ name }) => name === 'limit')
    expect(limit).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    })
    expect(query.find(({ name }) => name === 'status')?.schema['enum']).toContain('running')
    const body = paths['/api/repositories']?.['post']?.requestBody?.content['application/json']
    expect(body?.schema).toMatchObject({
      additionalProperties: false,
      properties: {
        provider: { enum: ['github', 'gitlab', 'gitea', 'bitbucket', 'git'] },
        clone_url: { type: 'string', maxLength: 2000 },
      },
    })
  })

  test('says which calls need a token, and what a hook is sent', async () => {
    await using app = await TestApp.start()
    const { paths } = await described(app)
    expect(paths['/api/health']?.['get']?.security).toEqual([])
    expect(paths['/api/builds']?.['get']?.security).toEqual([{ token: [] }])
    const hook = paths['/api/webhooks/git/{repository_id}']?.['post']
    expect(hook?.security).toEqual([])
    expect(Object.keys(hook?.requestBody?.content ?? {})).toEqual(['application/json'])
  })
})
