import { below, clipped, error, pathOf, type Spot } from '../findings.ts'
import { nearest } from '../nearest.ts'
import { inputTypes, type Input, type InputValue } from '../pipeline.ts'
import type { Entry, MapNode, Node, ScalarNode } from '../tree.ts'
import { key, list, map, mismatch, oneOf, text, type Shape } from './shapes.ts'
import { found } from './words.ts'

const inputsMax = 100

const otherTypes = {
  bool: 'Did you mean boolean?',
  text: 'Did you mean string?',
  int: 'Did you mean number?',
  integer: 'Did you mean number?',
  enum: 'Did you mean choice?',
  select: 'Did you mean choice?',
}

const inputMap = map(
  {
    called: 'an input',
    keys: {
      description: key(
        text,
        'What is asked, as the person who starts a build reads it. Required.',
        'description: Which flavour to build',
      ),
      type: key(
        oneOf(inputTypes, otherTypes),
        'What may be given: text, `true` or `false`, one of `options`, or a number. Text where nothing is written.',
        'type: choice',
        ['options'],
      ),
      options: key(
        list(text, '- staging'),
        'What may be chosen. Required for `type: choice`, and for no other type.',
        'options: [staging, production]',
        ['type'],
      ),
      default: key(
        text,
        'The value where none is given. Without one a build by a push, a pull request, a tag or a schedule cannot start: it fails and says which input it lacks.',
        'default: staging',
      ),
    },
    required: { description: 'Write "description:" and what is asked.' },
    elsewhere: {
      required: { remedy: 'Remove it: an input without "default" is required.' },
    },
  },
  '{ description: Flavour, type: choice, options: [staging, production] }',
)

/** What a workflow asks of whoever starts it. */
export const inputs: Shape<Input[]> = {
  wants: 'a mapping of ids to inputs',
  remedy: 'Write "flavour:", below it "description: Which flavour to build".',
  schema: { type: ['object', 'null'], additionalProperties: inputMap.schema },
  ids: { example: 'flavour', of: inputMap },
  read(node, spot) {
    if (node.kind !== 'map') return mismatch(inputs, node, spot)
    if (node.entries.length > inputsMax) {
      const message = `${pathOf(spot.trail)} has ${node.entries.length} inputs; ${inputsMax} are allowed.`
      error(spot, node.at, message, 'Ask less.')
      return null
    }
    return node.entries.flatMap((entry) => readInput(entry, below(spot, entry.key)) ?? [])
  },
}

function readInput({ key: id, at, value: node }: Entry, spot: Spot): Input | null {
  if (!/^[A-Za-z_][\w-]{0,99}$/.test(id)) {
    const message = `${JSON.stringify(clipped(id, 60))} cannot be the id of an input: it takes letters, digits, "_" and "-", a letter first.`
    error(spot, at, message, 'Choose another id.')
    return null
  }
  const values = inputMap.read(node, spot)
  if (values === null || node.kind !== 'map') return null
  const type = values.type ?? 'string'
  const options = values.options ?? []
  const optionsAt = entryOf(node, 'options')?.at ?? at
  if (type === 'choice' && options.length === 0) {
    const message = `${pathOf(spot.trail)} is a choice without options.`
    error(below(spot, 'options'), optionsAt, message, 'Write "options: [one, another]".')
    return null
  }
  if (type !== 'choice' && options.length > 0) {
    const message = `${pathOf(spot.trail)} has options, which only a choice has; its type is ${type}.`
    error(below(spot, 'options'), optionsAt, message, 'Write "type: choice", or remove "options".')
    return null
  }
  const asked = { id, description: values.description ?? '', type, options, default: null }
  const written = entryOf(node, 'default')
  if (written === null || written.value.kind === 'null') return asked
  const value = defaultOf(asked, written.value, below(spot, 'default'))
  return value === null ? null : { ...asked, default: value }
}

function defaultOf(asked: Input, node: Node, spot: Spot): InputValue | null {
  if (node.kind !== 'scalar') return null
  const value = inputValueOf(asked, typedValue(asked, node))
  if (value.is === 'sound') return value.value
  const message = `${pathOf(spot.trail)} ${value.trouble}, found ${found(node)}.`
  error(spot, node.at, message, value.remedy)
  return null
}

/** A number in quotes is text to YAML, and no number. */
function typedValue(asked: Input, { text: written, quoted }: ScalarNode): unknown {
  if (quoted || asked.type === 'string' || asked.type === 'choice') return written
  if (/^(true|false)$/i.test(written)) return written.toLowerCase() === 'true'
  return written
}

export type CheckedInput =
  { is: 'sound'; value: InputValue } | { is: 'wrong'; trouble: string; remedy: string }

/**
 * A value given for an input as the type it has, or what is wrong with it. From a form and from a
 * command everything arrives as text, so `"true"` is a boolean and `"12"` a number.
 */
export function inputValueOf({ type, options }: Input, given: unknown): CheckedInput {
  const written = typeof given === 'string' ? given : null
  switch (type) {
    case 'string':
      return isPlainValue(given)
        ? { is: 'sound', value: String(given) }
        : { is: 'wrong', trouble: 'must be text', remedy: 'Write text.' }
    case 'boolean': {
      if (typeof given === 'boolean') return { is: 'sound', value: given }
      if (written === 'true' || written === 'false') {
        return { is: 'sound', value: written === 'true' }
      }
      return { is: 'wrong', trouble: 'must be true or false', remedy: 'Write true or false.' }
    }
    case 'number': {
      const isNumber = written !== null && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(written)
      const value = isNumber ? Number(written) : given
      if (typeof value === 'number' && Number.isFinite(value)) return { is: 'sound', value }
      return { is: 'wrong', trouble: 'must be a number', remedy: 'Write a number such as 12.' }
    }
    case 'choice': {
      const word = isPlainValue(given) ? String(given) : ''
      if (options.includes(word)) return { is: 'sound', value: word }
      const similar = nearest(word, options)
      return {
        is: 'wrong',
        trouble: `must be one of ${options.join(', ')}`,
        remedy: similar === null ? `Write ${options[0] ?? ''}.` : `Did you mean ${similar}?`,
      }
    }
    default:
      return type satisfies never
  }
}

const isPlainValue = (value: unknown): boolean =>
  ['string', 'number', 'boolean'].includes(typeof value)

const entryOf = (node: MapNode, wanted: string): Entry | null =>
  node.entries.find((entry) => entry.key === wanted) ?? null
