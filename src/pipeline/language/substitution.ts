import { MiB } from '../../lib/sizes.ts'
import { fillCondition } from '../conditions/fill.ts'
import { below, clipped, error, markUnsound, pathOf, warning, type Spot } from '../findings.ts'
import { nearest } from '../nearest.ts'
import type { InputValue, InputValues } from '../pipeline.ts'
import type { Node, Place, ScalarNode } from '../tree.ts'

// Without a bound every "${{" that is never closed would be looked for to the end of the text.
const placeholder = /\$\{\{(.{0,200}?)\}\}/gs

/** A value of some length, named again and again, would otherwise fill the memory. */
const insertedLengthMax = 4 * MiB

/**
 * The tree with each `${{ inputs.… }}` replaced. Where it is the whole value, the value keeps its
 * type; within text it is written out. What has no value yet leaves its text open: no check can
 * know what it will be. `ids` are all inputs that are written, also those with a mistake in them.
 * Text that stands for nothing is told; in scripts it may well be meant for
 * another program, so there it is only a warning.
 */
export function substituteInputs(
  node: Node,
  { ids, values }: { ids: ReadonlySet<string>; values: InputValues },
  spot: Spot,
): Node {
  // An alias is the very node it stands for: each is looked at once, and none is copied twice.
  const done = new Map<Node, Node>()
  return replaced(node, spot, false)

  function replaced(from: Node, at: Spot, isScript: boolean): Node {
    const before = done.get(from)
    if (before !== undefined) return before
    const to = replacedContent(from, at, isScript)
    done.set(from, to)
    return to
  }

  function replacedContent(from: Node, at: Spot, isScript: boolean): Node {
    switch (from.kind) {
      case 'map': {
        const entries = from.entries.map((entry) => ({
          ...entry,
          value: replaced(entry.value, below(at, entry.key), isScript || isScriptKey(entry.key)),
        }))
        return { ...from, entries }
      }
      case 'list':
        return {
          ...from,
          items: from.items.map((item, index) => replaced(item, below(at, index), isScript)),
        }
      case 'scalar':
        return from.text.includes('${{') ? filledIn(from, at, isScript) : from
      case 'null':
      case 'broken':
        return from
      default:
        return from satisfies never
    }
  }

  function filledIn(from: ScalarNode, at: Spot, isScript: boolean): ScalarNode {
    const whole = /^\s*\$\{\{(.*?)\}\}\s*$/s.exec(from.text)?.[1]
    const only = whole === undefined ? null : inputOf(whole)
    if (only !== null && Object.hasOwn(values, only) && !isCondition(at)) {
      const value = inserted(values[only] ?? '', from.at, at)
      return { ...from, text: String(value), quoted: typeof value === 'string' }
    }
    let isOpen = false
    const valueOf = (written: string, inner: string): InputValue | undefined => {
      const id = inputOf(inner)
      if (id === null || !ids.has(id)) tellUnknown(written, inner, from.at, at, isScript)
      else if (Object.hasOwn(values, id)) return inserted(values[id] ?? '', from.at, at)
      else isOpen = true
      return undefined
    }
    const text = isCondition(at)
      ? fillCondition(from.text, valueOf)
      : from.text.replace(placeholder, (written, inner: string) =>
          String(valueOf(written, inner) ?? written),
        )
    const filled = text === from.text ? {} : { filled: true as const }
    return { ...from, text, ...filled, ...(isOpen ? { open: true as const } : {}) }
  }

  /** The value, as long as all that is put in is not too much. */
  function inserted(value: InputValue, at: Place, spot: Spot): InputValue {
    const { findings } = spot
    const before = findings.insertedLength
    findings.insertedLength += String(value).length
    if (findings.insertedLength <= insertedLengthMax) return value
    if (before <= insertedLengthMax) {
      const message = `With the values of its inputs put in, the file has more than ${insertedLengthMax / MiB} MiB.`
      error(spot, at, message, 'Use shorter values, or use them less often.')
    } else {
      markUnsound(spot)
    }
    return ''
  }

  function tellUnknown(written: string, inner: string, at: Place, spot: Spot, isScript: boolean) {
    const shown = JSON.stringify(clipped(written, 60))
    const id = inputOf(inner)
    if (id === null) {
      const message = `${shown} in ${pathOf(spot.trail)} is left as it is: only "\${{ inputs.… }}" is replaced.`
      const remedy = /^\s*(secrets|env|vars)\./.test(inner)
        ? 'That is how GitHub Actions writes it. Write "$NAME" for a variable.'
        : 'Write "$NAME" for a variable of the build.'
      const tell = isScript ? warning : error
      tell(spot, at, message, remedy)
      return
    }
    const similar = nearest(id, [...ids])
    const remedy =
      similar !== null
        ? `Did you mean "\${{ inputs.${similar} }}"?`
        : `Write "${clipped(id, 60)}:" with a description under "inputs" of the workflow.`
    error(spot, at, `${shown} in ${pathOf(spot.trail)} names an input that there is not.`, remedy)
  }
}

/** A condition is an expression: text that is put in is put in quotes, and stays text. */
const isCondition = ({ trail }: Spot): boolean =>
  trail?.step === 'condition' && trail.up?.step === 'when'

const isScriptKey = (key: string): boolean => key === 'script' || key.endsWith('scripts')

/** `inputs.flavour` and `inputs["flavour"]`. */
const inputOf = (inner: string): string | null => {
  const [, dotted, quoted] = /^\s*inputs(?:\.([\w-]+)|\[["']([^"'\]]*)["']\])\s*$/.exec(inner) ?? []
  return dotted ?? quoted ?? null
}
