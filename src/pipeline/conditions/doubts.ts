import { pathText, type Expression } from './expression.ts'

/** Something that a condition may say, and most likely does not mean. */
export type Doubt = { offset: number; message: string; suggestion: string | null }

/** Built-in variables that are `true` or `false`, as text: bare, both count as true. */
const textsOfTruth = ['CM_PULL_REQUEST']

/** What in a condition has the same answer always, though its author asks for it. */
export function doubtsAbout(expression: Expression): Doubt[] {
  const doubts: Doubt[] = []
  askedForTruth(expression, null)
  return doubts

  /** `before` stands left of it, joined by `and` or `or`. */
  function askedForTruth(each: Expression, before: Expression | null) {
    if (each.is === 'not') askedForTruth(each.of, null)
    else if (each.is === 'and' || each.is === 'or') {
      each.of.forEach((one, index) => askedForTruth(one, each.of[index - 1] ?? null))
    } else if (each.is === 'compare') {
      askedForValue(each.left)
      askedForValue(each.right)
    } else if (each.is === 'literal') {
      if (typeof each.value !== 'boolean') tellConstant(each.value, each.offset, before)
    } else {
      askedForValue(each)
      const [name] = each.steps
      if (each.root !== 'env' || !textsOfTruth.includes(String(name))) return
      const path = pathText(each)
      const message = `${path} is the text "true" or "false", and either counts as true.`
      doubts.push({ offset: each.offset, message, suggestion: `Write ${path} == true.` })
    }
  }

  function askedForValue(each: Expression) {
    if (each.is !== 'path') return void (each.is !== 'literal' && askedForTruth(each, null))
    if (each.root === 'event' || each.steps.length <= 1) return
    const path = pathText({ root: each.root, steps: each.steps.slice(0, 1) })
    const message = `${pathText(each)} is always null: ${path} holds nothing below it.`
    doubts.push({ offset: each.offset, message, suggestion: `Write ${path}.` })
  }

  function tellConstant(value: string | number | null, offset: number, before: Expression | null) {
    const message = `${JSON.stringify(value)} alone is always ${Boolean(value)} here.`
    const compared = before?.is === 'compare' && before.left.is === 'path' ? before : null
    const suggestion =
      compared === null || compared.left.is !== 'path'
        ? 'Compare it with something, or remove it.'
        : `Write ${pathText(compared.left)} ${compared.operator} ${JSON.stringify(value)}.`
    doubts.push({ offset, message, suggestion })
  }
}
