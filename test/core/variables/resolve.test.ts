import { describe, expect, test } from 'vitest'
import { triggerBuild } from '../../../src/core/builds/trigger.ts'
import { showBuild } from '../../../src/core/builds/show.ts'
import { claimBuilds } from '../../../src/core/runners/claim.ts'
import { showGroup } from '../../../src/core/variables/find.ts'
import { addGroup, groupAt, removeGroup } from '../../../src/core/variables/groups.ts'
import { resolveVariables } from '../../../src/core/variables/resolve.ts'
import { type NewVariable, setVariable } from '../../../src/core/variables/set.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'
import { makeRunner } from '../../support/runner.ts'

const workflow = (environment: string) => `workflows:
  main:
    environment: ${environment}
    scripts: [make]
`

async function put(
  services: TestServices,
  place: { repository_id?: string; group?: string },
  variables: Record<string, string | Omit<NewVariable, 'name'>>,
) {
  const ctx = services.as(admin)
  if (place.group !== undefined) {
    const { group, ...of } = place
    await addGroup(ctx, { name: group, ...of }).catch(() => null)
  }
  const id = await groupAt(ctx, place)
  for (const [name, value] of Object.entries(variables)) {
    const given = typeof value === 'string' ? { value } : value
    await setVariable(ctx, id, { name, ...given })
  }
  return id
}

const own = { branch: 'main', tag: null, pullRequestNumber: null, fork: null }
const noPlan = { groups: [] as string[], environmentName: null as string | null }

describe('precedence', () => {
  test('is organization, its groups as listed, repository, its groups as listed', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('{}') })
    const of = { repository_id: repository.id }
    const all = { A: '1', B: '1', C: '1', D: '1', E: '1' }
    await put(services, {}, all)
    await put(services, { group: 'one' }, { B: '2', C: '2', D: '2', E: '2' })
    await put(services, { group: 'two' }, { C: '3', D: '3', E: '3' })
    await put(services, of, { D: '4', E: '4' })
    await put(services, { ...of, group: 'one' }, { E: '5' })
    const build = { ...own, repositoryId: repository.id }
    const resolve = async (groups: string[]) =>
      (await resolveVariables(services.as(admin), build, { ...noPlan, groups })).variables
    expect(await resolve(['one', 'two'])).toEqual({ A: '1', B: '2', C: '3', D: '4', E: '5' })
    expect(await resolve(['two', 'one'])).toMatchObject({ C: '2', D: '4', E: '5' })
    expect(await resolve([])).toEqual({ A: '1', B: '1', C: '1', D: '4', E: '4' })
  })

  test('of one name in a group, the most narrowly meant that fits the build counts', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('{}') })
    const id = await put(services, {}, { KEY: 'any' })
    const ctx = services.as(admin)
    const variants = [
      { value: 'branch', branch_pattern: 'release/*' },
      { value: 'environment', environment: 'production' },
      { value: 'both', environment: 'production', branch_pattern: 'release/*' },
      { value: 'tag', branch_pattern: 'v*' },
    ]
    for (const variant of variants) await setVariable(ctx, id, { name: 'KEY', ...variant })
    const keyFor = async (
      build: Partial<{ branch: string | null; tag: string | null }>,
      environmentName: string | null,
    ) => {
      const of = { ...own, repositoryId: repository.id, ...build }
      const { variables } = await resolveVariables(ctx, of, { ...noPlan, environmentName })
      return variables['KEY']
    }
    expect(await keyFor({}, null)).toBe('any')
    expect(await keyFor({}, 'staging')).toBe('any')
    expect(await keyFor({ branch: 'release/1/2' }, null)).toBe('branch')
    expect(await keyFor({}, 'production')).toBe('environment')
    expect(await keyFor({ branch: 'release/1' }, 'production')).toBe('both')
    expect(await keyFor({ branch: null, tag: 'v1.2' }, null)).toBe('tag')
    expect(await keyFor({ branch: 'verbose' }, null)).toBe('tag')
  })

  test('the file’s own variables win, and may refer to those stored', async () => {
    await using services = await makeServices()
    const vars = '{ groups: [release], vars: { A: file, URL: "https://x/$B" } }'
    const { repository } = await services.repository({ 'oore.yaml': workflow(vars) })
    await put(services, { group: 'release' }, { A: 'stored', B: 'hunter2-hunter2' })
    await triggerBuild(services.as(admin), repository.id, { via: 'api' })
    const runner = await makeRunner(services)
    const [claim] = await claimBuilds(runner.ctx, runner.id, 1)
    expect(claim?.variables).toEqual({ A: 'stored', B: 'hunter2-hunter2' })
    expect(claim?.masks).toEqual(expect.arrayContaining(['stored', 'hunter2-hunter2']))
    expect(claim?.plan.vars).toContainEqual({ name: 'A', value: 'file' })
  })
})

describe('a build of a fork', () => {
  test('gets what is neither secret nor protected, and is told how much it went without', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('{}') })
    await put(
      services,
      {},
      {
        SECRET: 's3cret-value',
        PROTECTED: { value: 'plain', secret: false },
        OPEN: { value: 'open', secret: false, protected: false },
        // A secret is protected, whatever is said.
        SNEAKY: { value: 's3cret-too', secret: true, protected: false },
      },
    )
    const fork = { name: 'passer-by/app' } as never
    const build = { ...own, repositoryId: repository.id, pullRequestNumber: 7, fork }
    const resolved = await resolveVariables(services.as(admin), build, noPlan)
    expect(resolved).toMatchObject({ variables: { OPEN: 'open' }, masks: [], withheld: 3 })
  })
})

describe('a group that is nowhere', () => {
  test('ends a build before it takes a slot, with the sentence that helps', async () => {
    await using services = await makeServices()
    const content = workflow('{ groups: [google_pay] }')
    const { repository } = await services.repository({ 'oore.yaml': content })
    await put(services, { group: 'google_play' }, { A: 'b' })
    const ctx = services.as(admin)
    const [build] = await triggerBuild(ctx, repository.id, { via: 'api' })
    expect(build).toMatchObject({ status: 'failure', failureKind: 'credentials' })
    expect(build?.errorMessage).toContain('Did you mean "google_play"?')
    const { steps } = await showBuild(ctx, build!.id)
    expect(new Set(steps.map(({ status }) => status))).toEqual(new Set(['skipped']))
    const runner = await makeRunner(services)
    expect(await claimBuilds(runner.ctx, runner.id, 1)).toEqual([])
  })

  test('is found out at the claim, where it was removed meanwhile', async () => {
    await using services = await makeServices()
    const content = workflow('{ groups: [release] }')
    const { repository } = await services.repository({ 'oore.yaml': content })
    const id = await put(services, { group: 'release' }, { A: 'b' })
    const ctx = services.as(admin)
    const [build] = await triggerBuild(ctx, repository.id, { via: 'api' })
    expect(build?.status).toBe('pending')
    await removeGroup(ctx, id)
    const runner = await makeRunner(services)
    expect(await claimBuilds(runner.ctx, runner.id, 1)).toEqual([])
    const { build: ended } = await showBuild(ctx, build!.id)
    expect(ended).toMatchObject({ status: 'failure', failureKind: 'credentials' })
  })
})

test('a variable remembers the build that used it last', async () => {
  await using services = await makeServices()
  const { repository } = await services.repository({ 'oore.yaml': workflow('{}') })
  const id = await put(services, {}, { USED: 'a-value-1' })
  await setVariable(services.as(admin), id, {
    name: 'UNUSED',
    value: 'x',
    environment: 'production',
  })
  const ctx = services.as(admin)
  const [build] = await triggerBuild(ctx, repository.id, { via: 'api' })
  const runner = await makeRunner(services)
  await claimBuilds(runner.ctx, runner.id, 1)
  const { variables } = await showGroup(ctx, id)
  expect(Object.fromEntries(variables.map((each) => [each.name, each.lastUsed?.buildId]))).toEqual({
    USED: build?.id,
    UNUSED: undefined,
  })
})
