import { describe, expect, test } from 'vitest'
import { readPlist } from '../../src/lib/plist/read.ts'
import { plistOf } from '../support/apps.ts'

/** Written by Python's plistlib, which shares no line with our reader. */
const byPython = Buffer.from(
  [
    'YnBsaXN0MDDTAQIDBAUGXxATQ0ZCdW5kbGVEaXNwbGF5TmFtZV8QEkNGQnVuZGxlSWRlbnRpZmllclFu',
    'aQBXAOQAbABsAGUAdAAg2Dzf5l8QEGNvbS5sdW1lbi53YWxsZXTSBwgJFFFhVGxvbmeqCgsMDQ4PEBES',
    'ExABE//////////+EQEsEgABEXATAAABAAAAAAAjP/gAAAAAAAAJCDNBx4O2koAAAEIA/18QEnh5enh5',
    'enh5enh5enh5enh5eggPJTo8T2JnaW55e4SHjJWen6CprAAAAAAAAAEBAAAAAAAAABUAAAAAAAAAAAAA',
    'AAAAAADB',
  ].join(''),
  'base64',
)

describe('readPlist', () => {
  test('reads every kind of value that apps have, from binary', () => {
    const list = readPlist(byPython)
    expect(list.get('CFBundleDisplayName')).toBe('Wället 🏦')
    expect(list.get('CFBundleIdentifier')).toBe('com.lumen.wallet')
    expect(list.get('n')).toEqual(
      new Map<string, unknown>([
        [
          'a',
          [
            1,
            -2,
            300,
            70_000,
            2 ** 40,
            1.5,
            true,
            false,
            new Date('2026-01-02T03:04:05Z'),
            new Uint8Array([0, 255]),
          ],
        ],
        ['long', 'xyz'.repeat(6)],
      ]),
    )
  })

  test('reads text, with what XML escapes', () => {
    const date = new Date('2026-12-01T00:00:00Z')
    const list = readPlist(Buffer.from(plistOf({ a: 'x < y & z', b: [1, true, { c: date }] })))
    expect(list).toEqual(
      new Map<string, unknown>([
        ['a', 'x < y & z'],
        ['b', [1, true, new Map([['c', date]])]],
      ]),
    )
  })

  test('a key is no property, whatever it is called', () => {
    const list = readPlist(Buffer.from(plistOf({ constructor: 'a', ['__proto__']: 'b' })))
    expect([...list.keys()]).toContain('constructor')
    expect(Object.prototype).not.toHaveProperty('b')
  })

  test.each([
    ['nothing at all', Buffer.alloc(0)],
    ['some other text', Buffer.from('hello')],
    ['some other XML', Buffer.from('<html></html>')],
    ['XML that ends early', Buffer.from(plistOf({ a: 'b' })).subarray(0, -12)],
    ['a list that is no dictionary', Buffer.from('<plist><array/></plist>')],
    ['a value without a key', Buffer.from('<plist><dict><true/></dict></plist>')],
    ['binary that ends early', byPython.subarray(0, 40)],
    ['a table beyond the end', trailer({ table: 2n ** 40n })],
    ['a top object beyond the table', trailer({ top: 99n })],
    ['lengths beyond what a number holds', trailer({ table: 2n ** 63n })],
    ['references of no bytes', trailer({ offsetBytes: 0 })],
    ['XML that is nested without end', Buffer.from(`<plist>${'<array>'.repeat(5000)}`)],
    [
      'entities that grow',
      Buffer.from('<!DOCTYPE p [<!ENTITY a "b">]><plist><dict><key>&a;</key></dict></plist>'),
    ],
  ])('refuses %s', (_what, bytes) => {
    expect(() => readPlist(bytes)).toThrow(expect.objectContaining({ name: 'NoPlist' }))
  })

  test('an array that holds itself is not followed for ever', () => {
    // d1 (one pair) → key "k", value: the dictionary itself.
    expect(() =>
      readPlist(
        binary([
          [0xd1, 1, 0],
          [0x51, 0x6b],
        ]),
      ),
    ).toThrow(/nested deeper/)
  })

  test('a few references that mean billions of values are not followed to their end', () => {
    // Ten arrays of fourteen references, each to the next array: 14^10 values.
    const arrays = Array.from({ length: 10 }, (_, i) => [0xae, ...Array(14).fill(i + 3)])
    const objects = [[0xd1, 1, 2], [0x51, 0x6b], ...arrays, [0x09]]
    expect(() => readPlist(binary(objects))).toThrow(/more than 50000 values/)
  })
})

/** The list by Python with parts of its trailer changed. */
function trailer(change: { table?: bigint; top?: bigint; offsetBytes?: number }): Buffer {
  const bytes = Buffer.from(byPython)
  const at = bytes.length - 32
  if (change.offsetBytes !== undefined) bytes.writeUInt8(change.offsetBytes, at + 6)
  if (change.top !== undefined) bytes.writeBigUInt64BE(change.top, at + 16)
  if (change.table !== undefined) bytes.writeBigUInt64BE(change.table, at + 24)
  return bytes
}

/** A binary list of these objects, the first on top. */
function binary(objects: number[][]): Buffer {
  const head = Buffer.from('bplist00')
  const offsets = objects.map(
    (_, i) => head.length + objects.slice(0, i).reduce((sum, one) => sum + one.length, 0),
  )
  const body = Buffer.from(objects.flat())
  const end = Buffer.alloc(32)
  end.writeUInt8(1, 6)
  end.writeUInt8(1, 7)
  end.writeBigUInt64BE(BigInt(objects.length), 8)
  end.writeBigUInt64BE(BigInt(head.length + body.length), 24)
  return Buffer.concat([head, body, Buffer.from(offsets), end])
}
