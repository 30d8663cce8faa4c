import { z } from 'zod'
import {
  handshakeCookie,
  handshakeCookieName,
  noHandshakeCookie,
} from '../auth/handshake-cookie.ts'
import { setOut } from '../core/gitlab/authorize.ts'
import { type Finished, finishAuthorization } from '../core/gitlab/finish.ts'
import { gitlabCallbackPath } from '../core/gitlab/instance.ts'
import { OoreError } from '../lib/errors.ts'
import { ComeBackPage, SetOutPage } from '../views/gitlab/trip.tsx'
import { type Answer, showPage } from './lib/answer.ts'
import { statusOf } from './lib/errors.tsx'
import { type Call, type Route, route } from './lib/route.ts'

const textLengthMax = 4000
const startQuery = z.object({ state: z.string().max(200).optional() })
const returnQuery = z.object({
  state: z.string().max(200).optional(),
  code: z.string().max(textLengthMax).optional(),
  error: z.string().max(textLengthMax).optional(),
  error_description: z.string().max(textLengthMax).optional(),
})

/**
 * The way of a browser to GitLab and back. Open, because whoever ran `oore gitlab setup` may have no
 * session in it: the state, which only an administrator is given, is what counts.
 */
export const gitlabSetupRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/setup/gitlab/start',
    guard: 'open',
    does: 'Where a browser sets out to GitLab, once',
    query: startQuery,
    run: (call) => {
      // A look ahead at the address must not use it up.
      if (call.method === 'HEAD') throw onlyByGet()
      return setOut(call.ctx, call.query.state ?? '')
    },
    page: ({ cookie, instance, address }, call) => {
      const page = showPage(
        <SetOutPage shell={call.shell()} instance={instance} address={address} />,
      )
      const headers = {
        ...page.headers,
        'set-cookie': handshakeCookie(isHttps(call), cookie),
        // The browser goes on by itself, from a page: a form of ours may lead to no other host.
        refresh: `0; url=${address}`,
      }
      return { ...page, headers }
    },
  }),
  route({
    method: 'GET',
    path: gitlabCallbackPath,
    guard: 'open',
    does: 'Where GitLab sends the browser back to',
    query: returnQuery,
    run: (call): Promise<Finished | OoreError> => {
      if (call.method === 'HEAD') throw onlyByGet()
      const { state, code, error, error_description } = call.query
      return finishAuthorization(call.ctx, {
        state,
        code,
        error,
        errorDescription: error_description,
        cookie: call.cookie(handshakeCookieName(isHttps(call))),
      }).catch((thrown: unknown) => {
        if (thrown instanceof OoreError) return thrown
        throw thrown
      })
    },
    page: (end, call) => {
      const page = showEnd(end, call)
      const headers = { ...page.headers, 'set-cookie': noHandshakeCookie(isHttps(call)) }
      return { ...page, headers }
    },
  }),
]

function showEnd(end: Finished | OoreError, { shell }: Call): Answer {
  if (end instanceof OoreError) {
    const failed = { is: 'failed' as const, text: end.message }
    const page = <ComeBackPage shell={shell()} instance={null} end={failed} />
    return showPage(page, statusOf[end.trouble])
  }
  return end.is === 'connected'
    ? showPage(<ComeBackPage shell={shell()} instance={end.instance} end={end} />)
    : showPage(
        <ComeBackPage
          shell={shell()}
          instance={end.instance}
          end={{ is: 'failed', text: end.text }}
        />,
      )
}

const onlyByGet = (): OoreError =>
  new OoreError('not_allowed', 'HEAD is not possible here; GET is.')

const isHttps = ({ ctx }: Call): boolean => ctx.config.baseUrl.protocol === 'https:'
