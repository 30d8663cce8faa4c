import { describe, expect, test } from 'vitest'
import { triggerBuild } from '../../../src/core/builds/trigger.ts'
import { claimBuilds } from '../../../src/core/runners/claim.ts'
import { registerRunner } from '../../../src/core/runners/register.ts'
import { takeEvents } from '../../../src/core/runners/take-events.ts'
import { listSteps } from '../../../src/core/steps/list.ts'
import { stepKey } from '../../../src/core/steps/step.ts'
import { Secret } from '../../../src/lib/secret.ts'
import type { RunnerEvent } from '../../../src/protocol/messages.ts'
import { admin, makeServices } from '../../support/ctx.ts'

const pipeline = `
workflows:
  ios:
    pre_clone_scripts:
      - { name: Before, script: 'true' }
      - { name: Also before, script: 'true' }
    scripts: ['one', 'two']
`

const log = { stdout_bytes: 0, stderr_bytes: 0, truncated: false }

describe('the steps of a build', () => {
  test('have keys by their kind, whatever comes before them', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': pipeline })
    const ctx = services.as(admin)
    const [build] = await triggerBuild(ctx, repository.id, { via: 'api' })
    const steps = await listSteps(ctx, build!.id)
    expect(steps.map((step) => [step.position, stepKey(step), step.name])).toEqual([
      [0, 'pre-0', 'Before'],
      [1, 'pre-1', 'Also before'],
      [2, 'setup', 'Get the code'],
      [3, '0', 'one'],
      [4, '1', 'two'],
      [5, 'finish', 'Collect artifacts'],
    ])
  })

  test('one that is held back at its turn has begun and ended; one never reached has not', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': pipeline })
    const ctx = services.as(admin)
    const [build] = await triggerBuild(ctx, repository.id, { via: 'api' })
    const { id } = await registerRunner(
      services.as({ is: 'stranger' }),
      { token: 'pool-token', pool: new Secret('pool-token') },
      { name: 'test', slots: 1, pid: 1 },
    )
    const runner = services.as({ is: 'runner', runnerId: id })
    const [claim] = await claimBuilds(runner, id, 1)
    const skipped = { is: 'skipped' } as const
    const events: RunnerEvent[] = [
      { type: 'step.started', seq: 0, at: 1000, position: 0 },
      {
        ...{ type: 'step.finished', seq: 1, at: 1005, position: 0, outcome: skipped },
        ...{ ignored: false, log },
      },
      {
        ...{ type: 'step.finished', seq: 2, at: 1005, position: 1, outcome: skipped },
        ...{ ignored: false, log },
      },
    ]
    await takeEvents(runner, build!.id, claim!.fence, events)
    const [held, unreached] = await listSteps(ctx, build!.id)
    expect(held).toMatchObject({ status: 'skipped', startedAt: 1000, finishedAt: 1005 })
    expect(unreached).toMatchObject({ status: 'skipped', startedAt: null, finishedAt: null })
  })
})
