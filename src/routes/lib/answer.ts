import type { Html } from '../../views/jsx/jsx-runtime.ts'
import type { Page } from '../../lib/page.ts'

/** What goes back, as a value: status, headers and body, before the frame adds its own headers. */
export type Answer = {
  status: number
  headers: Record<string, string>
  /** Values of `Set-Cookie`, where there is more than one. */
  cookies?: readonly string[]
  body: Html | string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null
  /** Shows something that moves: not to be kept for the next reader. */
  passing?: boolean
}

const htmlType = 'text/html; charset=utf-8'
const jsonType = 'application/json; charset=utf-8'
const textType = 'text/plain; charset=utf-8'

export const showPage = (page: Html, status = 200): Answer => ({
  status,
  headers: { 'content-type': htmlType },
  body: page,
})

export const showJson = (
  value: unknown,
  status = 200,
  headers: Record<string, string> = {},
): Answer => ({
  status,
  headers: { 'content-type': jsonType, ...headers },
  body: JSON.stringify(value),
})

/** 201 with the new thing's own API address. */
export const showCreated = (value: unknown, location: string): Answer =>
  showJson(value, 201, { location })

export const showText = (text: string, status = 200): Answer => ({
  status,
  headers: { 'content-type': textType },
  body: text,
})

export const showNothing = (): Answer => ({ status: 204, headers: {}, body: null })

/** After a change by form: go and look at it. 303, so that the browser asks with GET. */
export const goTo = (path: string, headers: Record<string, string> = {}): Answer => ({
  status: 303,
  headers: { location: path, ...headers },
  body: null,
})

/** One page of a list, with its `Link` header. `path` is the request's own path and query. */
export function showList<T>(
  page: Page<T>,
  project: (item: T) => unknown,
  call: { path: string },
): Answer {
  const body = { data: page.data.map(project), next_cursor: page.nextCursor }
  if (page.nextCursor === null) return showJson(body)
  const url = new URL(call.path, 'http://oore.invalid')
  url.searchParams.set('cursor', page.nextCursor)
  return showJson(body, 200, { link: `<${url.pathname}${url.search}>; rel="next"` })
}

/** Where the address is the permission: neither search engines nor other sites get to know it. */
export function hidden(answer: Answer): Answer {
  const headers = {
    'x-robots-tag': 'noindex, nofollow',
    'referrer-policy': 'no-referrer',
    ...answer.headers,
  }
  return { ...answer, headers }
}
