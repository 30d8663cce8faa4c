import { noFindings } from '../../../src/pipeline/findings.ts'
import { readHuml } from '../../../src/pipeline/formats/huml.ts'
import type { Node } from '../../../src/pipeline/tree.ts'
import type { Problem } from '../../../src/pipeline/problem.ts'

export type Value = null | boolean | number | bigint | string | Value[] | Map<string, Value>

/** What a text in HUML means, as values of JavaScript. Throws where it has an error. */
export function valueOf(text: string): Value {
  const findings = noFindings()
  const root = readHuml(text, findings)
  const errors = findings.problems.filter(({ severity }) => severity === 'error')
  if (root === null || errors.length > 0) throw new Error(errors[0]?.message ?? 'no error told')
  return plain(root)
}

/** The problems of a text, as far as it is HUML. */
export function problemsOf(text: string): Problem[] {
  const findings = noFindings()
  readHuml(text, findings)
  return findings.problems
}

function plain(node: Node): Value {
  switch (node.kind) {
    case 'map':
      return new Map(node.entries.map(({ key, value }) => [key, plain(value)]))
    case 'list':
      return node.items.map(plain)
    case 'scalar':
      return node.quoted ? node.text : literal(node.text)
    case 'null':
      return null
    case 'broken':
      throw new Error('Nothing of HUML is half readable.')
  }
}

function literal(text: string): Value {
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'nan') return NaN
  if (/inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  const [, sign, digits = ''] = /^([+-]?)(.*)$/.exec(text) ?? []
  const isWhole = /^(\d+|0[xob].*)$/.test(digits)
  if (!isWhole) return Number(text)
  const whole = BigInt(digits) * (sign === '-' ? -1n : 1n)
  return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole
}
