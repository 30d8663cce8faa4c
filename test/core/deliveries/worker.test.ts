import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { listDeliveries } from '../../../src/core/deliveries/list.ts'
import { workDeliveries } from '../../../src/core/deliveries/worker.ts'
import { storePipeline } from '../../../src/core/pipelines/store.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'
import { eventually } from '../../support/eventually.ts'
import { workflow } from '../../support/oore.ts'
import { receivePush } from '../../support/push.ts'

const all = { repository: null, provider: null, event: null, status: null }

describe('workDeliveries', () => {
  test('a backlog is decided without keeping anybody else waiting', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    // Nothing listens to pushes, so that each is decided by the database alone.
    const content = 'workflows:\n  release:\n    scripts: ["true"]\n'
    await storePipeline(services.as(admin), repository.id, { format: 'yaml', content })
    const deliveries = 300
    for (let n = 0; n < deliveries; n += 1) await push(services, repository.id, n)
    services.advance(60_000)

    const stopping = new AbortController()
    const working = workDeliveries(services.as({ is: 'system' }), stopping.signal)
    let turns = 0
    const counting = (async () => {
      for (; !stopping.signal.aborted; turns += 1) await turn()
    })()
    await eventually(async () => {
      const page = { limit: 1, cursor: null }
      const left = await listDeliveries(services.as(admin), { ...all, status: 'received' }, page)
      expect(left.data).toEqual([])
    }, 15_000)
    stopping.abort()
    await Promise.all([working, counting])
    expect(turns).toBeGreaterThan(deliveries / 10)
  })

  test('deliveries that come at once are stored together, each once', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    const numbers = [1, 2, 3, 2, 1, 4]
    const answers = await Promise.all(numbers.map((n) => push(services, repository.id, n)))
    expect(answers.map(({ status }) => status)).toEqual([
      'accepted',
      'accepted',
      'accepted',
      'duplicate',
      'duplicate',
      'accepted',
    ])
    expect(answers[3]?.eventId).toBe(answers[1]?.eventId)
  })
})

function push(services: TestServices, repositoryId: string, n: number) {
  return receivePush(services, repositoryId, 'refs/heads/main', n.toString(16).padStart(40, '0'))
}
