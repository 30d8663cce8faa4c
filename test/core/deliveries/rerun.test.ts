import { afterEach, expect, test } from 'vitest'
import { findBuild } from '../../../src/core/builds/find.ts'
import { decideEvent } from '../../../src/core/deliveries/decide.ts'
import type { DeliveryRow } from '../../../src/core/deliveries/find.ts'
import { newId } from '../../../src/lib/ids.ts'
import type { RerunEvent } from '../../../src/scm/repo-event.ts'
import { makeServices, type TestServices } from '../../support/ctx.ts'
import { startFakeGithub } from '../../support/fake-forges/github.ts'
import {
  appRepository,
  makeRunner,
  queueBuilds,
  restoreConnection,
  sha,
  startReporting,
} from '../../support/forge-builds.ts'

afterEach(restoreConnection)

const workflow = (name: string) => ({ workflow: { id: name.toLowerCase(), name } })

/** Two builds of a commit, one of which failed, that GitHub was told of as checks. */
async function start(services: TestServices) {
  const forge = await startFakeGithub({ now: services.clock })
  const { id: repositoryId } = await appRepository(services, forge)
  const runner = await makeRunner(services)
  const reporting = startReporting(services)
  const [ios = '', web = ''] = await queueBuilds(services, repositoryId, [
    workflow('iOS'),
    workflow('Web'),
  ])
  await runner.start()
  await runner.finish(ios)
  await runner.finish(web, { is: 'failed', why: 'No.' })
  await reporting.settled()
  const ctx = services.as({ is: 'system' })
  return {
    ctx,
    ios,
    web,
    runner,
    press: (event: Partial<RerunEvent> = {}, id = newId()) => {
      const happened = { is: 'rerun', commit: sha(1), check: null, by: 'ines', ...event }
      const delivery = { id, round: 1, repositoryId, integrationId: null } as unknown as DeliveryRow
      return decideEvent(ctx, delivery, happened as RerunEvent, 0)
    },
    async [Symbol.asyncDispose]() {
      await reporting[Symbol.asyncDispose]()
      await forge[Symbol.asyncDispose]()
    },
  }
}

test('“Re-run” beside a check builds exactly that once more, also when it is told twice', async () => {
  await using services = await makeServices()
  await using at = await start(services)
  const check = { externalId: at.ios, name: 'oore/iOS' }
  const id = newId()
  const first = await at.press({ check }, id)
  expect(first).toMatchObject({ status: 'processed' })
  expect(first.reason).toBe('ines asked for it on GitHub.\niOS was started again, as build #3.')
  expect(first.builds).toMatchObject([{ retryOf: at.ios, workflow: 'ios', commitSha: sha(1) }])
  // The server was stopped before it had written down what came of it.
  expect((await at.press({ check }, id)).builds.map((build) => build.id)).toEqual(
    first.builds.map((build) => build.id),
  )
  // A second press finds it at work.
  expect(await at.press({ check })).toMatchObject({
    status: 'ignored',
    reason: 'Build #3 of this check has not ended yet, so nothing more was started.',
  })
})

test.each([
  ['of another App', { externalId: 'something', name: 'oore/iOS' }],
  ['by another name', { externalId: '', name: 'lint' }],
])('a check %s starts nothing', async (_, check) => {
  await using services = await makeServices()
  await using at = await start(services)
  const ignored = { status: 'ignored', builds: [] }
  expect(await at.press({ check })).toMatchObject(ignored)
  expect(await at.press({ check: { externalId: at.web, name: 'oore/iOS' } })).toMatchObject(ignored)
  expect(
    await at.press({ check: { externalId: at.ios, name: 'oore/iOS' }, commit: sha(2) }),
  ).toMatchObject(ignored)
})

test('all of a commit are what failed, and everything where nothing did', async () => {
  await using services = await makeServices()
  await using at = await start(services)
  const first = await at.press()
  expect(first.builds).toMatchObject([{ retryOf: at.web }])
  await at.runner.start()
  await at.runner.finish(first.builds[0]?.id ?? '')
  const second = await at.press()
  expect(new Set(second.builds.map(({ workflow: id }) => id))).toEqual(new Set(['ios', 'web']))
  expect((await findBuild(at.ctx, second.builds[0]?.id ?? '')).triggerType).toBe('manual')
})
