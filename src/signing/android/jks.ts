import { createHash } from 'node:crypto'
import { NotDer, octetsOf, oidOf, partAt, readDer } from '../der.ts'

/*
 * Sun's keystore format, as java.security's JavaKeyStore and KeyProtector read and write it: not
 * documented but by that code, and unchanged since 1998.
 */

const magic = 0xfeedfeed
const digestBytes = 20
const keyProtector = '1.3.6.1.4.1.42.2.17.1.1'
/** Nobody has more; each takes a few kilobytes. */
const entriesMax = 10_000

export type JksEntry = {
  alias: string
  /** The protected key; null for a certificate that is only trusted. */
  protectedKey: Buffer | null
  /** In DER, its own first. */
  chain: Buffer[]
}

/** Null where the store's password is another. Throws NotDer where the file is damaged. */
export function decodeJks(bytes: Buffer, storePassword: string): JksEntry[] | null {
  const body = bytes.subarray(0, -digestBytes)
  const digest = createHash('sha1')
    .update(passwordBytes(storePassword))
    .update('Mighty Aphrodite', 'utf8')
    .update(body)
    .digest()
  if (!digest.equals(bytes.subarray(-digestBytes))) {
    // A file that was cut off has another digest too, and runs out while it is read.
    readEntries(body)
    return null
  }
  return readEntries(body)
}

function readEntries(body: Buffer): JksEntry[] {
  const reader = readerOf(body)
  if (reader.u32() !== magic) throw new NotDer('it is no JKS')
  const version = reader.u32()
  if (version !== 1 && version !== 2) throw new NotDer(`its version is ${version}`)
  const count = reader.u32()
  if (count > entriesMax) throw new NotDer(`it announces ${count} entries`)
  const entries: JksEntry[] = []
  for (let index = 0; index < count; index += 1) entries.push(readEntry(reader, version))
  return entries
}

type Reader = ReturnType<typeof readerOf>

function readEntry(reader: Reader, version: number): JksEntry {
  const tag = reader.u32()
  const alias = reader.text()
  reader.skip(8)
  const certificate = () => {
    if (version === 2) reader.text()
    return reader.bytes(reader.u32())
  }
  if (tag === 2) return { alias, protectedKey: null, chain: [certificate()] }
  if (tag !== 1) throw new NotDer(`it has an entry of the kind ${tag}`)
  const protectedKey = reader.bytes(reader.u32())
  const length = reader.u32()
  if (length > entriesMax) throw new NotDer(`it announces a chain of ${length}`)
  return { alias, protectedKey, chain: Array.from({ length }, certificate) }
}

function readerOf(body: Buffer) {
  let at = 0
  const bytes = (length: number): Buffer => {
    if (length > body.length - at) throw new NotDer('it ends too early')
    at += length
    return body.subarray(at - length, at)
  }
  return {
    bytes,
    skip: (length: number) => void bytes(length),
    u32: () => bytes(4).readUInt32BE(0),
    text: () => modifiedUtf8(bytes(bytes(2).readUInt16BE(0))),
  }
}

/** Java's own UTF-8: half surrogates are written by themselves, and NUL as two bytes. */
function modifiedUtf8(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at]!
    const more = first < 0x80 ? 0 : first < 0xe0 ? 1 : 2
    let code = more === 0 ? first : first & (more === 1 ? 0x1f : 0x0f)
    for (let next = 1; next <= more; next += 1)
      code = (code << 6) | ((bytes[at + next] ?? 0) & 0x3f)
    text += String.fromCharCode(code)
    at += more + 1
  }
  return text
}

/** The key in PKCS#8; null where its password is another. Throws NotDer where it is damaged. */
export function unprotectKey(protectedKey: Buffer, keyPassword: string): Buffer | null {
  const info = readDer(protectedKey)
  const oid = oidOf(partAt(partAt(info, 0), 0))
  if (oid !== keyProtector) throw new NotDer(`its key is protected by ${oid}`)
  const octets = octetsOf(partAt(info, 1))
  if (octets.length < 2 * digestBytes) throw new NotDer('its key is too short')
  const password = passwordBytes(keyPassword)
  const encrypted = octets.subarray(digestBytes, -digestBytes)
  const plain = Buffer.alloc(encrypted.length)
  let block = octets.subarray(0, digestBytes)
  for (let start = 0; start < encrypted.length; start += digestBytes) {
    block = createHash('sha1').update(password).update(block).digest()
    const end = Math.min(encrypted.length, start + digestBytes)
    for (let at = start; at < end; at += 1) plain[at] = encrypted[at]! ^ block[at - start]!
  }
  const check = createHash('sha1').update(password).update(plain).digest()
  return check.equals(octets.subarray(-digestBytes)) ? plain : null
}

const passwordBytes = (password: string): Buffer => Buffer.from(password, 'utf16le').swap16()
