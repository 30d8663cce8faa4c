import type { Expression } from './expression.ts'
import { compare, isTruthy, valueAt, type ConditionScope, type Value } from './values.ts'

/**
 * Whether a condition holds. A path that leads nowhere is null. `and`, `or` and `not` give true or
 * false. Nothing is called and nothing can fail; takes time in proportion to the condition.
 */
export const evaluate = (expression: Expression, scope: ConditionScope): boolean =>
  isTruthy(valueOf(expression, scope))

function valueOf(expression: Expression, scope: ConditionScope): Value {
  switch (expression.is) {
    case 'literal':
      return expression.value
    case 'path':
      return valueAt(expression, scope)
    case 'not':
      return !evaluate(expression.of, scope)
    case 'and':
      return expression.of.every((each) => evaluate(each, scope))
    case 'or':
      return expression.of.some((each) => evaluate(each, scope))
    case 'compare': {
      const { operator, left, right } = expression
      return compare(operator, valueOf(left, scope), valueOf(right, scope))
    }
  }
}
