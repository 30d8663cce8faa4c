import { SaxesParser } from 'saxes'

export type Element = {
  name: string
  attributes: Record<string, string>
  parent: Element | null
  children: (Element | string)[]
}

/**
 * Reads a page as strictly as XML: our pages close every element and quote every attribute, so
 * that anything sloppy (or slipped in by somebody's text) fails here instead of being forgiven.
 */
export function readHtml(html: string): Element {
  const root: Element = { name: '#page', attributes: {}, parent: null, children: [] }
  let open = root
  const parser = new SaxesParser({ fragment: true, xmlns: false })
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { name, attributes, parent: open, children: [] }
    open.children.push(element)
    open = element
  })
  parser.on('closetag', () => {
    open = open.parent ?? root
  })
  parser.on('text', (text) => open.children.push(text))
  parser.write(html.replace(/^<!doctype html>/, '')).close()
  return root
}

/** The element and everything in it, in the order of the page. */
export function elementsOf(element: Element): Element[] {
  return [element, ...element.children.flatMap((child) => (isText(child) ? [] : elementsOf(child)))]
}

/** What can be read of it, without its markup. */
export function textOf(element: Element): string {
  return element.children.map((child) => (isText(child) ? child : textOf(child))).join('')
}

export const withId = (root: Element, id: string): Element | undefined =>
  elementsOf(root).find((element) => element.attributes['id'] === id)

const isText = (child: Element | string): child is string => typeof child === 'string'
