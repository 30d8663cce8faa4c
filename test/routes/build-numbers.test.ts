import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { triggerBuild } from '../../src/core/builds/trigger.ts'
import { schema } from '../../src/db/client.ts'
import { TestApp } from '../support/app.ts'
import { admin } from '../support/ctx.ts'

async function start() {
  const app = await TestApp.start()
  const { repository } = await app.services.repository({
    'oore.yaml': 'workflows:\n  ios: { scripts: [make] }\n',
  })
  const path = `/repositories/${repository.id}/build-numbers`
  const build = async () => {
    const ctx = app.services.as(admin)
    const [made] = await triggerBuild(ctx, repository.id, { via: 'api' })
    const row = await app.services.db.read
      .select()
      .from(schema.buildPlans)
      .where(eq(schema.buildPlans.buildId, made?.id ?? ''))
      .get()
    return row?.counters
  }
  return { app, path, build, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() }
}

describe('the build numbers of workflows', () => {
  test('go on from what was set, before the first build and after', async () => {
    await using at = await start()
    const set = await at.app.asAdmin(`/api${at.path}`, { json: { workflow: 'ios', next: 133 } })
    expect([set.status, await set.json()]).toEqual([200, { workflow: 'ios', next: 133 }])
    expect(await at.build()).toEqual({ BUILD_NUMBER: '133', PROJECT_BUILD_NUMBER: '1' })
    expect(await at.build()).toEqual({ BUILD_NUMBER: '134', PROJECT_BUILD_NUMBER: '2' })
    const list = await at.app.asAdmin(`/api${at.path}`)
    expect(await list.json()).toMatchObject({ data: [{ workflow: 'ios', next: 135 }] })
  })

  test.each([0, -1, 2_100_000_001])('%d is refused, with the field', async (next) => {
    await using at = await start()
    const answer = await at.app.asAdmin(`/api${at.path}`, { json: { workflow: 'ios', next } })
    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject({ errors: [{ field: 'next' }] })
  })

  test('a workflow that is not in the configuration is refused, with the nearest', async () => {
    await using at = await start()
    const json = { workflow: 'iso', next: 3 }
    const answer = await at.app.asAdmin(`/api${at.path}`, { json })
    expect(await answer.json()).toMatchObject({
      status: 422,
      errors: [{ field: 'workflow', message: expect.stringContaining('did you mean ios?') }],
    })
  })

  test('are set by a form, which keeps what was typed where that is wrong', async () => {
    await using at = await start()
    const browser = await at.app.asBrowser()
    const wrong = await browser.ask(at.path, { form: { workflow: 'ios', next: 'many' } })
    const page = await wrong.text()
    expect([wrong.status, page.includes('value="ios"')]).toEqual([422, true])
    const right = await browser.ask(at.path, { form: { workflow: 'ios', next: '12' } })
    expect([right.status, right.headers.get('location')]).toEqual([303, at.path])
    expect(await at.build()).toMatchObject({ BUILD_NUMBER: '12' })
  })
})
