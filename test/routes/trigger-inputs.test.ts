import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { schema } from '../../src/db/client.ts'
import { readPlan } from '../../src/pipeline/plan.ts'
import { TestApp } from '../support/app.ts'
import { readHtml, textOf } from '../support/html.ts'

const asking = `workflows:
  release:
    name: Release
    inputs:
      flavour:
        { description: Which flavour, type: choice, options: [staging, production], default: staging }
      count: { description: How often, type: number }
      loud: { description: With sound, type: boolean, default: false }
    max_build_duration: \${{ inputs.count }}
    scripts:
      - script: echo \${{ inputs.flavour }} \${{ inputs.loud }}
        ignore_failure: \${{ inputs.loud }}
  plain:
    scripts: [make]
`

type Made = { id: string; workflow: string }
type Problem = { status: number; errors: { field: string; message: string }[] }

async function start() {
  const app = await TestApp.start()
  const { repository } = await app.services.repository({ 'oore.yaml': asking })
  const trigger = (json: unknown) =>
    app.asAdmin(`/api/repositories/${repository.id}/trigger`, { json })
  return { app, repository, trigger, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() }
}

async function planOf(app: TestApp, id: string) {
  const { buildPlans } = schema
  const row = await app.services.db.read
    .select()
    .from(buildPlans)
    .where(eq(buildPlans.buildId, id))
    .get()
  return readPlan(row?.plan)
}

describe('starting a build with inputs', () => {
  test('puts them in with the types they have', async () => {
    await using at = await start()
    const inputs = { flavour: 'production', count: 12, loud: true }
    const answer = await at.trigger({ workflow: 'release', inputs })
    expect(answer.status).toBe(201)
    const plan = await planOf(at.app, ((await answer.json()) as Made).id)
    expect(plan.inputs).toEqual(inputs)
    expect(plan.maxBuildDurationMs).toBe(12 * 60_000)
    expect(plan.steps).toMatchObject([{ script: 'echo production true', ignoreFailure: true }])
  })

  test('takes the defaults of those that are not given', async () => {
    await using at = await start()
    const answer = await at.trigger({ workflow: 'release', inputs: { count: '3' } })
    const plan = await planOf(at.app, ((await answer.json()) as Made).id)
    expect(plan.steps).toMatchObject([{ script: 'echo staging false', ignoreFailure: false }])
  })

  test.each([
    [{}, 'inputs.count', 'must be given: How often'],
    [{ count: 'many' }, 'inputs.count', 'must be a number, found "many"'],
    [
      { count: 1, flavour: 'stagin' },
      'inputs.flavour',
      'must be one of staging, production, found "stagin"',
    ],
    [{ count: 1, loud: 'maybe' }, 'inputs.loud', 'must be true or false, found "maybe"'],
    [{ count: 1, flavor: 'x' }, 'inputs.flavor', 'is not asked for; did you mean flavour?'],
    [{ count: 5000 }, 'inputs', expect.stringContaining('from 1 to 1440, found the number 5000')],
  ])('%j is refused at %s, and starts nothing', async (inputs, field, message) => {
    await using at = await start()
    const answer = await at.trigger({ workflow: 'release', inputs })
    const problem = (await answer.json()) as Problem
    expect(answer.status).toBe(422)
    expect(problem.errors).toContainEqual({ field, message })
    expect(await (await at.app.asAdmin('/api/builds')).json()).toMatchObject({ data: [] })
  })

  test('gives them to those of all workflows that ask for them', async () => {
    await using at = await start()
    const answer = await at.trigger({ inputs: { count: 2 } })
    expect(answer.status).toBe(201)
    const { data } = (await answer.json()) as { data: Made[] }
    expect(data.map(({ workflow }) => workflow)).toEqual(['release', 'plain'])
  })

  test('asks for them in the form, says at the field what is missing, and starts with them', async () => {
    await using at = await start()
    const browser = (await at.app.asBrowser()).ask
    const path = `/repositories/${at.repository.id}/trigger`
    const page = textOf(readHtml(await (await browser(path)).text()))
    expect(page).toContain('Which flavour')
    const wrong = await browser(path, {
      form: {
        workflow: 'release',
        'inputs.release.flavour': 'production',
        'inputs.release.count': '',
      },
    })
    expect(wrong.status).toBe(422)
    const told = await wrong.text()
    expect(told).toContain('count must be a number')
    const started = await browser(path, {
      form: {
        workflow: 'release',
        'inputs.release.flavour': 'production',
        'inputs.release.count': '7',
        'inputs.release.loud': 'true',
      },
    })
    expect(started.status).toBe(303)
    const id = started.headers.get('location')?.split('/').at(-1) ?? ''
    expect((await planOf(at.app, id)).inputs).toEqual({
      flavour: 'production',
      count: 7,
      loud: true,
    })
  })
})
