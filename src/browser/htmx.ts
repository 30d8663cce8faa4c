import type { Htmx } from 'htmx.org'
import 'htmx.org'
import 'htmx.org/dist/ext/hx-sse.js'

/** htmx with its live streams, typed: the module puts itself on the window. */
export const htmx = (window as unknown as { htmx: Htmx }).htmx
