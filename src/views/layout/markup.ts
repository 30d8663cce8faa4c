import { raw } from 'hono/html'
import type { Html } from '#jsx/jsx-runtime'

/*
 * The only place of the views where text becomes markup without being escaped. Nothing that
 * anybody wrote may come here.
 */

export const doctype: Html = raw('<!doctype html>')

/** Markup that was escaped where it was made: the rows of a log, by views/log. */
export const escaped = (html: string): Html => raw(html)

/** Draws something that is always the same, such as an icon, once and for all. */
export const fixed = (element: Html): Html => raw(element.toString())

/** `fixed` for each of a few names. */
export const fixedEach = <Name extends string>(
  names: readonly Name[],
  draw: (name: Name) => Html,
): Record<Name, Html> =>
  Object.fromEntries(names.map((name) => [name, fixed(draw(name))])) as Record<Name, Html>
