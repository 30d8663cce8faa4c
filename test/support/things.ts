import { eq } from 'drizzle-orm'
import { triggerBuild } from '../../src/core/builds/trigger.ts'
import {
  type CredentialKind,
  credentialKinds,
  credentialNouns,
} from '../../src/core/credentials/credential.ts'
import { credentialPlace } from '../../src/core/credentials/find.ts'
import { addDevice } from '../../src/core/devices/add.ts'
import { makeDeviceLink } from '../../src/core/devices/links.ts'
import { groupAt } from '../../src/core/variables/groups.ts'
import { setVariable } from '../../src/core/variables/set.ts'
import { signingExamples } from '../../src/views/gallery/signing.ts'
import { Secret } from '../../src/lib/secret.ts'
import { schema } from '../../src/db/client.ts'
import { defaultOrganizationId } from '../../src/db/schema/organizations.ts'
import { newId } from '../../src/lib/ids.ts'
import type { Role } from '../../src/core/access/actor.ts'
import type { TestApp } from './app.ts'
import { admin } from './ctx.ts'
import { workflow } from './oore.ts'
import { personWith } from './sign-in.ts'

/** One of each thing that a path can name, so that nothing is refused for not being there. */
export type Things = {
  repository: string
  /** Waits, and can be cancelled. */
  build: string
  /** Has failed, and can be retried. */
  ended: string
  /** Is of a fork, and waits for an approval. */
  waiting: string
  delivery: string
  person: string
  rule: string
  device: string
  deviceLink: string
  /** With a variable `API_TOKEN` in it. */
  variableGroup: string
  /** By kind. */
  credentials: Record<CredentialKind, string>
}

/** Makes one of each. The person is of the least role, whom everyone may change who may change any. */
export async function makeThings(app: TestApp): Promise<Things> {
  const { services } = app
  const { repository } = await services.repository({ 'oore.yaml': workflow('true') })
  const ctx = services.as(admin)
  const [build] = await triggerBuild(ctx, repository.id, { via: 'manual' })
  const [ended] = await triggerBuild(ctx, repository.id, { via: 'manual' })
  const [waiting] = await triggerBuild(ctx, repository.id, { via: 'manual' })
  if (!build || !ended || !waiting) throw new Error('no build was made')
  await services.db.write(async (tx) => {
    const { builds: b } = schema
    const now = services.clock()
    const over = {
      status: 'failure',
      failureKind: 'step',
      startedAt: now,
      finishedAt: now,
    } as const
    await tx.update(b).set(over).where(eq(b.id, ended.id))
    await tx.update(b).set({ status: 'waiting_approval' }).where(eq(b.id, waiting.id))
  })
  const pipeline = { format: 'yaml', content: workflow('true') }
  for (const content of [pipeline.content, workflow('true', 'false')]) {
    const path = `/api/repositories/${repository.id}/pipeline`
    const put = await app.asAdmin(path, { method: 'PUT', json: { ...pipeline, content } })
    if (put.status !== 200) throw new Error(`storing: ${put.status} ${await put.text()}`)
  }
  const hook = await app.asStranger(`/api/webhooks/git/${repository.id}`, { json: { ref: 'x' } })
  if (hook.status !== 401) throw new Error(`a delivery: ${hook.status}`)
  const { deliveries: d } = schema
  const delivery = await services.db.read
    .select({ id: d.id })
    .from(d)
    .where(eq(d.repositoryId, repository.id))
    .get()
  const { id: person } = await personWith(app, 'viewer' satisfies Role, 'somebody')
  const rule = newId()
  await services.db.write(async (tx) => {
    await tx.insert(schema.entryRules).values({
      id: rule,
      organizationId: defaultOrganizationId,
      provider: 'github',
      instance: 'github.com',
      externalId: rule,
      name: 'lumen',
      role: 'viewer',
      createdBy: 'admin',
      createdAt: services.clock(),
    })
  })
  const variableGroup = await groupAt(ctx, {})
  await setVariable(ctx, variableGroup, { name: 'API_TOKEN', value: 'a value' })
  const udid = '00008110-001A2B3C4D5E6F70'
  const device = (await addDevice(ctx, { udid, name: 'a phone' })).id
  const deviceLink = (await makeDeviceLink(ctx, { name: 'testers' })).link.id
  const credentials = await storedCredentials(app)
  return {
    repository: repository.id,
    build: build.id,
    ended: ended.id,
    waiting: waiting.id,
    delivery: delivery?.id ?? '',
    person,
    rule,
    device,
    deviceLink,
    variableGroup,
    credentials,
  }
}

/** One of each kind; what it says of itself is read by nobody here. */
async function storedCredentials({ services }: TestApp): Promise<Record<CredentialKind, string>> {
  const ids = Object.fromEntries(credentialKinds.map((kind) => [kind, newId()])) as Record<
    CredentialKind,
    string
  >
  for (const entry of signingExamples) {
    const id = ids[entry.kind]
    const seal = (text: string, column: 'file' | 'passwords') =>
      services.keyring.seal(new Secret(text), credentialPlace(id, column))
    await services.db.write(async (tx) => {
      await tx.insert(schema.signingCredentials).values({
        ...entry,
        id,
        organizationId: defaultOrganizationId,
        identity: entry.kind,
        lastUsedAt: null,
        lastUsedBuildId: null,
        fileSealed: seal('', 'file'),
        passwordsSealed: seal('{}', 'passwords'),
      })
    })
  }
  return ids
}

/** A route's path with these things in it. */
export function pathWith(path: string, things: Things): string {
  const id = path.includes('/builds/')
    ? path.endsWith('/cancel')
      ? things.build
      : /\/(approval|approve|deny)$/.test(path)
        ? things.waiting
        : things.ended
    : path.includes('/repositories/')
      ? things.repository
      : path.includes('/webhooks/')
        ? things.delivery
        : /\/(settings\/variables|variable-groups)\//.test(path)
          ? things.variableGroup
          : path.includes('/signing/devices/')
            ? things.device
            : path.includes('/signing/device-links/')
              ? things.deviceLink
              : path.includes('/signing/')
                ? things.credentials[kindIn(path)]
                : path.includes('/rules/')
                  ? things.rule
                  : things.person
  return path
    .replace(':repository_id', things.repository)
    .replace(':version', '1')
    .replace(':id', id)
    .replace(':name', path.includes('variable') ? 'API_TOKEN' : 'missing.txt')
    .replace(':token', 'not-a-token')
}

/** `/settings/signing/profiles/:id` is about a profile. */
const kindIn = (path: string): CredentialKind =>
  credentialKinds.find((kind) => path.includes(`/${credentialNouns[kind]}/:id`)) ?? 'certificate'
