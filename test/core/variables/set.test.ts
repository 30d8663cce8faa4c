import { eq } from 'drizzle-orm'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { showGroup } from '../../../src/core/variables/find.ts'
import { addGroup, groupAt, renameGroup } from '../../../src/core/variables/groups.ts'
import { importVariables } from '../../../src/core/variables/import.ts'
import { removeVariable } from '../../../src/core/variables/remove.ts'
import { resolveVariables } from '../../../src/core/variables/resolve.ts'
import { setVariable } from '../../../src/core/variables/set.ts'
import { valueBytesMax } from '../../../src/core/variables/variable.ts'
import { schema } from '../../../src/db/client.ts'
import { newId } from '../../../src/lib/ids.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'

const of = (repositoryId: string) => ({
  repositoryId,
  branch: 'main',
  tag: null,
  pullRequestNumber: null,
  fork: null,
})
const valuesFor = async (services: TestServices) =>
  (await resolveVariables(services.as(admin), of(newId()), { groups: [], environmentName: null }))
    .variables

describe('setVariable', () => {
  test('keeps a value byte for byte, and shows a secret to nobody', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const id = await groupAt(ctx, {})
    const value = '-----BEGIN KEY-----\n\tä€\\n"$X"\r\n-----END KEY-----\n'
    const stored = await setVariable(ctx, id, { name: 'PEM', value })
    expect(stored).toMatchObject({ value: null, isSecret: true, isProtected: true })
    const plain = await setVariable(ctx, id, { name: 'PLAIN', value, secret: false })
    expect(plain).toMatchObject({ value, isSecret: false })
    expect(await valuesFor(services)).toEqual({ PEM: value, PLAIN: value })
    expect(JSON.stringify(await showGroup(ctx, id))).not.toContain('PEM-VALUE')
    const file = services.config.database.url.replace('file:', '')
    expect(readFileSync(file).includes('BEGIN KEY')).toBe(false)
  })

  test('keeps what is stored where no value is given, and lets no secret become plain so', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const id = await groupAt(ctx, {})
    await setVariable(ctx, id, { name: 'A', value: 'first-value', secret: false })
    await setVariable(ctx, id, { name: 'A', secret: true })
    expect(await valuesFor(services)).toEqual({ A: 'first-value' })
    await expect(setVariable(ctx, id, { name: 'A', secret: false })).rejects.toMatchObject({
      trouble: 'invalid',
      fields: [{ field: 'value' }],
    })
    await expect(setVariable(ctx, id, { name: 'B' })).rejects.toMatchObject({
      fields: [{ field: 'value' }],
    })
  })

  test.each([
    [{ name: '1ST', value: 'x' }, 'name'],
    [{ name: '', value: 'x' }, 'name'],
    [{ name: 'CM_ENV', value: 'x' }, 'name'],
    [{ name: 'A', value: 'a\0b' }, 'value'],
    [{ name: 'A', value: 'x'.repeat(valueBytesMax + 1) }, 'value'],
    [{ name: 'A', value: 'x', environment: 'a b' }, 'environment'],
    [{ name: 'A', value: 'x', branch_pattern: '{a,'.repeat(400) }, 'branch_pattern'],
  ])('refuses %j at its field', async (input, field) => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const id = await groupAt(ctx, {})
    await expect(setVariable(ctx, id, input)).rejects.toMatchObject({ fields: [{ field }] })
    expect((await showGroup(ctx, id)).variables).toEqual([])
  })

  test('warns of values that logs cannot hide', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const id = await groupAt(ctx, {})
    const warningOf = async (value: string, secret = true) =>
      (await setVariable(ctx, id, { name: 'A', value, secret })).maskWarning
    expect(await warningOf('12345')).toContain('fewer than 6')
    expect(await warningOf('production')).toContain('common word')
    expect(await warningOf('correct horse\nab\n')).toContain('lines')
    expect(await warningOf('correct horse battery')).toBeNull()
    expect(await warningOf('12345', false)).toBeNull()
  })

  test('a value that was moved to another row does not open', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const id = await groupAt(ctx, {})
    await setVariable(ctx, id, { name: 'A', value: 'value-of-a' })
    await setVariable(ctx, id, { name: 'B', value: 'value-of-b' })
    const { variables: v } = schema
    await services.db.write(async (tx) => {
      const [a] = await tx.select().from(v).where(eq(v.name, 'A')).all()
      await tx.update(v).set({ valueSealed: a!.valueSealed }).where(eq(v.name, 'B'))
    })
    await expect(valuesFor(services)).rejects.toMatchObject({ trouble: 'conflict' })
  })

  test('is for administrators; developers see names, viewers nothing', async () => {
    await using services = await makeServices()
    const id = await groupAt(services.as(admin), {})
    const as = (role: 'developer' | 'viewer') =>
      services.as({ is: 'user', userId: newId(), name: role, role })
    await expect(setVariable(as('developer'), id, { name: 'A', value: 'x' })).rejects.toMatchObject(
      { trouble: 'forbidden' },
    )
    await expect(showGroup(as('developer'), id)).resolves.toMatchObject({ variables: [] })
    await expect(showGroup(as('viewer'), id)).rejects.toMatchObject({ trouble: 'forbidden' })
  })
})

test('two groups of one owner have two names, and others’ names are theirs', async () => {
  await using services = await makeServices()
  const { repository } = await services.repository({})
  const ctx = services.as(admin)
  const { group } = await addGroup(ctx, { name: 'release' })
  await expect(addGroup(ctx, { name: 'release' })).rejects.toMatchObject({ trouble: 'conflict' })
  await addGroup(ctx, { name: 'release', repository_id: repository.id })
  await addGroup(ctx, { name: 'other' })
  await expect(renameGroup(ctx, group.id, 'other')).rejects.toMatchObject({ trouble: 'conflict' })
  expect((await renameGroup(ctx, group.id, 'third')).group.name).toBe('third')
})

describe('importVariables', () => {
  const content = `# a comment
export A=plain # not part of it
B="with \\"quotes\\" and\\nlines"
C='several
lines'
D=
`
  test('stores all of a .env file', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const id = await groupAt(ctx, {})
    await importVariables(ctx, id, { content })
    expect(await valuesFor(services)).toEqual({
      A: 'plain',
      B: 'with "quotes" and\nlines',
      C: 'several\nlines',
      D: '',
    })
    await removeVariable(ctx, id, { name: 'A', environment: '', branchPattern: '' })
    await expect(importVariables(ctx, id, { content })).rejects.toMatchObject({
      message: expect.stringContaining('B, C, D'),
    })
    expect(await valuesFor(services)).not.toHaveProperty('A')
    await importVariables(ctx, id, { content, replace: true })
    expect(await valuesFor(services)).toHaveProperty('A')
  })

  test.each([
    ['A=1\nnonsense\n', 'line 2'],
    ['A=1\nB="open\n', 'line 2'],
    ['A=1\n2B=x\n', 'line 2'],
    ['A=Encrypted(Z0FBQUFBQm)\n', 'only Codemagic can decrypt'],
    ['# nothing\n', 'no variable'],
  ])('stores nothing of %j, and says why', async (text, why) => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const id = await groupAt(ctx, {})
    await expect(importVariables(ctx, id, { content: text })).rejects.toMatchObject({
      trouble: 'invalid',
      message: expect.stringContaining(why),
    })
    expect(await valuesFor(services)).toEqual({})
  })
})
