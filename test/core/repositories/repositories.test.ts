import { describe, expect, test } from 'vitest'
import { cancelBuild } from '../../../src/core/builds/cancel.ts'
import { showBuild } from '../../../src/core/builds/show.ts'
import { triggerBuild } from '../../../src/core/builds/trigger.ts'
import { addRepository } from '../../../src/core/repositories/add.ts'
import { changeRepository } from '../../../src/core/repositories/change.ts'
import { findRepositoryRow, showRepository } from '../../../src/core/repositories/find.ts'
import { listRepositories } from '../../../src/core/repositories/list.ts'
import { removeRepository } from '../../../src/core/repositories/remove.ts'
import { sourceOf } from '../../../src/core/repositories/source.ts'
import { admin, makeServices } from '../../support/ctx.ts'
import { workflow } from '../../support/oore.ts'

const url = 'https://git.example.com/team/app.git'

describe('addRepository', () => {
  test('a password is sealed, never shown, and opens only for its own row', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const input = { provider: 'git' as const, clone_url: url, clone_password: 'hunter2-hunter2' }
    const { repository } = await addRepository(ctx, input)
    const other = await addRepository(ctx, { ...input, name: 'other' })
    expect(repository).toMatchObject({ hasCredential: true, fullName: 'team/app' })
    expect(JSON.stringify(repository)).not.toContain('hunter2')
    const row = await findRepositoryRow(ctx, repository.id)
    expect(JSON.stringify(row)).not.toContain('hunter2')
    expect((await sourceOf(ctx, row)).credential?.password.reveal()).toBe('hunter2-hunter2')

    const stolen = { ...row, id: other.repository.id }
    await expect(sourceOf(ctx, stolen)).rejects.toThrow(/changed or moved/)
  })

  test('the same name twice is a conflict, until the first is removed', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const { repository } = await addRepository(ctx, { provider: 'git', clone_url: url })
    const again = () => addRepository(ctx, { provider: 'git', clone_url: url })
    await expect(again()).rejects.toMatchObject({ trouble: 'conflict' })
    await removeRepository(ctx, repository.id, { force: false })
    await expect(showRepository(ctx, repository.id)).rejects.toMatchObject({ trouble: 'not_found' })
    expect((await again()).repository.id).not.toBe(repository.id)
  })

  test.each([
    ['clone_url', { clone_url: '--upload-pack=touch x' }],
    ['clone_url', { clone_url: 'ext::sh -c id' }],
    ['default_branch', { clone_url: url, default_branch: '-x' }],
    ['webhook_secret', { clone_url: url, webhook_secret: 'short' }],
    ['clone_password', { clone_url: url, clone_username: 'someone' }],
    ['name', { clone_url: url, name: '../..' }],
  ])('a bad %s is refused by name', async (field, input) => {
    await using services = await makeServices()
    const added = addRepository(services.as(admin), { provider: 'git', ...input })
    await expect(added).rejects.toMatchObject({ trouble: 'invalid', fields: [{ field }] })
  })
})

describe('changeRepository', () => {
  test('the next build number only goes forward', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    const ctx = services.as(admin)
    await changeRepository(ctx, repository.id, { next_build_number: 133 })
    const [build] = await triggerBuild(ctx, repository.id, { via: 'api' })
    expect(build!.number).toBe(133)
    const back = changeRepository(ctx, repository.id, { next_build_number: 133 })
    await expect(back).rejects.toMatchObject({ fields: [{ field: 'next_build_number' }] })
  })

  test('a paused repository starts nothing', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    const ctx = services.as(admin)
    await changeRepository(ctx, repository.id, { state: 'inactive' })
    const started = triggerBuild(ctx, repository.id, { via: 'api' })
    await expect(started).rejects.toMatchObject({ trouble: 'conflict' })
  })
})

describe('removeRepository', () => {
  test('waiting builds hold it, unless forced, which cancels them and keeps them to be seen', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    const ctx = services.as(admin)
    const [build] = await triggerBuild(ctx, repository.id, { via: 'api' })
    const held = removeRepository(ctx, repository.id, { force: false })
    await expect(held).rejects.toMatchObject({ trouble: 'conflict' })
    await removeRepository(ctx, repository.id, { force: true })
    expect((await showBuild(ctx, build!.id)).build.status).toBe('cancelled')
    await expect(cancelBuild(ctx, build!.id)).rejects.toMatchObject({ trouble: 'conflict' })
  })
})

describe('listRepositories', () => {
  test('by name, page by page, and by a part of the name', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    for (const name of ['cherry', 'apple', 'banana_1', 'bananax1']) {
      await addRepository(ctx, { provider: 'git', clone_url: url, name })
    }
    const filters = { provider: null, q: null, state: null, sort: 'name' as const }
    const first = await listRepositories(ctx, filters, { limit: 2, cursor: null })
    const rest = await listRepositories(ctx, filters, { limit: 2, cursor: first.nextCursor })
    const names = [...first.data, ...rest.data].map(({ name }) => name)
    expect(names).toEqual(['apple', 'banana_1', 'bananax1', 'cherry'])
    const some = await listRepositories(ctx, { ...filters, q: 'na_1' }, { limit: 9, cursor: null })
    expect(some.data.map(({ name }) => name)).toEqual(['banana_1'])
  })
})
