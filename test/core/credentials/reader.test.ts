import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { build } from '../../../scripts/build.mjs'
import { root } from '../../../scripts/lib/fresh.mjs'
import {
  type CredentialReader,
  openCredentialReader,
} from '../../../src/core/credentials/reader.ts'
import { wallClock } from '../../../src/lib/clock.ts'
import { OoreError } from '../../../src/lib/errors.ts'
import { inFiles, openssl, p12Of, signer } from '../../support/apple-files.ts'

const password = 'a-password-of-the-p12'

/** One whose password is hashed so often that it takes its time. */
const slowP12 = (iterations = 300_000): Buffer =>
  inFiles({ 'key.pem': signer().key, 'cert.pem': signer().certificate }, (at) => {
    const what = ['-inkey', at('key.pem'), '-in', at('cert.pem'), '-out', at('out')]
    openssl(
      'pkcs12',
      '-export',
      ...what,
      '-iter',
      String(iterations),
      '-passout',
      `pass:${password}`,
    )
    return readFileSync(at('out'))
  })

async function open(
  bounds: Parameters<typeof openCredentialReader>[0]['bounds'] = {},
): Promise<CredentialReader & AsyncDisposable & { troubles: Error[] }> {
  await build()
  const troubles: Error[] = []
  const reader = openCredentialReader({
    threadFile: join(root, 'dist/credential-thread.mjs'),
    onTrouble: (error) => troubles.push(error),
    bounds,
  })
  return { ...reader, troubles, [Symbol.asyncDispose]: () => reader.close() }
}

const certificate = (bytes: Uint8Array, fields = { password }) => ({
  kind: 'certificate' as const,
  file: { name: 'a.p12', bytes },
  fields,
  now: wallClock(),
})

const refusalOf = async (reading: Promise<unknown>): Promise<OoreError> => {
  const error = await reading.then(
    () => new Error('it was read'),
    (thrown: unknown) => thrown,
  )
  if (error instanceof OoreError) return error
  throw error
}

describe('files of credentials', () => {
  test('are read, or refused with the field at fault, as on the spot', async () => {
    await using reader = await open()
    const bytes = p12Of(signer(), { password })
    const read = await reader.read(certificate(bytes))
    expect(read).toMatchObject({ passwords: { password }, described: { kind: 'distribution' } })
    expect(Buffer.from(read.file)).toEqual(bytes)
    const wrong = await refusalOf(reader.read(certificate(bytes, { password: 'wrong' })))
    expect(wrong).toMatchObject({ trouble: 'invalid', fields: [{ field: 'password' }] })
    const none = await refusalOf(reader.read(certificate(Buffer.from('nothing'))))
    expect(none.fields).toMatchObject([{ field: 'file' }])
    expect(reader.troubles).toEqual([])
  })

  test('hold nobody up, however often they have a password hashed', async () => {
    await using reader = await open()
    const bytes = slowP12()
    let turns = 0
    const turning = setInterval(() => (turns += 1), 1)
    try {
      await reader.read(certificate(bytes))
    } finally {
      clearInterval(turning)
    }
    expect(turns).toBeGreaterThan(10)
  })

  test('that take too long are given up, and the next is read', async () => {
    await using reader = await open({ workMs: 300 })
    const late = await refusalOf(reader.read(certificate(slowP12(900_000))))
    expect(late).toMatchObject({ trouble: 'invalid', fields: [{ field: 'file' }] })
    const next = await refusalOf(reader.read(certificate(Buffer.from('nothing'))))
    expect(next.fields[0]?.message).not.toBe(late.fields[0]?.message)
  })

  test('are not read any more once the server stops', async () => {
    const reader = await open()
    const waiting = refusalOf(reader.read(certificate(slowP12())))
    await reader.close()
    expect((await waiting).trouble).toBe('unavailable')
    const later = await refusalOf(reader.read(certificate(Buffer.from('nothing'))))
    expect(later.trouble).toBe('unavailable')
  })
})
