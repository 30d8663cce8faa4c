import { NoPlist, plistDepthMax, plistValuesMax, type PlistValue } from './plist.ts'

/*
 * Apple's binary property lists: objects, a table of their offsets, and a trailer that says where
 * the table is (CFBinaryPList.c of CoreFoundation). Written here because it must bear files that
 * mean harm: circles, one object referred to a billion times, lengths beyond the end.
 */

const magic = 'bplist00'
const trailerBytes = 32
/** Seconds from 1970 to 2001, where Apple's dates begin. */
const appleEpochSeconds = 978_307_200

export const isBinaryPlist = (bytes: Buffer): boolean =>
  bytes.toString('latin1', 0, magic.length) === magic

/** Reads a binary property list. Throws NoPlist. */
export function readBinaryPlist(bytes: Buffer): PlistValue {
  if (bytes.length < magic.length + trailerBytes) throw new NoPlist('it is cut short')
  const trailer = bytes.length - trailerBytes
  const offsetBytes = bytes.readUInt8(trailer + 6)
  const referenceBytes = bytes.readUInt8(trailer + 7)
  const objectCount = wide(bytes.readBigUInt64BE(trailer + 8))
  const top = wide(bytes.readBigUInt64BE(trailer + 16))
  const table = wide(bytes.readBigUInt64BE(trailer + 24))
  let valuesMet = 0

  const number = (at: number, length: number): number => {
    if (length < 1 || length > 8) throw new NoPlist('a length in it is none')
    const part = slice(at, length)
    return length <= 6 ? part.readUIntBE(0, length) : wide(bigOf(part))
  }
  const slice = (at: number, length: number): Buffer => {
    if (at < magic.length || at + length > trailer) throw new NoPlist('it points beyond its end')
    return bytes.subarray(at, at + length)
  }
  const offsetOf = (reference: number): number => {
    if (reference >= objectCount) throw new NoPlist('it refers to an object that is not there')
    return number(table + reference * offsetBytes, offsetBytes)
  }

  const valueOf = (reference: number, depth: number): PlistValue => {
    valuesMet += 1
    if (valuesMet > plistValuesMax) throw new NoPlist(`it has more than ${plistValuesMax} values`)
    if (depth > plistDepthMax) throw new NoPlist(`it is nested deeper than ${plistDepthMax}`)
    const at = offsetOf(reference)
    const marker = slice(at, 1).readUInt8(0)
    const [kind, low] = [marker >> 4, marker & 0xf]
    switch (kind) {
      case 0x0:
        return low === 0x8 ? false : low === 0x9 ? true : null
      case 0x1:
        return integer(slice(at + 1, 2 ** low))
      case 0x2:
        return real(slice(at + 1, 2 ** low))
      case 0x3:
        return new Date((slice(at + 1, 8).readDoubleBE(0) + appleEpochSeconds) * 1000)
      case 0x8:
        return number(at + 1, low + 1)
    }
    const [length, body] = low === 0xf ? longLength(at + 1) : [low, at + 1]
    const references = (count: number, from: number): number[] => {
      const part = slice(from, count * referenceBytes)
      if (count > plistValuesMax) throw new NoPlist(`it has more than ${plistValuesMax} values`)
      return Array.from({ length: count }, (_, i) =>
        number(from + (i * part.length) / count, referenceBytes),
      )
    }
    switch (kind) {
      case 0x4:
        return new Uint8Array(slice(body, length))
      case 0x5:
        return slice(body, length).toString('latin1')
      case 0x6:
        return Buffer.from(slice(body, length * 2))
          .swap16()
          .toString('utf16le')
      case 0xa:
      case 0xc:
        return references(length, body).map((each) => valueOf(each, depth + 1))
      case 0xd: {
        const keys = references(length, body)
        const values = references(length, body + length * referenceBytes)
        return new Map(
          keys.map((key, i) => [keyOf(valueOf(key, depth + 1)), valueOf(values[i]!, depth + 1)]),
        )
      }
      default:
        throw new NoPlist('it holds a kind of value that is not known')
    }
  }

  /** A length of 15 and more stands behind the marker, as an integer object of its own. */
  const longLength = (at: number): [length: number, body: number] => {
    const marker = slice(at, 1).readUInt8(0)
    if (marker >> 4 !== 0x1) throw new NoPlist('a length in it is none')
    const width = 2 ** (marker & 0xf)
    return [number(at + 1, width), at + 1 + width]
  }

  return valueOf(top, 0)
}

function integer(part: Buffer): number {
  // Shorter ones have no sign; of sixteen bytes the lower eight are what is in use.
  if (part.length <= 4) return part.readUIntBE(0, part.length)
  if (part.length > 16) throw new NoPlist('a number in it is too long')
  return Number(part.subarray(-8).readBigInt64BE(0))
}

function real(part: Buffer): number {
  if (part.length === 4) return part.readFloatBE(0)
  if (part.length === 8) return part.readDoubleBE(0)
  throw new NoPlist('a number in it is too long')
}

function keyOf(value: PlistValue): string {
  if (typeof value === 'string') return value
  throw new NoPlist('a key in it is no text')
}

/** Beyond what a number holds exactly nothing in a file can be. */
function wide(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new NoPlist('it points beyond its end')
  return Number(value)
}

const bigOf = (part: Buffer): bigint => BigInt(`0x${part.toString('hex')}`)
