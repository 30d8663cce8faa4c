// Hono's escaping runtime, with element types that refuse what HTML would not understand.
/// <reference types="@kitajs/html/jsx.d.ts" />
import { Fragment, jsx } from 'hono/jsx/jsx-runtime'
import { jsxDEV } from 'hono/jsx/jsx-dev-runtime'
import type { HtmlEscapedString } from 'hono/utils/html'

export { Fragment, jsx, jsx as jsxs, jsxDEV }

/** Markup that has already been escaped. A plain string is not Html. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>
/** What may stand between two tags. Dates, objects and bigints may not: they would render nothing. */
export type Child = string | number | boolean | null | undefined | Html | Child[]

type Known = globalThis.JSX.IntrinsicElements
type Left = 'children' | 'safe' | 'of' | 'attrs' | 'class' | 'className' | 'style'
type Strict<T> = Omit<T, Left> & { children?: Child; class?: string | undefined }

export namespace JSX {
  export type Element = Html
  export interface ElementChildrenAttribute {
    children: unknown
  }
  export type IntrinsicElements = { [Tag in keyof Known]: Strict<Known[Tag]> }
}
