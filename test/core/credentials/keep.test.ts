import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { Actor } from '../../../src/core/access/actor.ts'
import { addCredential } from '../../../src/core/credentials/add.ts'
import { renameCredential } from '../../../src/core/credentials/change.ts'
import { credentialHistory, downloadCredential } from '../../../src/core/credentials/download.ts'
import {
  credentialPlace,
  listCredentials,
  showCredential,
} from '../../../src/core/credentials/find.ts'
import { removeCredential } from '../../../src/core/credentials/remove.ts'
import type { Ctx } from '../../../src/core/ctx.ts'
import { schema } from '../../../src/db/client.ts'
import {
  appStoreKey,
  keyInP12,
  keystoreFile,
  p12Of,
  profileOf,
  signer,
} from '../../support/apple-files.ts'
import { admin, makeServices, type TestServices } from '../../support/ctx.ts'

const { signingCredentials: c } = schema
const p12Password = 'a-password-of-the-p12'
const person = (role: 'owner' | 'admin' | 'developer' | 'viewer'): Actor => ({
  is: 'user',
  userId: '01JDZZZZZZZZZZZZZZZZZZZZZZ',
  name: 'Ada',
  role,
})

const addP12 = (ctx: Ctx, bytes: Uint8Array, name = 'distribution') =>
  addCredential(ctx, 'certificate', {
    file: { name: 'x.p12', bytes },
    fields: { password: p12Password },
    name,
  })
const addKeystore = (ctx: Ctx, name = 'upload') =>
  addCredential(ctx, 'keystore', {
    file: { name: 'x.jks', bytes: keystoreFile('upload.jks') },
    fields: { store_password: 'store-pass-1', key_password: 'key-pass-1' },
    name,
  })
const addProfile = (ctx: Ctx, name: string) =>
  addCredential(ctx, 'profile', { file: { name: '', bytes: profileOf() }, fields: {}, name })

/** Everything that the database has written, whole. */
function bytesOnDisk({ config, db }: TestServices): Promise<Buffer> {
  return db
    .write(async () => {})
    .then(() =>
      Buffer.concat(
        readdirSync(config.dataDir, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => readFileSync(join(entry.parentPath, entry.name))),
      ),
    )
}

describe('what is stored', () => {
  test('LM, CR: is nowhere on the disk in the clear, neither keys nor passwords', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const p12 = p12Of(signer(), { password: p12Password, way: 'open' })
    const p8 = appStoreKey()
    await addP12(ctx, p12)
    await addKeystore(ctx)
    const ids = { key_id: '2X9R4HXF34', issuer_id: '57246542-96fe-1a63-e053-0824d011072a' }
    await addCredential(ctx, 'app_store_key', { file: { name: '', bytes: p8 }, fields: ids })
    const kept = await bytesOnDisk(services)
    expect(kept.includes('distribution')).toBe(true)
    const keyBytes = Buffer.from(signer().key.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    const secrets = {
      'the password of the .p12': Buffer.from(p12Password),
      'the password of the keystore': Buffer.from('store-pass-1'),
      'the password of its key': Buffer.from('key-pass-1'),
      'the .p12': p12.subarray(100, 164),
      'the key in the .p12': keyBytes.subarray(100, 164),
      'the keystore': keystoreFile('upload.jks').subarray(40, 104),
      'the .p8': p8.subarray(60, 120),
    }
    for (const [what, bytes] of Object.entries(secrets)) {
      const forms = [bytes, bytes.toString('base64').slice(4, -4), bytes.toString('hex')]
      expect([what, forms.map((form) => kept.includes(form))]).toEqual([
        what,
        [false, false, false],
      ])
    }
  })

  test('CR-03: does not open in the place of another, nor as the other part of itself', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const one = await addKeystore(ctx)
    const other = await addP12(ctx, p12Of(signer(), { password: p12Password }))
    const rowOf = async (id: string) =>
      (await services.db.read.select().from(c).where(eq(c.id, id)).get())!
    const [a, b] = [await rowOf(one.id), await rowOf(other.id)]
    const set = (id: string, values: Partial<typeof a>) =>
      services.db.write(async (tx) => void (await tx.update(c).set(values).where(eq(c.id, id))))
    const moved = {
      trouble: 'conflict',
      message: expect.stringContaining('does not open') as string,
    }

    expect((await downloadCredential(ctx, 'keystore', one.id)).passwords).toEqual({
      store_password: 'store-pass-1',
      key_password: 'key-pass-1',
    })
    for (const values of [
      { fileSealed: b.fileSealed },
      { passwordsSealed: b.passwordsSealed },
      { fileSealed: a.passwordsSealed, passwordsSealed: a.fileSealed },
    ]) {
      await set(one.id, values)
      await expect(downloadCredential(ctx, 'keystore', one.id)).rejects.toMatchObject(moved)
      await set(one.id, { fileSealed: a.fileSealed, passwordsSealed: a.passwordsSealed })
    }
    expect((await downloadCredential(ctx, 'keystore', 'upload')).file).toEqual(
      keystoreFile('upload.jks'),
    )
    // Refused ones are in no history: only what went out is.
    const history = await credentialHistory(ctx, 'keystore', one.id)
    expect(history.filter(({ deed }) => deed === 'downloaded')).toHaveLength(2)
    expect(credentialPlace(one.id, 'file')).toBe(`signing_credentials/${one.id}/file`)
  })

  test('is in no fact, whatever is done with it', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const { id } = await addKeystore(ctx)
    await downloadCredential(ctx, 'keystore', id)
    await renameCredential(ctx, 'keystore', id, 'play')
    await removeCredential(ctx, 'keystore', 'play')
    const facts = await services.db.read.select().from(schema.facts).all()
    const own = facts.filter(({ subject }) => subject === id)
    expect(own.map(({ kind }) => kind)).toEqual([
      'keystore.added',
      'keystore.downloaded',
      'keystore.changed',
      'keystore.removed',
    ])
    expect(JSON.stringify(own)).not.toMatch(/pass-1|base64/)
    expect(await services.db.read.select().from(c).all()).toEqual([])
  })
})

describe('what comes out', () => {
  test('is the very file that came in, which openssl opens with the password beside it', async () => {
    await using services = await makeServices()
    const ctx = services.as(person('owner'))
    const bytes = p12Of(signer(), { password: p12Password })
    await addP12(ctx, bytes)
    const out = await downloadCredential(ctx, 'certificate', 'distribution')
    expect([out.file.equals(bytes), out.fileName]).toEqual([true, 'distribution.p12'])
    expect(keyInP12(out.file, out.passwords['password'] ?? '')).toBe(signer().key)
  })

  test('does for owners alone; developers see, admins change, viewers neither', async () => {
    await using services = await makeServices()
    const { id } = await addKeystore(services.as(admin))
    const forbidden = { trouble: 'forbidden' }
    for (const role of ['admin', 'developer', 'viewer'] as const) {
      const ctx = services.as(person(role))
      await expect(downloadCredential(ctx, 'keystore', id)).rejects.toMatchObject(forbidden)
    }
    const developer = services.as(person('developer'))
    expect(await showCredential(developer, 'keystore', id)).toMatchObject({ name: 'upload' })
    await expect(addKeystore(developer)).rejects.toMatchObject(forbidden)
    await expect(renameCredential(developer, 'keystore', id, 'x')).rejects.toMatchObject(forbidden)
    await expect(removeCredential(developer, 'keystore', id)).rejects.toMatchObject(forbidden)
    const viewer = services.as(person('viewer'))
    await expect(showCredential(viewer, 'keystore', id)).rejects.toMatchObject(forbidden)
    await expect(
      listCredentials(viewer, 'keystore', { limit: 1, cursor: null }),
    ).rejects.toMatchObject(forbidden)
    const system = services.as({ is: 'system' } as Actor)
    await expect(downloadCredential(system, 'keystore', id)).rejects.toMatchObject(forbidden)
    expect(await renameCredential(services.as(person('admin')), 'keystore', id, 'x')).toMatchObject(
      {
        name: 'x',
      },
    )
  })

  test('is in the history, newest first, with who it was', async () => {
    await using services = await makeServices()
    const owner = services.as(person('owner'))
    const { id } = await addKeystore(services.as(admin))
    services.advance(1000)
    await downloadCredential(owner, 'keystore', id)
    const history = await credentialHistory(services.as(person('developer')), 'keystore', id)
    expect(history.map(({ deed, at }) => [deed, at - services.clock()])).toEqual([
      ['downloaded', 0],
      ['added', -1000],
    ])
  })
})

describe('lists', () => {
  test('are in pages by name, stable while rows are added and taken away', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    for (const name of ['d', 'a', 'c', 'b']) await addProfile(ctx, name)
    const first = await listCredentials(ctx, 'profile', { limit: 2, cursor: null })
    expect(first.data.map(({ name }) => name)).toEqual(['a', 'b'])
    await removeCredential(ctx, 'profile', 'b')
    await addProfile(ctx, 'aa')
    const rest = await listCredentials(ctx, 'profile', { limit: 2, cursor: first.nextCursor })
    expect([rest.data.map(({ name }) => name), rest.nextCursor]).toEqual([['c', 'd'], null])
  })

  test('know their own: another kind or a wrong name is no such thing', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const { id } = await addProfile(ctx, 'wallet')
    const missing = { trouble: 'not_found' }
    await expect(showCredential(ctx, 'certificate', id)).rejects.toMatchObject(missing)
    await expect(showCredential(ctx, 'profile', 'Wallet')).rejects.toMatchObject(missing)
    await expect(removeCredential(ctx, 'keystore', 'wallet')).rejects.toMatchObject(missing)
    await expect(renameCredential(ctx, 'profile', id, 'wallet')).resolves.toMatchObject({ id })
    await addProfile(ctx, 'other')
    await expect(renameCredential(ctx, 'profile', id, 'other')).rejects.toMatchObject({
      trouble: 'conflict',
      fields: [{ field: 'name', message: 'is that of another profile' }],
    })
  })

  test('two that store under one name at once: one does, the other is told', async () => {
    await using services = await makeServices()
    const ctx = services.as(admin)
    const both = await Promise.allSettled([addProfile(ctx, 'wallet'), addProfile(ctx, 'wallet')])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { trouble: 'conflict' },
    })
  })
})
