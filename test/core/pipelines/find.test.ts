import { describe, expect, test } from 'vitest'
import { triggerBuild } from '../../../src/core/builds/trigger.ts'
import { findPipeline } from '../../../src/core/pipelines/find.ts'
import { showOwnFile, showPipeline } from '../../../src/core/pipelines/show.ts'
import { storePipeline } from '../../../src/core/pipelines/store.ts'
import { changeRepository } from '../../../src/core/repositories/change.ts'
import { findRepositoryRow } from '../../../src/core/repositories/find.ts'
import { admin, makeServices } from '../../support/ctx.ts'
import { workflow } from '../../support/oore.ts'

const stored = { format: 'yaml' as const, content: workflow('echo stored') }

async function start(files: Record<string, string>) {
  const services = await makeServices()
  const ctx = services.as(admin)
  const { repository } = await services.repository(files)
  const find = async () => {
    const row = await findRepositoryRow(ctx, repository.id)
    return (await findPipeline(ctx, row, { branch: 'main' })).found
  }
  const putFirst = (configuration_first: 'stored' | 'repository') =>
    changeRepository(ctx, repository.id, { configuration_first })
  return { services, ctx, id: repository.id, find, putFirst }
}

describe('which configuration goes first', () => {
  test('is the stored one, unless the repository says that its file is', async () => {
    const { services, ctx, id, find, putFirst } = await start({
      'oore.yaml': workflow('echo file'),
    })
    await using _ = services
    await storePipeline(ctx, id, stored)
    expect((await find()).source).toBe('database')
    await putFirst('repository')
    expect(await find()).toMatchObject({ source: 'repository', fileName: 'oore.yaml' })
    expect(await showPipeline(ctx, id)).toMatchObject({ source: 'repository', passedOver: 1 })
    const [build] = await triggerBuild(ctx, id, { via: 'api' })
    expect(build?.configSource).toBe('repository')
  })

  test('does not matter where only one is there', async () => {
    const { services, ctx, id, find, putFirst } = await start({ 'README.md': 'none' })
    await using _ = services
    await putFirst('repository')
    expect((await find()).source).toBe('default')
    await storePipeline(ctx, id, stored)
    expect((await find()).source).toBe('database')
    expect(await showPipeline(ctx, id)).toMatchObject({ source: 'database', version: 1 })
    expect(await showOwnFile(ctx, id)).toBe(null)
  })
})

describe('a configuration in the wrong place', () => {
  test('is noticed where nothing else is found, and the default build says so', async () => {
    const { services, ctx, id, find } = await start({
      'android/codemagic.yaml': 'x',
      'codemagic.yml': 'x',
      '.oore.yaml': 'x',
      'docs/codemagic.yaml.md': 'x',
      'lib/oore.yaml/readme': 'x',
    })
    await using _ = services
    const { misplaced, pipeline } = await find()
    expect(misplaced).toEqual(['.oore.yaml', 'android/codemagic.yaml', 'codemagic.yml'])
    expect(pipeline?.workflows[0]?.scripts[0]?.script).toContain(
      'Oore found android/codemagic.yaml. It is not read there: ' +
        'move it to codemagic.yaml in the root of the repository.',
    )
    expect((await showPipeline(ctx, id)).misplaced).toHaveLength(3)
  })

  test('is not looked for where there is one in the right place', async () => {
    const { services, find } = await start({
      'codemagic.yaml': workflow('true'),
      'android/codemagic.yaml': 'x',
    })
    await using _ = services
    expect(await find()).toMatchObject({ fileName: 'codemagic.yaml', misplaced: [] })
  })
})

describe('a draft', () => {
  test('builds once, is frozen with its build, and is stored nowhere', async () => {
    const { services, ctx, id } = await start({ 'oore.yaml': workflow('echo file') })
    await using _ = services
    const configuration = { format: 'yaml' as const, content: workflow('echo draft') }
    const [build] = await triggerBuild(ctx, id, { via: 'api', configuration })
    expect(build?.configSource).toBe('draft')
    expect(await showPipeline(ctx, id)).toMatchObject({ source: 'repository', passedOver: null })
  })

  test('with errors starts nothing and names the lines', async () => {
    const { services, ctx, id } = await start({ 'oore.yaml': workflow('echo file') })
    await using _ = services
    const configuration = {
      format: 'yaml' as const,
      content: 'workflows:\n  a:\n    scripts:\n      - nmae: x\n',
    }
    await expect(triggerBuild(ctx, id, { via: 'api', configuration })).rejects.toMatchObject({
      trouble: 'invalid',
      fields: expect.arrayContaining([
        expect.objectContaining({ field: expect.stringMatching(/^content:4:/) }),
      ]),
    })
  })
})

describe('storing with the version it was begun from', () => {
  test('is refused where another one was stored meanwhile', async () => {
    const { services, ctx, id } = await start({ 'README.md': '' })
    await using _ = services
    const store = (baseVersion: number) => storePipeline(ctx, id, { ...stored, baseVersion })
    expect((await store(0)).version).toBe(1)
    await expect(store(0)).rejects.toMatchObject({ trouble: 'conflict' })
    expect((await store(1)).version).toBe(2)
    // Of two at the same moment one wins.
    const both = await Promise.allSettled([store(2), store(2)])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })
})
