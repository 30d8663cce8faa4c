import { describe, expect, test } from 'vitest'
import { beginHandshake, bindHandshake } from '../../../src/core/handshakes/begin.ts'
import { arrive, endHandshake, showHandshake } from '../../../src/core/handshakes/end.ts'
import { minutes } from '../../../src/lib/clock.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'

async function setOut(services: TestServices, purpose: 'gitlab' | 'github_app' = 'gitlab') {
  const ctx = services.as(admin)
  const verifier = new Secret('v'.repeat(43))
  const begun = await beginHandshake(ctx, { purpose, data: { instance: 'x' }, verifier })
  const state = begun.state.reveal()
  const { cookie } = await bindHandshake(services.as({ is: 'stranger' }), state)
  return { id: begun.id, state, cookie: cookie.reveal() }
}

describe('a browser that comes back', () => {
  test('is taken in with what it set out with, and the verifier is sealed meanwhile', async () => {
    await using services = await makeServices()
    const { id, state, cookie } = await setOut(services)
    const stranger = services.as({ is: 'stranger' })
    const arrived = await arrive(stranger, { purpose: 'gitlab', state, cookie })
    expect(arrived).toMatchObject({ id, data: { instance: 'x' } })
    expect(arrived.verifier?.reveal()).toBe('v'.repeat(43))
    expect((await showHandshake(services.as(admin), id)).outcome).toBeNull()
    await endHandshake(stranger, id, { is: 'done', subject: id, text: 'Connected.' })
    expect((await showHandshake(services.as(admin), id)).outcome).toMatchObject({ is: 'done' })
  })

  test('is not, with a state that is missing, unknown, used, old, of another purpose or browser', async () => {
    await using services = await makeServices()
    const stranger = services.as({ is: 'stranger' })
    const first = await setOut(services)
    const other = await setOut(services)
    const refused = { trouble: 'malformed' }
    const back = (given: { state?: string; cookie?: string; purpose?: 'gitlab' | 'sign_in' }) =>
      arrive(stranger, { purpose: 'gitlab', state: undefined, cookie: undefined, ...given })
    await expect(back({ cookie: first.cookie })).rejects.toMatchObject(refused)
    await expect(back({ state: 'x', cookie: first.cookie })).rejects.toMatchObject(refused)
    await expect(back({ state: first.state })).rejects.toMatchObject(refused)
    await expect(back({ state: first.state, cookie: other.cookie })).rejects.toMatchObject(refused)
    await expect(back({ ...first, purpose: 'sign_in' })).rejects.toMatchObject(refused)
    await back(first)
    await expect(back(first)).rejects.toMatchObject(refused)
    services.advance(minutes(10))
    await expect(back(other)).rejects.toMatchObject(refused)
    expect((await showHandshake(services.as(admin), other.id)).isExpired).toBe(true)
  })

  test('must be the one that set out: an address is bound to one browser', async () => {
    await using services = await makeServices()
    const { state } = await setOut(services)
    const again = bindHandshake(services.as({ is: 'stranger' }), state)
    await expect(again).rejects.toMatchObject({ trouble: 'gone' })
  })

  test('was sent by someone who may', async () => {
    await using services = await makeServices()
    const begin = (role: 'developer' | 'admin') =>
      beginHandshake(services.as({ is: 'user', userId: 'x', name: 'Ada', role }), {
        purpose: 'github_app',
        data: {},
      })
    await expect(begin('developer')).rejects.toMatchObject({ trouble: 'forbidden' })
    await expect(begin('admin')).resolves.toBeDefined()
  })
})
