import { safeNext } from '../../auth/next.ts'
import { OoreError, type Trouble } from '../../lib/errors.ts'
import { paths } from '../../views/paths.ts'
import { type Answer, goTo } from './answer.ts'
import { errorPage, errorProblem } from './errors.tsx'
import type { Call } from './route.ts'

/** What the writer of a form can mend in it, or has to hear where it was written. */
export const isForTheForm = (error: unknown): error is OoreError =>
  error instanceof OoreError && forForms.includes(error.trouble)

const forForms: readonly Trouble[] = [
  'invalid',
  'malformed',
  'conflict',
  'forbidden',
  'gone',
  'unavailable',
  'unauthenticated',
  'busy',
]

/**
 * People without a session are led to the sign-in and back; programs and parts are told. A file that
 * a browser wants to open has a reader too: its trouble is shown as a page, with a page's headers.
 */
export function troubleAnswer(
  error: unknown,
  call: Call,
  pageHeaders: Readonly<Record<string, string>>,
): Answer {
  const isBrowser = call.header('accept')?.includes('text/html') ?? false
  if (call.face === 'api' || (call.face === 'plain' && !isBrowser)) return errorProblem(error, call)
  const isStranger = error instanceof OoreError && error.trouble === 'unauthenticated'
  if (!isStranger) {
    const page = errorPage(error, call)
    return { ...page, headers: { ...pageHeaders, ...page.headers } }
  }
  if (call.header('hx-request') === 'true') {
    return { status: 401, headers: { 'hx-redirect': paths.login(shownPage(call)) }, body: null }
  }
  const isRead = call.method === 'GET' || call.method === 'HEAD'
  return goTo(paths.login(isRead ? call.path : undefined))
}

/** The page that htmx asked from: the part that it asked for is none to come back to. */
function shownPage(call: Call): string | undefined {
  const shown = call.header('hx-current-url')
  if (shown === undefined || !URL.canParse(shown)) return undefined
  const { pathname, search } = new URL(shown)
  return safeNext(`${pathname}${search}`, call.ctx.config.baseUrl)
}
