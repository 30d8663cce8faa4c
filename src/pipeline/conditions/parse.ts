import { clipped } from '../findings.ts'
import { nearest } from '../nearest.ts'
import { comparisons, roots, type Comparison, type Expression, type Root } from './expression.ts'
import { tokensOf, Wrong, type Token } from './tokens.ts'

/** Characters that an author may write. */
const conditionLengthMax = 2_000
/** Characters of a condition with the values of an event put in: see `bind`. */
export const boundLengthMax = 8_000
/** Parentheses and `not` within each other. */
const depthMax = 64

export type ParsedCondition =
  | { is: 'parsed'; expression: Expression }
  | { is: 'wrong'; offset: number; message: string; suggestion: string | null }

/**
 * Reads a condition of `when` (codemagic-yaml, section 3.5):
 *
 *     expr := or ; or := and ('or' and)* ; and := not ('and' not)*
 *     not  := 'not' not | cmp ; cmp := prim (('==' | '!=' | '<' | '<=' | '>' | '>=') prim)?
 *     prim := '(' expr ')' | text | number | true | false | null | path | '${{' path '}}'
 *     path := ('env' | 'event' | 'inputs') ( '.' name | '[' number ']' | '[' text ']' )*
 *
 * `True`, `False` and `None` are taken too, as Python writes them. What is wrong is told at its
 * first place: what stands there, and what to write. Never throws; takes time in proportion to the
 * text, which may have 2000 characters.
 */
export const parseCondition = (text: string): ParsedCondition => parse(text, conditionLengthMax)

/** Reads what `bind` gave. Throws an Error for anything else: it would be a fault of Oore. */
export function readBound(text: string): Expression {
  const read = parse(text, boundLengthMax)
  if (read.is === 'parsed') return read.expression
  throw new Error(`A condition of a plan cannot be read at ${read.offset}: ${read.message}`)
}

function parse(text: string, lengthMax: number): ParsedCondition {
  try {
    if (text.length > lengthMax) {
      const message = `The condition has ${text.length} characters; ${lengthMax} are allowed.`
      throw new Wrong(0, message, 'Decide in a script instead, and end it there.')
    }
    return { is: 'parsed', expression: read(tokensOf(text)) }
  } catch (thrown) {
    if (!(thrown instanceof Wrong)) throw thrown
    const { offset, message, suggestion } = thrown
    return { is: 'wrong', offset, message, suggestion }
  }
}

function read(tokens: Token[]): Expression {
  let index = 0
  let depth = 0

  const last: Token = tokens[tokens.length - 1] ?? { kind: 'end', text: '', at: 0, end: 0 }
  const ahead = (): Token => tokens[index] ?? last
  const peek = (): Token => {
    const token = ahead()
    if (token.kind === 'wrong') throw token.wrong
    return token
  }
  const take = (): Token => {
    const token = peek()
    index += 1
    return token
  }
  const isNext = (kind: 'word' | 'sign', text: string): boolean =>
    peek().kind === kind && peek().text === text
  const skip = (kind: 'word' | 'sign', text: string): boolean => {
    const isThere = isNext(kind, text)
    if (isThere) index += 1
    return isThere
  }

  function whole(): Expression {
    if (peek().kind === 'end') {
      throw new Wrong(
        0,
        'The condition is empty.',
        'Write one, such as: not event.pull_request.draft',
      )
    }
    const expression = either()
    if (peek().kind !== 'end') throw leftOver(peek())
    return expression
  }

  function either(): Expression {
    const of = [all()]
    while (skip('word', 'or')) of.push(all())
    return of.length === 1 && of[0] !== undefined ? of[0] : { is: 'or', of }
  }

  function all(): Expression {
    const of = [negated()]
    while (skip('word', 'and')) of.push(negated())
    return of.length === 1 && of[0] !== undefined ? of[0] : { is: 'and', of }
  }

  function negated(): Expression {
    if (!isNext('word', 'not')) return compared()
    return deeper(take(), () => ({ is: 'not', of: negated() }))
  }

  function compared(): Expression {
    const left = operand(null)
    const operator = comparisonOf(peek())
    if (operator === null) return left
    index += 1
    const right = operand(operator)
    if (comparisonOf(peek()) !== null) {
      const message = `A second "${peek().text}" follows: a comparison has two sides.`
      throw new Wrong(peek().at, message, 'Write "and" between two comparisons: a == b and b == c')
    }
    return { is: 'compare', operator, left, right }
  }

  function operand(operator: Comparison | null): Expression {
    const token = take()
    if (token.kind === 'text' || token.kind === 'number') {
      if (token.kind === 'number' && isNext('sign', '.')) throw pointedNumber(token)
      return { is: 'literal', value: token.value, offset: token.at }
    }
    if (token.kind === 'sign' && token.text === '(') {
      const inside = deeper(token, either)
      if (!skip('sign', ')')) throw notClosed(token, peek(), '(', ')')
      return inside
    }
    if (token.kind === 'sign' && token.text === '${{') return placeholder(token)
    if (token.kind !== 'word') throw nothingFor(token, operator)
    const value = literals.get(token.text)
    if (value !== undefined) return { is: 'literal', value, offset: token.at }
    return path(token, operator)
  }

  /** A reference to an input that was not replaced before: it keeps its type. */
  function placeholder(open: Token): Expression {
    const inside = path(take(), null)
    if (!skip('sign', '}}')) throw notClosed(open, peek(), '${{', '}}')
    return inside
  }

  function path(word: Token, operator: Comparison | null): Expression {
    const root = roots.find((each) => each === word.text)
    if (root === undefined) throw unknownWord(word, ahead(), operator)
    const steps: (string | number)[] = []
    while (peek().kind === 'sign') {
      if (skip('sign', '.')) steps.push(nameStep(take()))
      else if (isNext('sign', '[')) steps.push(bracketStep(take()))
      else break
    }
    return { is: 'path', root, steps, offset: word.at }
  }

  function bracketStep(open: Token): string | number {
    const token = take()
    if (token.kind === 'number' && /^\d{1,9}$/.test(token.text)) {
      if (!skip('sign', ']')) throw notClosed(open, peek(), '[', ']')
      return token.value
    }
    if (token.kind === 'text') {
      if (!skip('sign', ']')) throw notClosed(open, peek(), '[', ']')
      return token.value
    }
    if (token.kind === 'end') throw notClosed(open, token, '[', ']')
    const remedy = token.kind === 'word' ? `Write ["${token.text}"].` : 'Write [0] or ["key"].'
    const message = `In "[…]" stands a number from 0 or a key in quotes, not ${shown(token)}.`
    throw new Wrong(token.at, message, remedy)
  }

  function deeper(token: Token, inside: () => Expression): Expression {
    if (depth === depthMax) {
      const message = `The condition is nested more than ${depthMax} deep here.`
      throw new Wrong(token.at, message, 'Remove parentheses and "not" that are not needed.')
    }
    depth += 1
    const expression = inside()
    depth -= 1
    return expression
  }

  return whole()
}

const literals = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['null', null],
  ['None', null],
])

function comparisonOf(token: Token): Comparison | null {
  if (token.kind !== 'sign') return null
  return comparisons.find((each) => each === token.text) ?? null
}

function nameStep(token: Token): string {
  if (token.kind === 'word') return token.text
  const remedy = token.kind === 'number' ? `Write [${token.text}].` : 'Write a name after it.'
  throw new Wrong(token.at, `After "." stands a name, not ${shown(token)}.`, remedy)
}

/** What cannot follow a whole expression. */
function leftOver(token: Token): Wrong {
  const lower = token.text.toLowerCase()
  if (token.kind === 'sign' && token.text === ')') {
    return new Wrong(token.at, 'This ")" closes nothing.', 'Remove it, or write "(" before it.')
  }
  if (token.kind === 'word' && ['and', 'or', 'not'].includes(lower)) {
    const remedy = lower === token.text ? 'Write "and" or "or" before it.' : `Write "${lower}".`
    return new Wrong(token.at, `"${token.text}" cannot stand here.`, remedy)
  }
  if (token.kind === 'word' && ['is', 'equals', 'eq'].includes(lower)) {
    return new Wrong(token.at, `"${token.text}" is not known in a condition.`, 'Write "==".')
  }
  if (token.kind === 'word' && ['in', 'contains', 'matches', 'like'].includes(lower)) {
    const remedy = 'Compare with "==", and join several comparisons by "or".'
    return new Wrong(token.at, `"${token.text}" is not known in a condition.`, remedy)
  }
  const remedy = 'Write "and", "or" or "==" between two values.'
  return new Wrong(token.at, `${capital(shown(token))} cannot follow here.`, remedy)
}

/** A value is wanted, and there is none. */
function nothingFor(token: Token, operator: Comparison | null): Wrong {
  const wanted =
    operator === null ? 'A value is missing' : `"${operator}" has nothing to compare with`
  const where = token.kind === 'end' ? 'the condition ends here' : `${shown(token)} stands here`
  const remedy = 'Write a path such as event.action, text in quotes, a number, true, false or null.'
  return new Wrong(token.at, `${wanted}: ${where}.`, remedy)
}

function pointedNumber(token: Token): Wrong {
  const message = `${token.text} with another "." is no number.`
  return new Wrong(token.at, message, 'Write a version as text, in quotes: "1.2.3".')
}

function notClosed(open: Token, found: Token, opening: string, closing: string): Wrong {
  const where = found.kind === 'end' ? 'the condition ends' : `${shown(found)} comes`
  const message = `This "${opening}" is not closed: ${where} before "${closing}".`
  return new Wrong(open.at, message, `Write "${closing}" where it ends.`)
}

/** Where people look for what is known here by another name. */
const elsewhere = new Map<string, Root>([
  ['github', 'event'],
  ['gitlab', 'event'],
  ['bitbucket', 'event'],
  ['payload', 'event'],
  ['webhook', 'event'],
  ['vars', 'env'],
  ['variables', 'env'],
  ['environment', 'env'],
  ['secrets', 'env'],
  ['params', 'inputs'],
  ['parameters', 'inputs'],
])

const others = new Map([
  ['branch', 'env.CM_BRANCH'],
  ['tag', 'env.CM_TAG'],
  ['commit', 'env.CM_COMMIT'],
  ['pull_request', 'event.pull_request'],
])

/** A word that is no root. On the right of a comparison it is most likely text. */
function unknownWord(word: Token, next: Token, operator: Comparison | null): Wrong {
  const name = clipped(word.text, 60)
  const lower = word.text.toLowerCase()
  if (word.kind !== 'word') return nothingFor(word, operator)
  if (next.kind === 'sign' && next.text === '(' && !isReserved(lower)) {
    const remedy = 'Compare with "==", or test it in a script.'
    return new Wrong(word.at, `"${name}" cannot be called: a condition has no functions.`, remedy)
  }
  if (['and', 'or', 'not'].includes(word.text)) {
    const remedy =
      word.text === 'not' ? 'Put it in parentheses: (not …).' : 'Write a value before it.'
    return new Wrong(word.at, `"${name}" cannot stand here.`, remedy)
  }
  return new Wrong(
    word.at,
    `"${name}" is not known in a condition.`,
    remedyFor(name, lower, next, operator),
  )
}

const isReserved = (lower: string): boolean =>
  ['and', 'or', 'not', ...[...literals.keys()].map((each) => each.toLowerCase())].includes(lower)

function remedyFor(name: string, lower: string, next: Token, operator: Comparison | null): string {
  const reserved = [...literals.keys(), 'and', 'or', 'not'].find((each) => each === lower)
  if (reserved !== undefined) return `Write "${reserved}".`
  if (lower === 'yes' || lower === 'on') return 'Write "true".'
  if (lower === 'no' || lower === 'off') return 'Write "false".'
  const goesOn = next.kind === 'sign' && (next.text === '.' || next.text === '[')
  if (operator !== null && !goesOn) return `If it is text, write it in quotes: "${name}".`
  const other = others.get(lower)
  if (other !== undefined) return `Did you mean ${other}?`
  if (/^[A-Z][A-Z0-9_]+$/.test(name) && !goesOn) return `Write env.${name}.`
  const root = elsewhere.get(lower) ?? nearest(name, [...roots])
  if (root !== null) return `Did you mean "${root}"?`
  return `Values come from env, event and inputs, as in env.CM_BRANCH. Text stands in quotes: "${name}".`
}

function shown(token: Token): string {
  if (token.kind === 'end') return 'the end'
  return token.kind === 'text'
    ? `the text ${clipped(token.text, 40)}`
    : `"${clipped(token.text, 40)}"`
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
