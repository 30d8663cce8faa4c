/** What a property list holds. A dictionary is a Map: no key of a stranger is a property here. */
export type PlistValue =
  string | number | boolean | null | Date | Uint8Array | PlistValue[] | PlistDictionary
export type PlistDictionary = Map<string, PlistValue>

/** A property list that cannot be read, or is larger than anyone needs. */
export class NoPlist extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'NoPlist'
  }
}

/** Lists of apps are four deep or so. */
export const plistDepthMax = 32
/** Values met on the way, each as often as it is referred to: a few references can mean billions. */
export const plistValuesMax = 50_000

/** The text under a key; null where there is none, or something else. */
export function textAt(dictionary: PlistDictionary, key: string): string | null {
  const value = dictionary.get(key)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

/** The dictionary under a key; an empty one where there is none. */
export function dictionaryAt(dictionary: PlistDictionary, key: string): PlistDictionary {
  const value = dictionary.get(key)
  return value instanceof Map ? value : new Map()
}

/** The texts of the array under a key. */
export function textsAt(dictionary: PlistDictionary, key: string): string[] {
  const value = dictionary.get(key)
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
