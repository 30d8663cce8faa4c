import { describe, expect, test } from 'vitest'
import type { Actor, Role } from '../../../src/core/access/actor.ts'
import { triggerBuild } from '../../../src/core/builds/trigger.ts'
import { createInstallLink } from '../../../src/core/installs/create-link.ts'
import { newId } from '../../../src/lib/ids.ts'
import { storeArtifacts } from '../../support/apps.ts'
import { admin, makeServices } from '../../support/ctx.ts'
import { workflow } from '../../support/oore.ts'

const person = (role: Role): Actor => ({ is: 'user', userId: newId(), name: 'Ines', role })

describe('createInstallLink', () => {
  test('is for who may share: a viewer downloads, and lets nobody else in', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
    const [build] = await triggerBuild(services.as(admin), repository.id, { via: 'manual' })
    await storeArtifacts(services, build!, { 'app.apk': '0123456789' })
    const make = (actor: Actor) => createInstallLink(services.as(actor), build!.id, 'app.apk')

    await expect(make(person('viewer'))).rejects.toMatchObject({ trouble: 'forbidden' })
    await expect(make({ is: 'stranger' })).rejects.toMatchObject({ trouble: 'unauthenticated' })
    const links = [await make(person('developer')), await make(person('owner')), await make(admin)]
    // Who makes it changes nothing of what it is.
    expect(new Set(links.map(({ url }) => url.href)).size).toBe(1)
  })
})
