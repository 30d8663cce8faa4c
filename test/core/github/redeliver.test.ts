import { describe, expect, test } from 'vitest'
import { redeliverMissed } from '../../../src/core/github/redeliver.ts'
import { days } from '../../../src/lib/clock.ts'
import { eventually } from '../../support/eventually.ts'
import { GithubWorld } from '../../support/github-app.ts'

const attempts = 'POST /app/hook/deliveries/:id/attempts'

describe('what GitHub could not deliver', () => {
  test('is asked for once more, oldest first, and nothing that arrived', async () => {
    await using world = await GithubWorld.start()
    const { github } = world
    const wallet = github.addRepository('lumen/wallet', { files: { 'a.txt': 'a' } })
    await world.connect()
    const ping = () => github.payloads.ping(github.world.apps[0]!)
    const lost = await github.deliver('ping', ping(), { isLost: true })
    const arrived = await github.deliver('ping', ping(), { isLost: true })
    await world.tell('ping', ping(), { id: arrived.guid })
    const { deliveries } = await github.push(wallet, { files: { 'a.txt': 'b' } })
    const system = world.app.services.as({ is: 'system' })
    expect(await redeliverMissed(system)).toEqual([
      lost.guid,
      ...deliveries.map(({ guid }) => guid),
    ])
    expect(github.count(attempts)).toBe(1 + deliveries.length)
    expect(github.breaches).toEqual([])
  })

  test('is given up after some attempts, and after three days', async () => {
    await using world = await GithubWorld.start()
    const { github } = world
    github.addRepository('lumen/wallet')
    await world.connect()
    const system = world.app.services.as({ is: 'system' })
    await github.deliver('ping', github.payloads.ping(github.world.apps[0]!), { isLost: true })
    const asked: number[] = []
    for (let round = 0; round < 6; round += 1) {
      const before = github.world.deliveries.length
      const guids = await redeliverMissed(system)
      // GitHub sends it, in vain, after it has said that it will.
      await eventually(() => expect(github.world.deliveries.length).toBe(before + guids.length))
      asked.push(guids.length)
    }
    expect(asked).toEqual([1, 1, 1, 0, 0, 0])
    await github.deliver('ping', github.payloads.ping(github.world.apps[0]!), { isLost: true })
    world.app.services.advance(days(3) + 1)
    expect(await redeliverMissed(system)).toEqual([])
  })

  test('is nothing where no App is connected', async () => {
    await using world = await GithubWorld.start()
    expect(await redeliverMissed(world.app.services.as({ is: 'system' }))).toEqual([])
  })
})
