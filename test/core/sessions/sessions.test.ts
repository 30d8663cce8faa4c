import { describe, expect, test } from 'vitest'
import { createLoginLink, useLoginLink } from '../../../src/core/sessions/links.ts'
import { signIn, signOut } from '../../../src/core/sessions/open.ts'
import { readSession } from '../../../src/core/sessions/read.ts'
import { schema } from '../../../src/db/client.ts'
import { days, hours, minutes } from '../../../src/lib/clock.ts'
import { admin, makeServices, testAdminToken } from '../../support/ctx.ts'

const stranger = { is: 'stranger' } as const
const caller = { ip: '127.0.0.1', userAgent: 'vitest' }
const right = { token: testAdminToken, remember: true, ...caller }

describe('signIn', () => {
  test('the database never holds what is in the cookie', async () => {
    await using services = await makeServices()
    const { cookie } = await signIn(services.as(stranger), right)
    const rows = await services.db.read.select().from(schema.sessions).all()
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(cookie.reveal())
    expect(await readSession(services.as(stranger), cookie.reveal())).toMatchObject({ is: 'admin' })
  })

  test('a session from before the sign-in is not good after it', async () => {
    await using services = await makeServices()
    const ctx = services.as(stranger)
    const first = (await signIn(ctx, right)).cookie.reveal()
    await signIn(ctx, { ...right, previous: first })
    expect(await readSession(ctx, first)).toBeNull()
  })

  test('a wrong token of any length is refused', async () => {
    await using services = await makeServices()
    for (const token of ['', 'x', `${testAdminToken}x`, testAdminToken.slice(1)]) {
      await expect(signIn(services.as(stranger), { ...right, token })).rejects.toMatchObject({
        trouble: 'unauthenticated',
      })
    }
  })
})

describe('readSession', () => {
  test('an unused session ends after seven days; use keeps it, until thirty', async () => {
    await using services = await makeServices()
    const ctx = services.as(stranger)
    const unused = (await signIn(ctx, right)).cookie.reveal()
    const used = (await signIn(ctx, right)).cookie.reveal()
    for (let day = 1; day <= 29; day += 1) {
      services.advance(days(1))
      expect(await readSession(ctx, used)).not.toBeNull()
    }
    expect(await readSession(ctx, unused)).toBeNull()
    services.advance(days(1))
    expect(await readSession(ctx, used)).toBeNull()
  })

  test('without "remember me" it ends within a day', async () => {
    await using services = await makeServices()
    const ctx = services.as(stranger)
    const cookie = (await signIn(ctx, { ...right, remember: false })).cookie.reveal()
    services.advance(hours(11))
    expect(await readSession(ctx, cookie)).not.toBeNull()
    services.advance(hours(11))
    expect(await readSession(ctx, cookie)).not.toBeNull()
    services.advance(hours(3))
    expect(await readSession(ctx, cookie)).toBeNull()
  })

  test('after signing out the cookie is worth nothing', async () => {
    await using services = await makeServices()
    const ctx = services.as(stranger)
    const cookie = (await signIn(ctx, right)).cookie.reveal()
    await signOut(ctx, cookie)
    expect(await readSession(ctx, cookie)).toBeNull()
    expect(await services.db.read.select().from(schema.sessions).all()).toEqual([])
  })
})

describe('login links', () => {
  test('a code signs in once', async () => {
    await using services = await makeServices()
    const { code } = await createLoginLink(services.as(admin), { next: '/builds' })
    const opened = await useLoginLink(services.as(stranger), code.reveal(), caller)
    expect(opened.next).toBe('/builds')
    expect(await readSession(services.as(stranger), opened.cookie.reveal())).not.toBeNull()
    await expect(useLoginLink(services.as(stranger), code.reveal(), caller)).rejects.toMatchObject({
      trouble: 'gone',
    })
  })

  test('a code is good for five minutes, and only the admin makes one', async () => {
    await using services = await makeServices()
    const { code } = await createLoginLink(services.as(admin), { next: '/' })
    services.advance(minutes(6))
    await expect(useLoginLink(services.as(stranger), code.reveal(), caller)).rejects.toMatchObject({
      trouble: 'gone',
    })
    await expect(createLoginLink(services.as(stranger), { next: '/' })).rejects.toMatchObject({
      trouble: 'unauthenticated',
    })
  })
})
