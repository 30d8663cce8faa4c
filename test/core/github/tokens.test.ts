import { describe, expect, test } from 'vitest'
import { findGithubApp } from '../../../src/core/github/find.ts'
import { dropTokens } from '../../../src/core/github/tokens.ts'
import { accessOf } from '../../../src/core/repositories/source.ts'
import { findRepositoryRow } from '../../../src/core/repositories/find.ts'
import { minutes } from '../../../src/lib/clock.ts'
import { schema } from '../../../src/db/client.ts'
import { GithubWorld } from '../../support/github-app.ts'

async function connected() {
  const world = await GithubWorld.start()
  const wallet = world.github.addRepository('lumen/wallet')
  const { installation } = await world.connect()
  const ctx = world.app.services.as({ is: 'system' })
  const { data } = await world.api('/repositories')
  const row = await findRepositoryRow(ctx, data[0].id)
  const before = count(world)
  const access = async (need: 'clone' | 'report' = 'clone') => {
    const found = await accessOf(ctx, row, need)
    return found?.credential.password.reveal() ?? ''
  }
  const minted = () => count(world) - before
  return { world, wallet, installation, ctx, row, access, minted }
}

const count = (world: GithubWorld): number =>
  world.github.count('POST /app/installations/:id/access_tokens')

describe('tokens of an installation', () => {
  test('are made once for all who ask at once, and kept until five minutes before their end', async () => {
    const { world, access, minted } = await connected()
    await using _ = world
    const tokens = await Promise.all([access(), access(), access()])
    expect([new Set(tokens).size, minted()]).toEqual([1, 1])
    world.app.services.advance(minutes(54))
    expect(await access()).toBe(tokens[0])
    world.app.services.advance(minutes(2))
    const next = await Promise.all([access(), access()])
    expect(next[0]).not.toBe(tokens[0])
    expect([new Set(next).size, minted()]).toEqual([1, 2])
  })

  test('are told apart by need: one reads the code, one answers, and neither does both', async () => {
    const { world, access, wallet } = await connected()
    await using _ = world
    expect(await access('clone')).not.toBe(await access('report'))
    const limited = world.github.world.tokens.flatMap((token) =>
      token.is === 'installation' && token.repositoryIds ? [token] : [],
    )
    expect(limited.map(({ repositoryIds, permissions }) => [repositoryIds, permissions])).toEqual([
      [[wallet.id], { contents: 'read', metadata: 'read' }],
      [
        [wallet.id],
        { checks: 'write', statuses: 'write', pull_requests: 'write', metadata: 'read' },
      ],
    ])
  })

  test('ask for what the account has agreed to, and say what is missing where that is nothing', async () => {
    const { world, access, installation } = await connected()
    await using _ = world
    installation.permissions = { metadata: 'read', statuses: 'write' }
    await world.api('/github/sync', { method: 'POST' })
    await access('report')
    const [last] = world.github.world.tokens.slice(-1)
    expect(last).toMatchObject({ permissions: { statuses: 'write', metadata: 'read' } })
    installation.permissions = { metadata: 'read' }
    await world.api('/github/sync', { method: 'POST' })
    await expect(access('report')).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringContaining('checks: write'),
    })
  })

  test('are forgotten when told to, and a failure is not kept', async () => {
    const { world, access, ctx, minted } = await connected()
    await using _ = world
    const first = await access()
    const [row] = await ctx.db.read.select().from(schema.githubInstallations).all()
    if (row) dropTokens(ctx, row)
    world.github.decide(() => ({ status: 502 }))
    await expect(access()).rejects.toMatchObject({ trouble: 'unavailable' })
    world.github.decide(() => 'answered')
    expect(await access()).not.toBe(first)
    expect(minted()).toBe(3)
  })

  test('are none for who has suspended the App, or taken the repository out', async () => {
    const { world, access, installation } = await connected()
    await using _ = world
    installation.suspendedAt = '2026-01-01T12:00:00Z'
    await world.api('/github/sync', { method: 'POST' })
    await expect(access()).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringContaining('suspended'),
    })
    installation.suspendedAt = null
    installation.selection = 'selected'
    await world.api('/github/sync', { method: 'POST' })
    await expect(access()).rejects.toMatchObject({
      trouble: 'conflict',
      message: expect.stringContaining('does not reach this repository'),
    })
  })
})

test('what is sealed of the App opens on demand', async () => {
  const { world, ctx } = await connected()
  await using _ = world
  const [app] = world.github.world.apps
  const found = await findGithubApp(ctx)
  expect(found?.clientId).toBe(app?.clientId)
  expect(found?.clientSecret().reveal()).toBe(app?.clientSecret)
  expect(found?.webhookSecret().reveal()).toBe(app?.webhookSecret)
  expect(JSON.stringify(found)).not.toContain(app?.clientSecret)
})
