import type { asn1 as forgeAsn1 } from 'node-forge'
// In parts: the whole of it takes 20 ms and 9 MB of everybody who starts.
import asn1 from 'node-forge/lib/asn1.js'
import util from 'node-forge/lib/util.js'
import { messageOf } from '../lib/errors.ts'

/** A value of ASN.1 (X.690), as DER and the looser BER have it. */
export type Der = forgeAsn1.Asn1

/** Bytes that are not what they should be; the caller knows what to tell people. */
export class NotDer extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'NotDer'
  }
}

/** Deeper than any file that is met, and shallow enough for every reader. */
const depthMax = 60

/** Reads one value, definite or indefinite in length. Throws NotDer; what follows it is left alone. */
export function readDer(bytes: Uint8Array): Der {
  checkDepth(bytes)
  try {
    const options = { strict: true, parseAllBytes: false, decodeBitStrings: false }
    return asn1.fromDer(util.createBuffer(binaryOf(bytes)), options as never)
  } catch (cause) {
    throw new NotDer(messageOf(cause).replace(/\.$/, ''))
  }
}

/** The bytes of a value. */
export const writeDer = (value: Der): Buffer => Buffer.from(asn1.toDer(value).getBytes(), 'binary')

/** Nested constructed values make a recursive reader fall over, so they are counted beforehand. */
function checkDepth(bytes: Uint8Array): void {
  // A run of constructed tags with indefinite lengths is the cheapest way down.
  let run = 0
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    run = (bytes[at]! & 0x20) !== 0 && bytes[at + 1] === 0x80 ? run + 1 : 0
    if (run > depthMax) throw new NotDer('it is nested too deep')
  }
}

const binaryOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('binary')

/** The parts of a constructed value. Throws NotDer where it is a simple one. */
export function partsOf(value: Der | undefined): Der[] {
  if (value === undefined || !Array.isArray(value.value)) throw new NotDer('a part is missing')
  return value.value
}

/** The part at a place. Throws NotDer where there is none. */
export function partAt(value: Der | undefined, index: number): Der {
  const part = partsOf(value)[index]
  if (part === undefined) throw new NotDer('a part is missing')
  return part
}

/** The bytes of an OCTET STRING; one that was written in pieces (BER) is joined. */
export function octetsOf(value: Der | undefined): Buffer {
  if (value === undefined) throw new NotDer('a part is missing')
  if (Array.isArray(value.value)) return Buffer.concat(value.value.map(octetsOf))
  return Buffer.from(value.value as string, 'binary')
}

/** An OBJECT IDENTIFIER as `1.2.840…`. */
export function oidOf(value: Der | undefined): string {
  if (value?.type !== asn1.Type.OID || typeof value.value !== 'string') {
    throw new NotDer('an identifier is missing')
  }
  return asn1.derToOid(value.value)
}

/** A small INTEGER. Throws NotDer where it is none, or too large to be counted with. */
export function integerOf(value: Der | undefined): number {
  if (value?.type !== asn1.Type.INTEGER || typeof value.value !== 'string') {
    throw new NotDer('a number is missing')
  }
  const bytes = Buffer.from(value.value, 'binary')
  if (bytes.length > 6) throw new NotDer('a number is too large')
  return bytes.length === 0 ? 0 : bytes.readIntBE(0, bytes.length)
}

const { Class, Type, create } = asn1

const bytesIn = (bytes: Uint8Array): string => Buffer.from(bytes).toString('binary')

/** Makers of values, for what is written. */
export const der = {
  sequence: (...parts: Der[]): Der => create(Class.UNIVERSAL, Type.SEQUENCE, true, parts),
  set: (...parts: Der[]): Der => create(Class.UNIVERSAL, Type.SET, true, parts),
  oid: (oid: string): Der =>
    create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(oid).getBytes()),
  octets: (bytes: Uint8Array): Der =>
    create(Class.UNIVERSAL, Type.OCTETSTRING, false, bytesIn(bytes)),
  integer: (value: number): Der =>
    create(Class.UNIVERSAL, Type.INTEGER, false, asn1.integerToDer(value).getBytes()),
  none: (): Der => create(Class.UNIVERSAL, Type.NULL, false, ''),
  /** As text: forge itself writes two bytes for each character. */
  bmpString: (text: string): Der => create(Class.UNIVERSAL, Type.BMPSTRING, false, text),
  /** `[n] EXPLICIT` around something. */
  tagged: (tag: number, part: Der): Der => create(Class.CONTEXT_SPECIFIC, tag, true, [part]),
  /** `[n] IMPLICIT OCTET STRING`. */
  taggedBytes: (tag: number, bytes: Uint8Array): Der =>
    create(Class.CONTEXT_SPECIFIC, tag, false, bytesIn(bytes)),
}
