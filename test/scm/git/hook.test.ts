import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../../src/lib/secret.ts'
import { readHook } from '../../../src/scm/git/hook.ts'

const secret = 'a secret of the hook'
const zero = '0'.repeat(40)
const before = 'a'.repeat(40)
const after = 'b'.repeat(40)

describe('readHook', () => {
  test('reads a push', () => {
    expect(read({ ref: 'refs/heads/feature/x', before, after, pusher: 'ada' })).toMatchObject({
      is: 'verified',
      event: 'push',
      happened: { is: 'push', branch: 'feature/x', before, commit: after, pusher: 'ada' },
    })
  })

  test('reads the push of a new branch', () => {
    expect(read({ ref: 'refs/heads/main', before: zero, after })).toMatchObject({
      happened: { is: 'push', before: null, pusher: null },
    })
  })

  test('reads a tag, a deleted branch, a ping and what is nothing to build', () => {
    expect(read({ ref: 'refs/tags/v1', before: zero, after })).toMatchObject({
      event: 'tag',
      happened: { is: 'tag', tag: 'v1', commit: after },
    })
    expect(read({ ref: 'refs/heads/old', before, after: zero })).toMatchObject({
      happened: { is: 'ref_deleted', ref: 'refs/heads/old' },
    })
    expect(read({ ping: true })).toMatchObject({ event: 'ping', happened: { is: 'ping' } })
    expect(read({ ref: 'refs/notes/x', before, after })).toMatchObject({
      happened: { is: 'other', why: 'refs/notes/x is neither a branch nor a tag.' },
    })
  })

  test('takes the delivery id of the header, or else the hash of the body', () => {
    const push = { ref: 'refs/heads/main', before, after }
    const hash = createHash('sha256').update(JSON.stringify(push)).digest('hex')
    expect(read(push, { 'x-oore-delivery': 'delivery-7' }).deliveryId).toBe('delivery-7')
    expect(read(push).deliveryId).toBe(hash)
    expect(read(push, { 'x-oore-delivery': 'two words' }).deliveryId).toBe(hash)
  })

  test.each([
    ['no signature', undefined, /no X-Oore-Signature-256/],
    ['another form', 'sha1=aa', /not `sha256=`/],
    ['a short one', 'sha256=aa', /not `sha256=`/],
    ['a wrong one', `sha256=${'0'.repeat(64)}`, /does not fit/],
  ])('rejects %s', (_what, signature, why) => {
    const reading = readHook({
      headers: signature === undefined ? {} : { 'x-oore-signature-256': signature },
      body: Buffer.from('{"ping":true}'),
      secret: new Secret(secret),
    })
    expect(reading).toMatchObject({ is: 'rejected', event: 'unverified' })
    expect(reading.is === 'rejected' && reading.why).toMatch(why)
  })

  test('rejects a signature over the same JSON in other bytes', () => {
    const headers = { 'x-oore-signature-256': signatureOf('{"ping":true}') }
    const body = Buffer.from('{ "ping": true }')
    expect(readHook({ headers, body, secret: new Secret(secret) }).is).toBe('rejected')
  })

  test('rejects everything while the repository has no secret', () => {
    const body = Buffer.from('{"ping":true}')
    const headers = { 'x-oore-signature-256': signatureOf('{"ping":true}') }
    expect(readHook({ headers, body, secret: null }).is).toBe('rejected')
  })

  test.each([
    ['not JSON', 'hello', []],
    ['a list', '[]', ['']],
    ['no ref', JSON.stringify({ before, after }), ['ref']],
    ['no commits', JSON.stringify({ ref: 'refs/heads/main' }), ['before', 'after']],
    ['a short commit', JSON.stringify({ ref: 'refs/heads/main', before, after: 'abc' }), ['after']],
    ['a hostile branch', JSON.stringify({ ref: 'refs/heads/--x', before, after }), ['ref']],
    ['an end of line', JSON.stringify({ ref: 'refs/heads/a\nb', before, after }), ['ref']],
  ])('throws malformed for %s under a right signature', (_what, text, fields) => {
    expect(() => readText(text)).toThrow(
      expect.objectContaining({
        trouble: 'malformed',
        fields: fields.map((field) => expect.objectContaining({ field })),
      }),
    )
  })

  test('bytes that are not UTF-8 are malformed', () => {
    expect(() => readBytes(Buffer.from([0x22, 0xff, 0x22]))).toThrow(/not JSON in UTF-8/)
  })

  test('very deep JSON and the names of prototypes do no harm', () => {
    const deep = `{"ping":true,"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expect(readText(deep)).toMatchObject({ happened: { is: 'ping' } })
    const polluting = '{"ping":true,"__proto__":{"polluted":1},"constructor":{"polluted":1}}'
    expect(readText(polluting)).toMatchObject({ happened: { is: 'ping' } })
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})

function read(body: object, headers: Record<string, string> = {}) {
  return readText(JSON.stringify(body), headers)
}

function readText(text: string, headers: Record<string, string> = {}) {
  return readBytes(Buffer.from(text), headers)
}

function readBytes(body: Buffer, headers: Record<string, string> = {}) {
  const signed = { ...headers, 'x-oore-signature-256': signatureOf(body) }
  return readHook({ headers: signed, body, secret: new Secret(secret) })
}

function signatureOf(body: string | Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}
