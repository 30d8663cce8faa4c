import { clipped, type Spot } from '../findings.ts'
import type { Node } from '../tree.ts'

/** What a node is, in words: `a list`, `the number 12`, `the text "abc"`. */
export function found(node: Node): string {
  switch (node.kind) {
    case 'map':
      return 'a mapping'
    case 'list':
      return 'a list'
    case 'null':
      return 'nothing'
    case 'broken':
      return 'something unreadable'
    case 'scalar':
      return foundText(clipped(node.text, 40), node.quoted)
  }
}

function foundText(shown: string, quoted: boolean): string {
  if (!quoted && /^[+-]?\d+(\.\d*)?$/.test(shown)) return `the number ${shown}`
  if (!quoted && /^(true|false)$/i.test(shown)) return shown
  return `the text ${JSON.stringify(shown)}`
}

/** What to write where a list should stand. */
export function listRemedy(node: Node, example: string): string {
  if (node.kind !== 'scalar') return `Write one item a line: "${example}"`
  const written = clipped(node.text, 60)
  if (/\w, ?\w/.test(written)) return `Write it in brackets: [${written}]`
  return `Write one item a line: "- ${written}"`
}

/** What to write where a mapping should stand, and its author most likely meant one key of it. */
export function insteadOfMap(node: Node, mainList: string | undefined): string | null {
  if (node.kind === 'list') {
    if (mainList !== undefined) return `Write "${mainList}:" in front of the list.`
    const isOfMaps = node.items.length > 0 && node.items.every(({ kind }) => kind === 'map')
    return isOfMaps ? 'Remove the dashes: the keys stand in the mapping itself.' : null
  }
  if (node.kind !== 'scalar' || mainList === undefined || /^[\d.]+$/.test(node.text)) return null
  return `Write "${mainList}: [${quoted(node.text)}]".`
}

export const quoted = (written: string): string => `'${clipped(written, 60).replaceAll("'", "''")}'`

/** `{NAME}` looks like a placeholder and is a mapping to YAML. */
export function placeholderRemedy(node: Node): string | null {
  const [only] = node.kind === 'map' && node.flow && node.entries.length === 1 ? node.entries : []
  if (only?.value.kind !== 'null') return null
  return `Braces make it a mapping. Write '{${only.key}}' in quotes, or $${only.key}.`
}

/** `- ` and nothing behind it. */
export const emptyItemRemedy = (node: Node, spot: Spot): string | null =>
  node.kind === 'null' && typeof spot.trail?.step === 'number'
    ? 'Remove the dash, or write what belongs there.'
    : null
