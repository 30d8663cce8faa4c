import type { Html } from '#jsx/jsx-runtime'

/** A view in one of its states. `change` may alter the props first: the sweeps make them hostile. */
export type Entry = { name: string; render: (change?: <P>(props: P) => P) => Html }

/** One entry: a page and what it is drawn with. */
export function entry<P>(name: string, View: (props: P) => Html, props: P): Entry {
  return { name, render: (change) => View(change === undefined ? props : change(props)) }
}
