import { pathText, type Comparison, type Literal, type Path } from './expression.ts'

/** What paths are read from. Only own properties and places in lists are found. */
export type ConditionScope = {
  env: Readonly<Record<string, string>>
  /** The payload as the forge sent it; null for builds that no delivery started. */
  event: unknown
  inputs: Readonly<Record<string, string | number | boolean>>
}

/** A list or a mapping is no more than empty or not: it equals nothing. */
export type Value = Literal | { isEmpty: boolean }

/** What a path leads to; `end` names the first part of it that is not there. */
export type Found = { is: 'found'; value: Value } | { is: 'missing'; end: string }

export function valueAt(path: Path, scope: Partial<ConditionScope>): Value {
  const found = follow(path, scope)
  return found.is === 'found' ? found.value : null
}

/** The value, or how far the path leads. */
export function follow({ root, steps }: Path, scope: Partial<ConditionScope>): Found {
  let at: unknown = scope[root]
  if (at === null || at === undefined) return { is: 'missing', end: root }
  for (const [index, step] of steps.entries()) {
    at = within(at, step)
    if (at === undefined) {
      return { is: 'missing', end: pathText({ root, steps: steps.slice(0, index + 1) }) }
    }
  }
  return { is: 'found', value: asValue(at) }
}

function within(container: unknown, step: string | number): unknown {
  if (Array.isArray(container)) return typeof step === 'number' ? container[step] : undefined
  if (typeof container !== 'object' || container === null || typeof step === 'number') {
    return undefined
  }
  return Object.getOwnPropertyDescriptor(container, step)?.value
}

function asValue(found: unknown): Value {
  if (typeof found === 'string' || typeof found === 'boolean') return found
  // JSON can say 1e999, and a condition cannot.
  if (typeof found === 'number') return Number.isFinite(found) ? found : null
  if (typeof found !== 'object' || found === null) return null
  return { isEmpty: Object.keys(found).length === 0 }
}

/** As in Python: empty text, 0, null, false and what holds nothing are false. */
export const isTruthy = (value: Value): boolean =>
  isComposite(value) ? !value.isEmpty : Boolean(value)

export const isComposite = (value: Value): value is { isEmpty: boolean } =>
  typeof value === 'object' && value !== null

/**
 * Equal are values of one kind that are the same. Variables are text, so text also equals the
 * boolean or number that it is written like: `env.CM_PULL_REQUEST == true`. A list or a mapping
 * equals nothing. Order is between numbers, and text that is one; there is none between others.
 */
export function compare(operator: Comparison, left: Value, right: Value): boolean {
  if (operator === '==') return equals(left, right)
  if (operator === '!=') return !equals(left, right)
  const a = numberOf(left)
  const b = numberOf(right)
  if (a === null || b === null) return false
  switch (operator) {
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    case '>=':
      return a >= b
  }
}

function equals(left: Value, right: Value): boolean {
  if (isComposite(left) || isComposite(right)) return false
  if (typeof left === 'string' && typeof right !== 'string') return textEquals(left, right)
  if (typeof right === 'string' && typeof left !== 'string') return textEquals(right, left)
  return left === right
}

function textEquals(text: string, other: number | boolean | null): boolean {
  if (typeof other === 'number') return numberOf(text) === other
  return other !== null && text === String(other)
}

function numberOf(value: Value): number | null {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^-?\d{1,40}(\.\d{1,40})?$/.test(value) ? Number(value) : null
}
