import { OoreError } from '../../lib/errors.ts'
import { textOf, type Expression } from './expression.ts'
import { boundLengthMax } from './parse.ts'
import {
  compare,
  isComposite,
  isTruthy,
  valueAt,
  type ConditionScope,
  type Value,
} from './values.ts'

type Known = Partial<ConditionScope>

/** What is left of an expression: still one, or a list or mapping of which no text can be made. */
type Reduced = Expression | { is: 'composite'; value: { isEmpty: boolean } }

/**
 * The condition as text in which the paths of the given roots are replaced by what they lead to, as
 * far as the rest can still tell a difference: `true` or `false` where nothing else is asked for.
 * So a step's condition is kept in a plan without the payload. For `readBound`; evaluated with the
 * other roots it gives what the condition itself would have given. Throws OoreError `invalid` where
 * it has become longer than 8000 characters: texts of the event would be compared with variables.
 */
export function bind(expression: Expression, known: Known): string {
  const text = textOf(truthOf(expression, known))
  if (text.length <= boundLengthMax) return text
  throw new OoreError(
    'invalid',
    `With the values of the event a condition has ${text.length} characters; ${boundLengthMax} ` +
      'are allowed. Compare shorter texts.',
  )
}

/** Reduced where only true or false matters. */
function truthOf(expression: Expression, known: Known): Expression {
  const reduced = reduce(expression, known)
  if (reduced.is === 'composite' || reduced.is === 'literal') {
    return literal(isTruthy(reduced.value))
  }
  // `true and x` stands for the truth of x, and here that is asked for anyway.
  if (reduced.is !== 'and') return reduced
  const [first, second] = reduced.of
  const isTruthOfOne = reduced.of.length === 2 && first?.is === 'literal' && second !== undefined
  return isTruthOfOne ? second : reduced
}

function reduce(expression: Expression, known: Known): Reduced {
  switch (expression.is) {
    case 'literal':
      return expression
    case 'path':
      return known[expression.root] === undefined
        ? expression
        : fromValue(valueAt(expression, known))
    case 'not': {
      const of = truthOf(expression.of, known)
      return of.is === 'literal' ? literal(!isTruthy(of.value)) : { is: 'not', of }
    }
    case 'and':
    case 'or':
      return reduceAll(expression.is, expression.of, known)
    case 'compare': {
      const left = reduce(expression.left, known)
      const right = reduce(expression.right, known)
      const { operator } = expression
      // A list or a mapping decides against anything: no matter what the other side will be.
      if (left.is === 'composite') return literal(compare(operator, left.value, null))
      if (right.is === 'composite') return literal(compare(operator, null, right.value))
      if (left.is === 'literal' && right.is === 'literal') {
        return literal(compare(operator, left.value, right.value))
      }
      return { is: 'compare', operator, left, right }
    }
  }
}

function reduceAll(is: 'and' | 'or', of: Expression[], known: Known): Expression {
  const decides = is === 'or'
  const open: Expression[] = []
  for (const each of of) {
    const reduced = truthOf(each, known)
    if (reduced.is !== 'literal') open.push(reduced)
    else if (isTruthy(reduced.value) === decides) return literal(decides)
  }
  const [only] = open
  if (only === undefined) return literal(!decides)
  if (open.length > 1) return { is, of: open }
  // Alone, a path would be its value, where `and` and `or` give true or false.
  return only.is === 'path' ? { is: 'and', of: [literal(true), only] } : only
}

const literal = (value: boolean): Expression => ({ is: 'literal', value, offset: 0 })

const fromValue = (value: Value): Reduced =>
  isComposite(value) ? { is: 'composite', value } : { is: 'literal', value, offset: 0 }
