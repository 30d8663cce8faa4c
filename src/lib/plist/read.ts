import { isBinaryPlist, readBinaryPlist } from './binary.ts'
import { NoPlist, type PlistDictionary } from './plist.ts'
import { readXmlPlist } from './xml.ts'

/** Reads a property list, binary or XML, whose top is a dictionary. Throws NoPlist. */
export function readPlist(bytes: Buffer): PlistDictionary {
  const top = isBinaryPlist(bytes) ? readBinaryPlist(bytes) : readXmlPlist(bytes.toString('utf8'))
  if (top instanceof Map) return top
  throw new NoPlist('it is no dictionary')
}
