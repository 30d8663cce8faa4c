import { describe, expect, test } from 'vitest'
import { addCredential } from '../../../src/core/credentials/add.ts'
import { listExpiries, showExpiringSoon } from '../../../src/core/expiry/list.ts'
import { tellExpiries } from '../../../src/core/expiry/tell.ts'
import { showOverview } from '../../../src/core/overview/show.ts'
import { schema } from '../../../src/db/client.ts'
import { days, hours } from '../../../src/lib/clock.ts'
import { newId } from '../../../src/lib/ids.ts'
import { profileOf } from '../../support/apple-files.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'

async function addProfile(services: TestServices, name: string, inDays: number, replace = false) {
  const ctx = services.as(admin)
  // Whole seconds, as property lists have them.
  const end = new Date(Math.floor((ctx.clock() + days(inDays)) / 1000) * 1000)
  const bytes = profileOf({ changes: { ExpirationDate: end } })
  return addCredential(ctx, 'profile', { file: { name: '', bytes }, fields: {}, name, replace })
}

async function toldOf(services: TestServices): Promise<unknown[]> {
  await tellExpiries(services.as({ is: 'system' }))
  const rows = await services.db.read.select().from(schema.facts).all()
  return rows
    .filter(({ kind }) => kind === 'profile.expiring')
    .map(({ data }) => [data['name'], data['days']])
}

describe('what expires', () => {
  test('is told of at 30, 14, 3 and 0 days, once each', async () => {
    await using services = await makeServices()
    await addProfile(services, 'store', 40)
    expect(await toldOf(services)).toEqual([])
    const seen: unknown[] = []
    for (let day = 0; day < 42; day += 1) {
      services.advance(days(1))
      seen.push((await toldOf(services)).length)
    }
    expect(await toldOf(services)).toEqual([
      ['store', 30],
      ['store', 14],
      ['store', 3],
      ['store', 0],
    ])
    expect(seen.filter((count, i) => count !== seen[i - 1])).toEqual([0, 1, 2, 3, 4])
  })

  test('is told of by the nearest alone after a long absence, and anew after a renewal', async () => {
    await using services = await makeServices()
    await addProfile(services, 'store', 50)
    services.advance(days(40) + hours(1))
    expect(await toldOf(services)).toEqual([['store', 14]])
    await addProfile(services, 'store', 20, true)
    expect(await toldOf(services)).toEqual([
      ['store', 14],
      ['store', 30],
    ])
  })

  test('stands on the calendar, the nearest first, and on the dashboard of who may see it', async () => {
    await using services = await makeServices()
    await addProfile(services, 'late', 400)
    await addProfile(services, 'soon', 20)
    const ctx = services.as(admin)
    const { data } = await listExpiries(ctx, { limit: 1, cursor: null })
    expect(data.map(({ name }) => name)).toEqual(['soon'])
    expect((await showExpiringSoon(ctx)).map(({ name }) => name)).toEqual(['soon'])
    expect((await showOverview(ctx)).expiring).toHaveLength(1)
    const viewer = services.as({ is: 'user', userId: newId(), name: 'V', role: 'viewer' })
    expect((await showOverview(viewer)).expiring).toEqual([])
    await expect(listExpiries(viewer, { limit: 1, cursor: null })).rejects.toMatchObject({
      trouble: 'forbidden',
    })
  })
})
