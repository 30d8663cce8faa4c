/**
 * A condition as it is meant. `offset` is where its text begins, in UTF-16 units; what `bind` puts
 * in is at 0.
 */
export type Expression =
  | { is: 'literal'; value: Literal; offset: number }
  | Path
  | { is: 'not'; of: Expression }
  | { is: 'and'; of: Expression[] }
  | { is: 'or'; of: Expression[] }
  | { is: 'compare'; operator: Comparison; left: Expression; right: Expression }

export type Literal = string | number | boolean | null

/** `event.labels[0].name`: names of mappings are text, places in lists are numbers. */
export type Path = { is: 'path'; root: Root; steps: (string | number)[]; offset: number }

export const roots = ['env', 'event', 'inputs'] as const
export type Root = (typeof roots)[number]

export const comparisons = ['==', '!=', '<', '<=', '>', '>='] as const
export type Comparison = (typeof comparisons)[number]

/** The expression as text that parses to the same again. */
export function textOf(expression: Expression): string {
  switch (expression.is) {
    case 'literal':
      return JSON.stringify(expression.value)
    case 'path':
      return pathText(expression)
    case 'not':
      return `not ${grouped(expression.of, ['and', 'or'])}`
    case 'and':
    case 'or':
      return expression.of.map((each) => grouped(each, ['and', 'or'])).join(` ${expression.is} `)
    case 'compare': {
      const side = (each: Expression) => grouped(each, ['and', 'or', 'not', 'compare'])
      return `${side(expression.left)} ${expression.operator} ${side(expression.right)}`
    }
  }
}

/** A path as its author would write it. */
export function pathText({ root, steps }: { root: Root; steps: (string | number)[] }): string {
  const step = (each: string | number): string => {
    if (typeof each === 'number') return `[${each}]`
    return /^[A-Za-z_][\w-]*$/.test(each) ? `.${each}` : `[${JSON.stringify(each)}]`
  }
  return root + steps.map(step).join('')
}

const grouped = (expression: Expression, kinds: Expression['is'][]): string =>
  kinds.includes(expression.is) ? `(${textOf(expression)})` : textOf(expression)
