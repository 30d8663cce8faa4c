import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { cancelBuild } from '../../../src/core/builds/cancel.ts'
import { triggerBuild } from '../../../src/core/builds/trigger.ts'
import { tidy } from '../../../src/core/maintenance/tidy.ts'
import { schema } from '../../../src/db/client.ts'
import { defaultOrganizationId } from '../../../src/db/schema/organizations.ts'
import { days, hours } from '../../../src/lib/clock.ts'
import { firstIdAt } from '../../../src/lib/ids.ts'
import { admin, makeServices } from '../../support/ctx.ts'
import { workflow } from '../../support/oore.ts'

describe('tidy', () => {
  test('workspaces go after a day, those of failed builds after three', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    const ctx = services.as(admin)
    const [ended] = await triggerBuild(ctx, repository.id, { via: 'api' })
    const [failed] = await triggerBuild(ctx, repository.id, { via: 'api' })
    await cancelBuild(ctx, ended!.id)
    await cancelBuild(ctx, failed!.id)
    await services.db.write(async (tx) => {
      await tx
        .update(schema.builds)
        .set({ status: 'failure' })
        .where(eq(schema.builds.id, failed!.id))
    })
    const workspace = (id: string) => join(services.config.workspacesDir, id)
    for (const build of [ended!, failed!]) mkdirSync(workspace(build.id), { recursive: true })
    const there = () => [ended!, failed!].map(({ id }) => existsSync(workspace(id)))
    const system = services.as({ is: 'system' })

    services.advance(hours(23))
    await tidy(system)
    expect(there()).toEqual([true, true])
    services.advance(hours(2))
    await tidy(system)
    expect(there()).toEqual([false, true])
    services.advance(hours(48))
    await tidy(system)
    expect(there()).toEqual([false, false])
  })

  test('deliveries go after ninety days, refused ones after seven', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    const { deliveries } = schema
    const insert = (status: 'processed' | 'rejected', daysAgo: number) =>
      services.db.write(async (tx) => {
        const receivedAt = services.clock() - days(daysAgo)
        await tx.insert(deliveries).values({
          id: firstIdAt(receivedAt).slice(0, -2) + (status === 'rejected' ? 'R1' : 'P1'),
          organizationId: defaultOrganizationId,
          provider: 'git',
          repositoryId: repository.id,
          event: 'push',
          deliveryId: `${status}-${daysAgo}`,
          status,
          reason: '',
          buildIds: [],
          sourceIp: '',
          happened: null,
          payload: '',
          receivedAt,
          processedAt: receivedAt,
          attempts: 0,
          notBefore: 0,
          round: 0,
        })
      })
    for (const age of [1, 8, 89, 91]) await insert('processed', age)
    for (const age of [1, 8]) await insert('rejected', age)
    await tidy(services.as({ is: 'system' }))
    const left = await services.db.read.select().from(deliveries).all()
    expect(left.map(({ deliveryId }) => deliveryId).sort()).toEqual([
      'processed-1',
      'processed-8',
      'processed-89',
      'rejected-1',
    ])
  })
})
