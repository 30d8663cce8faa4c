import { SaxesParser } from 'saxes'
import { NoPlist, plistDepthMax, plistValuesMax, type PlistValue } from './plist.ts'

/** A dictionary or an array that is still open, with the key that the next value goes under. */
type Open = { value: PlistValue[] | Map<string, PlistValue>; key: string | null }

/**
 * Reads an XML property list (`man 5 plist`). Entities that a document declares itself are never
 * expanded. Throws NoPlist.
 */
export function readXmlPlist(text: string): PlistValue {
  const parser = new SaxesParser({ xmlns: false })
  const open: Open[] = []
  const names: string[] = []
  let said = ''
  let valuesMet = 0
  let top: PlistValue | undefined

  const put = (value: PlistValue) => {
    valuesMet += 1
    if (valuesMet > plistValuesMax) throw new NoPlist(`it has more than ${plistValuesMax} values`)
    const around = open.at(-1)
    if (around === undefined) {
      if (top !== undefined) throw new NoPlist('it holds more than one list')
      top = value
    } else if (Array.isArray(around.value)) {
      around.value.push(value)
    } else {
      if (around.key === null) throw new NoPlist('a value in it has no key')
      around.value.set(around.key, value)
      around.key = null
    }
  }

  parser.on('error', ({ message }) => {
    throw new NoPlist(`its XML is broken: ${message}`)
  })
  parser.on('opentag', ({ name }) => {
    if (names.length === 0 && name !== 'plist') throw new NoPlist('it is no property list')
    if (names.length > plistDepthMax) {
      throw new NoPlist(`it is nested deeper than ${plistDepthMax}`)
    }
    names.push(name)
    said = ''
    if (name !== 'dict' && name !== 'array') return
    const value = name === 'dict' ? new Map<string, PlistValue>() : []
    put(value)
    open.push({ value, key: null })
  })
  parser.on('text', (part) => (said += part))
  parser.on('cdata', (part) => (said += part))
  parser.on('closetag', ({ name }) => {
    names.pop()
    if (name === 'dict' || name === 'array') open.pop()
    else if (name === 'key') {
      const around = open.at(-1)
      if (around === undefined || Array.isArray(around.value)) {
        throw new NoPlist('a key in it belongs to nothing')
      }
      around.key = said
    } else if (name !== 'plist') put(simple(name, said))
    said = ''
  })
  parser.write(text).close()
  if (top === undefined) throw new NoPlist('it is empty')
  return top
}

function simple(name: string, said: string): PlistValue {
  switch (name) {
    case 'string':
      return said
    case 'integer':
    case 'real':
      return Number(said.trim())
    case 'true':
      return true
    case 'false':
      return false
    case 'date':
      return new Date(said.trim())
    case 'data':
      return new Uint8Array(Buffer.from(said, 'base64'))
    default:
      throw new NoPlist(`<${name.slice(0, 20)}> is no part of a property list`)
  }
}
