import { OoreError, type Trouble } from '../../lib/errors.ts'
import { ErrorPage } from '../../views/errors/page.tsx'
import { showPage, type Answer } from './answer.ts'
import { nearOf } from './near.ts'
import type { Call } from './route.ts'

/** The one translation of trouble to HTTP. */
export const statusOf: Record<Trouble, number> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  not_allowed: 405,
  conflict: 409,
  gone: 410,
  too_large: 413,
  wrong_media_type: 415,
  range: 416,
  misdirected: 421,
  invalid: 422,
  busy: 429,
  unavailable: 503,
}

const titles: Record<Trouble | 'broken', string> = {
  malformed: 'Not understood',
  unauthenticated: 'Sign in first',
  forbidden: 'Not allowed',
  not_found: 'Not found',
  not_allowed: 'Not possible here',
  conflict: 'At odds with how things stand',
  gone: 'No longer there',
  too_large: 'Too large',
  wrong_media_type: 'Wrong media type',
  range: 'No such range',
  misdirected: 'Wrong host',
  invalid: 'Not acceptable',
  busy: 'Too many requests',
  unavailable: 'Not available',
  broken: 'Oore broke',
}

type Told = { status: number; title: string; message: string; headers: Record<string, string> }

/** What is thrown, as a page. */
export function errorPage(thrown: unknown, call: Call): Answer {
  const told = tell(thrown, call)
  const page = (
    <ErrorPage
      shell={call.shell()}
      status={told.status}
      title={told.title}
      message={told.message}
      requestId={call.ctx.requestId}
      near={told.status === 404 ? nearOf(call.path) : []}
    />
  )
  const answer = showPage(page, told.status)
  return { ...answer, headers: { ...answer.headers, ...told.headers } }
}

/** What is thrown, as `application/problem+json`. */
export function errorProblem(thrown: unknown, call: Call): Answer {
  const told = tell(thrown, call)
  const listsFields = thrown instanceof OoreError && (told.status === 400 || told.status === 422)
  const problem = {
    type: 'about:blank',
    title: told.title,
    status: told.status,
    detail: told.message,
    request_id: call.ctx.requestId,
    ...(listsFields ? { errors: thrown.fields } : {}),
  }
  return {
    status: told.status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', ...told.headers },
    body: JSON.stringify(problem),
  }
}

/** How long to wait before trying again, where that helps. */
export function waitHeaders({ trouble, retryAfterSeconds }: OoreError): Record<string, string> {
  const otherwise = trouble === 'unavailable' ? unavailableSeconds : null
  const seconds = retryAfterSeconds ?? otherwise
  return seconds === null ? {} : { 'retry-after': String(seconds) }
}

/** For what knows no better, like a git server that does not answer. */
const unavailableSeconds = 30

/** People hear what they can act on; everything else is a bug: its stack is for the operator. */
function tell(thrown: unknown, call: Call): Told {
  if (!(thrown instanceof OoreError)) {
    call.ctx.log.error(
      { err: thrown, path: call.path, requestId: call.ctx.requestId },
      'a request broke',
    )
    const message =
      'This is a mistake in Oore, not yours. The operator finds the cause in the log under ' +
      `request ${call.ctx.requestId}.`
    return { status: 500, title: titles.broken, message, headers: {} }
  }
  const status = statusOf[thrown.trouble]
  const headers = waitHeaders(thrown)
  const title = titleOf(thrown.trouble, call)
  if (status === 401 && call.face !== 'page') headers['www-authenticate'] = 'Bearer'
  if (status === 503) call.ctx.log.warn({ err: thrown, path: call.path }, 'not available')
  return { status, title, message: thrown.message, headers }
}

/** A git server has nobody to sign in: what it sends proves itself, or does not. */
const titleOf = (trouble: Trouble, { ctx }: Call): string =>
  trouble === 'unauthenticated' && ctx.actor.is === 'hook'
    ? 'Not signed as it should be'
    : titles[trouble]
