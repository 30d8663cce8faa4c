import { describe, expect, test } from 'vitest'
import { retryBuild } from '../../../src/core/builds/retry.ts'
import { showBuild } from '../../../src/core/builds/show.ts'
import { triggerBuild } from '../../../src/core/builds/trigger.ts'
import { addCredential } from '../../../src/core/credentials/add.ts'
import { showCredential } from '../../../src/core/credentials/find.ts'
import { removeCredential } from '../../../src/core/credentials/remove.ts'
import type { Ctx } from '../../../src/core/ctx.ts'
import { addDevice } from '../../../src/core/devices/add.ts'
import { claimBuilds } from '../../../src/core/runners/claim.ts'
import { checkSigning } from '../../../src/core/signing/check.ts'
import { groupAt } from '../../../src/core/variables/groups.ts'
import { setVariable } from '../../../src/core/variables/set.ts'
import { days } from '../../../src/lib/clock.ts'
import { appStoreKey, keystoreFile, p12Of, profileOf, signer } from '../../support/apple-files.ts'
import { admin, makeServices } from '../../support/ctx.ts'
import { makeRunner } from '../../support/runner.ts'

const workflow = (environment: string, more = '') => `workflows:
  main:
    environment: ${environment}
    scripts: [make]
${more}`

const byBundle =
  '{ ios_signing: { distribution_type: app_store, bundle_identifier: com.lumen.wallet } }'

const addP12 = (ctx: Ctx, name = 'distribution') =>
  addCredential(ctx, 'certificate', {
    file: { name: '', bytes: p12Of(signer(), { password: 'p12-password' }) },
    fields: { password: 'p12-password' },
    name,
  })
const addProfile = (ctx: Ctx, name: string, source: Parameters<typeof profileOf>[0] = {}) =>
  addCredential(ctx, 'profile', { file: { name: '', bytes: profileOf(source) }, fields: {}, name })

async function started(content: string, prepare: (ctx: Ctx) => Promise<unknown>) {
  const services = await makeServices()
  const { repository } = await services.repository({ 'oore.yaml': content })
  const ctx = services.as(admin)
  await prepare(ctx)
  const [build] = await triggerBuild(ctx, repository.id, { via: 'api' })
  const runner = await makeRunner(services)
  const claim = async () => (await claimBuilds(runner.ctx, runner.id, 1))[0]
  return {
    services,
    ctx,
    build: build!,
    claim,
    [Symbol.asyncDispose]: () => services[Symbol.asyncDispose](),
  }
}

describe('a build for Apple', () => {
  test('that fits gets the files, what opens them, and masks', async () => {
    await using run = await started(workflow(byBundle), async (c) => {
      await addP12(c)
      await addProfile(c, 'store')
      await addProfile(c, 'widgets', { bundleId: 'com.lumen.wallet.widgets' })
      await addProfile(c, 'other', { bundleId: 'com.lumen.walletx' })
    })
    const { ctx, build, claim } = run
    expect(build.status).toBe('pending')
    const claimed = await claim()
    expect(claimed?.signing.ios).toMatchObject({
      certificates: [{ name: 'distribution', password: 'p12-password', variable: null }],
      profiles: [
        { name: 'store', bundle_id: 'com.lumen.wallet', kind: 'app_store' },
        { name: 'widgets', bundle_id: 'com.lumen.wallet.widgets' },
      ],
    })
    expect(claimed?.masks).toContain('p12-password')
    const used = await showCredential(ctx, 'certificate', 'distribution')
    expect(used.lastUsed?.buildId).toBe(build.id)
  })

  test('without what it needs ends before it takes a slot, and a retry helps once it is there', async () => {
    await using run = await started(workflow(byBundle), (c) => addProfile(c, 'store'))
    const { ctx, build, claim } = run
    expect(build).toMatchObject({ status: 'failure', failureKind: 'credentials' })
    expect(build.errorMessage).toContain('none of them is stored here')
    expect(await claim()).toBeUndefined()
    await addP12(ctx)
    expect((await retryBuild(ctx, build.id)).status).toBe('pending')
  })

  test('is told what may turn out wrong: devices that are not in its profile, an integration nobody knows', async () => {
    const content = workflow(
      '{ ios_signing: { distribution_type: ad_hoc, bundle_identifier: com.lumen.wallet } }',
      '    integrations: { testfairy: ours }\n',
    )
    await using run = await started(content, async (c) => {
      await addP12(c)
      const udid = '00008110-001A2B3C4D5E6F70'
      await addDevice(c, { udid, name: 'Ada’s iPhone' })
      await addDevice(c, { udid: 'b'.repeat(40), name: 'Bob’s iPad' })
      await addProfile(c, 'testers', { changes: { ProvisionedDevices: [udid] } })
    })
    const claimed = await run.claim()
    expect(claimed?.warnings).toEqual([
      expect.stringContaining('does not contain Bob’s iPad'),
      expect.stringContaining('"testfairy" is not known here'),
    ])
  })

  test('is checked again when its turn has come', async () => {
    await using run = await started(workflow(byBundle), async (c) => {
      await addP12(c)
      await addProfile(c, 'store')
    })
    const { ctx, build, claim } = run
    await removeCredential(ctx, 'profile', 'store')
    expect(await claim()).toBeUndefined()
    expect((await showBuild(ctx, build.id)).build).toMatchObject({
      status: 'failure',
      failureKind: 'credentials',
      errorMessage: expect.stringContaining('No App Store profile for com.lumen.wallet'),
    })
  })

  test('whose profile has expired meanwhile is told so', async () => {
    await using run = await started(workflow(byBundle), async (c) => {
      await addP12(c)
      const end = new Date(c.clock() + days(1))
      await addProfile(c, 'store', { changes: { ExpirationDate: end } })
    })
    const { ctx, build, claim } = run
    run.services.advance(days(2))
    expect(await claim()).toBeUndefined()
    const { build: ended } = await showBuild(ctx, build.id)
    expect(ended.errorMessage).toMatch(/The profile "store" .* expired on/)
  })

  test('finds its bundle identifier in a stored variable', async () => {
    const content = workflow(
      '{ groups: [ids], ios_signing: { distribution_type: app_store, bundle_identifier: $BUNDLE_ID } }',
    )
    await using run = await started(content, async (c) => {
      await addP12(c)
      await addProfile(c, 'store')
      const { addGroup } = await import('../../../src/core/variables/groups.ts')
      const { group } = await addGroup(c, { name: 'ids' })
      await setVariable(c, group.id, { name: 'BUNDLE_ID', value: 'com.lumen.wallet' })
    })
    const { build, claim } = run
    expect(build.status).toBe('pending')
    expect((await claim())?.signing.ios?.profiles).toMatchObject([{ name: 'store' }])
  })

  test('by reference takes exactly what is named, with the variables for the paths', async () => {
    const content = workflow(
      '{ ios_signing: { provisioning_profiles: [{ profile: store, environment_variable: PROFILE }], certificates: [distribution] } }',
    )
    await using run = await started(content, async (c) => {
      await addP12(c)
      await addProfile(c, 'store')
      await addProfile(c, 'store-2')
    })
    const { claim } = run
    expect((await claim())?.signing.ios).toMatchObject({
      profiles: [{ name: 'store', variable: 'PROFILE' }],
      certificates: [{ name: 'distribution', variable: null }],
    })
  })
})

describe('a build for Android, and integrations', () => {
  const content = workflow(
    '{ android_signing: [upload] }',
    '    integrations: { app_store_connect: our key }\n',
  )
  const key = 'x'

  test('get keystores, passwords and the key', async () => {
    await using run = await started(content, async (c) => {
      await addCredential(c, 'keystore', {
        file: { name: '', bytes: keystoreFile('upload.jks') },
        fields: { store_password: 'store-pass-1', key_password: 'key-pass-1' },
        name: 'upload',
      })
      await addCredential(c, 'app_store_key', {
        file: { name: 'AuthKey_2X9R4HXF34.p8', bytes: appStoreKey() },
        fields: { issuer_id: '57246542-96fe-1a63-e053-0824d011072a' },
        name: 'our key',
      })
      // What people store wins over what Oore sets.
      const id = await groupAt(c, {})
      await setVariable(c, id, { name: 'APP_STORE_CONNECT_ISSUER_ID', value: key.repeat(9) })
    })
    const { claim } = run
    const claimed = await claim()
    expect(claimed?.signing.android).toMatchObject([
      { name: 'upload', alias: 'upload', store_password: 'store-pass-1', format: 'jks' },
    ])
    expect(claimed?.variables).toMatchObject({
      APP_STORE_CONNECT_KEY_IDENTIFIER: '2X9R4HXF34',
      APP_STORE_CONNECT_ISSUER_ID: 'xxxxxxxxx',
      APP_STORE_CONNECT_PRIVATE_KEY: expect.stringContaining('BEGIN PRIVATE KEY'),
    })
    expect(claimed?.masks).toEqual(
      expect.arrayContaining(['store-pass-1', expect.stringContaining('BEGIN PRIVATE KEY')]),
    )
  })

  test('are told all that is missing at once', async () => {
    await using run = await started(content, async () => null)
    const { build } = run
    expect(build.errorMessage?.split('\n')).toEqual([
      expect.stringContaining('no keystore "upload"'),
      expect.stringContaining('no App Store Connect key "our key"'),
    ])
  })
})

test('the check says the same without starting anything', async () => {
  await using services = await makeServices()
  const { repository } = await services.repository({ 'oore.yaml': workflow(byBundle) })
  const ctx = services.as(admin)
  const of = { of: 'repository' as const, repositoryId: repository.id, branch: null }
  expect(await checkSigning(ctx, of)).toMatchObject([{ workflow: 'main', signs: true }])
  expect((await checkSigning(ctx, of))[0]?.problems).toHaveLength(1)
  await addP12(ctx)
  await addProfile(ctx, 'store')
  expect(await checkSigning(ctx, of)).toMatchObject([
    { problems: [], profiles: ['store'], certificates: ['distribution'] },
  ])
})

describe('a secret that a configuration refers to where names are looked for', () => {
  const secret = 'kX9-deep"secret'
  const asks = `{
      groups: [secrets]
      , vars: { INDIRECT: "x-$TOKEN" }
      , ios_signing: { distribution_type: app_store, bundle_identifier: $TOKEN }
      , android_signing: [$INDIRECT, "a\${TOKEN}b", "$PIN"] }`.replaceAll(/\s*\n\s*/g, ' ')
  const content = workflow(asks, '    integrations: { app_store_connect: $TOKEN }\n')
  const store = async (c: Ctx) => {
    const { addGroup } = await import('../../../src/core/variables/groups.ts')
    const { group } = await addGroup(c, { name: 'secrets' })
    await setVariable(c, group.id, { name: 'TOKEN', value: secret })
    await setVariable(c, group.id, { name: 'PIN', value: '4711' })
  }

  test('is in no sentence of a build that could not start', async () => {
    await using run = await started(content, store)
    const { build, ctx } = run
    expect(build).toMatchObject({ status: 'failure', failureKind: 'credentials' })
    const told = JSON.stringify(await showBuild(ctx, build.id))
    expect(told).not.toContain('deep')
    expect(told).not.toContain('4711')
    expect(build.errorMessage).toContain('There is no keystore "x-***"')
    expect(build.errorMessage).toContain('There is no keystore "a***b"')
    expect(build.errorMessage).toContain('There is no keystore "***"')
    expect(build.errorMessage).toContain('There is no App Store Connect key "***"')
    expect(build.errorMessage).toContain('No App Store profile for *** is stored')
  })

  test('is in no answer of the check, whoever writes the file', async () => {
    await using services = await makeServices()
    const { repository } = await services.repository({ 'oore.yaml': workflow('{}') })
    const ctx = services.as(admin)
    await store(ctx)
    await addProfile(ctx, 'store')
    const references =
      '{ groups: [secrets], ios_signing: { provisioning_profiles: [$TOKEN], certificates: [$PIN] } }'
    for (const text of [content, workflow(references)]) {
      const of = { of: 'file' as const, content: text, format: 'yaml' as const }
      const checks = await checkSigning(ctx, { ...of, repositoryId: repository.id })
      expect(checks[0]?.problems.length).toBeGreaterThan(1)
      expect(JSON.stringify(checks)).not.toMatch(/deep|4711/)
    }
  })
})
