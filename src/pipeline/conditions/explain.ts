import { clipped } from '../findings.ts'
import { evaluate } from './evaluate.ts'
import { pathText, textOf, type Expression, type Path } from './expression.ts'
import { follow, isComposite, type ConditionScope } from './values.ts'

const factsMax = 4
const conditionShownMax = 120
const valueShownMax = 60

/**
 * One sentence on why a condition holds or does not, with the values that decided:
 * `not event.pull_request.draft is false: event.pull_request.draft is true.` Of variables for
 * which `isSecret` holds the value is not told; which those are only the caller knows.
 */
export function explainCondition(
  expression: Expression,
  scope: ConditionScope,
  isSecret: (variable: string) => boolean,
): string {
  const holds = evaluate(expression, scope)
  const facts = [...new Set(deciding(expression, scope).map((path) => fact(path, scope, isSecret)))]
  if (facts.length === 0) return `The condition is always ${holds}.`
  const shown = facts.slice(0, factsMax).join(', ')
  const more = facts.length > factsMax ? `, and ${facts.length - factsMax} more` : ''
  return `${clipped(textOf(expression), conditionShownMax)} is ${holds}: ${shown}${more}.`
}

/** The paths without which the answer could be another one. */
function deciding(expression: Expression, scope: ConditionScope): Path[] {
  switch (expression.is) {
    case 'literal':
      return []
    case 'path':
      return [expression]
    case 'not':
      return deciding(expression.of, scope)
    case 'and':
    case 'or': {
      const decides = expression.is === 'or'
      const one = expression.of.find((each) => evaluate(each, scope) === decides)
      return (one === undefined ? expression.of : [one]).flatMap((each) => deciding(each, scope))
    }
    case 'compare':
      return [...deciding(expression.left, scope), ...deciding(expression.right, scope)]
  }
}

function fact(path: Path, scope: ConditionScope, isSecret: (variable: string) => boolean): string {
  const name = clipped(pathText(path), conditionShownMax)
  const found = follow(path, scope)
  if (found.is === 'missing') return missing(path, found.end)
  const [variable] = path.steps
  if (path.root === 'env' && typeof variable === 'string' && isSecret(variable)) {
    return `the value of ${name} is secret`
  }
  const { value } = found
  if (isComposite(value)) return `${name} is ${value.isEmpty ? 'empty' : 'a list or a mapping'}`
  const shown = typeof value === 'string' ? clipped(value, valueShownMax) : value
  return `${name} is ${JSON.stringify(shown)}`
}

function missing(path: Path, end: string): string {
  if (end === 'event') return 'no event started this build'
  const name = pathText(path)
  const clippedEnd = clipped(end, conditionShownMax)
  if (path.root === 'env') return `${clippedEnd} is not set`
  return end === name
    ? `there is no ${clippedEnd}`
    : `there is no ${clippedEnd}, so ${clipped(name, conditionShownMax)} is null`
}
