import { below, clipped, error, pathOf, type Spot } from '../findings.ts'
import type { Entry, Node } from '../tree.ts'
import { mismatch, tellEncrypted, text, type Shape } from './shapes.ts'

export type Variable = { name: string; value: string }

/** `environment.vars`: names and values, the values as written, digit for digit. */
export const variables: Shape<Variable[]> = {
  wants: 'a mapping of names to values',
  remedy: 'Write one "NAME: value" a line.',
  schema: {
    type: ['object', 'null'],
    propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
    additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
  },
  read(node, spot) {
    if (node.kind !== 'map') return mismatch(variables, node, spot)
    return node.entries.flatMap((entry) => readVariable(entry, below(spot, entry.key)) ?? [])
  },
}

function readVariable(entry: Entry, spot: Spot): Variable | null {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(entry.key)) {
    const message = `${JSON.stringify(clipped(entry.key, 60))} cannot be the name of a variable: it takes letters, digits and "_", no digit first.`
    const similar = entry.key.replaceAll(/\W+/g, '_').replace(/^\d/, '_$&')
    const remedy = similar === '' ? 'Write a name in front of the colon.' : `Write ${similar}.`
    error(spot, entry.at, message, remedy)
    return null
  }
  const value = valueOf(entry.value, spot)
  return value === null ? null : { name: entry.key, value }
}

function valueOf(node: Node, spot: Spot): string | null {
  if (node.kind !== 'scalar' && node.kind !== 'null') {
    return mismatch(text, node, spot)
  }
  if (node.text.includes('\0')) {
    const message = `${pathOf(spot.trail)} holds a NUL byte, which no variable can.`
    error(spot, node.at, message, 'Remove the "\\0".')
    return null
  }
  tellEncrypted(node, spot)
  return node.text
}
