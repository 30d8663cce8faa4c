import type { Context, Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { safeNext } from '../../auth/next.ts'
import { type Actor, nameOf, roleOf } from '../../core/access/actor.ts'
import { may, type PersonVerb, refused } from '../../core/access/may.ts'
import type { Ctx, Services } from '../../core/ctx.ts'
import { gitlabLosses } from '../../core/gitlab/find.ts'
import { countBuilds } from '../../core/health/read.ts'
import { OoreError } from '../../lib/errors.ts'
import { type Id, isId } from '../../lib/ids.ts'
import { paths } from '../../views/paths.ts'
import { addressReader } from './address.ts'
import type { Answer } from './answer.ts'
import { methodsByPath } from './claimed.ts'
import { forgeryCheck } from './csrf.ts'
import { statusOf, waitHeaders } from './errors.tsx'
import { callerOf, pass } from './guard.ts'
import { headersFor } from './headers.ts'
import { hostCheck } from './host.ts'
import { readQuery } from './input.ts'
import { keptAnswers } from './kept-answers.ts'
import { requestIdOf } from './request-id.ts'
import { respond, settled } from './respond.ts'
import { type Call, type Face, facesOf, type Guard, mountedAt, type Route } from './route.ts'
import { readSent, sentBody, textsIn } from './sent.ts'
import type { SessionReader } from './session-reader.ts'
import { themeCookieName, themeOf } from './shell.ts'
import { warnOfTokens, withoutTokens } from './tokens.ts'
import { whileAllowed } from './while-allowed.ts'
import { isForTheForm, troubleAnswer } from './trouble.ts'

export type Frame = {
  services: Services
  organizationId: Id
  sessions: SessionReader
  /** The address of a built file. */
  assets: (name: string) => string
}

/** A request before its route has read it. */
type Incoming = { c: Context; call: Call; face: Face; guard: Guard; asks?: PersonVerb | undefined }

/**
 * Puts every route into the app, once per face: host → who → forgery → guard → input → verb → face.
 * What no route claims is not there, and only people who may see something learn even that.
 */
export function mountRoutes(app: Hono, routes: readonly Route[], frame: Frame): void {
  const { services, sessions } = frame
  const { config, bells, clock } = services
  const isHttps = config.baseUrl.protocol === 'https:'
  const checkHost = hostCheck(config.baseUrl, config.bind.host)
  const checkForgery = forgeryCheck(config.baseUrl)
  const addressOf = addressReader(config.trustedProxies)
  const kept = keptAnswers(bells, clock)
  const running = runningCount(frame)
  const alerts = connectionAlerts(frame)
  const pageHeaders = headersFor('page', 'signed-in', isHttps)

  const claimed = methodsByPath(routes)
  for (const route of routes) {
    for (const face of facesOf(route)) {
      const { guard, asks } = route
      const headers = headersFor(face, guard, isHttps)
      const place = mountedAt(route, face)
      app.on(route.method, place, async (c, next) => {
        // `/gitlab/setup` is no id of `/gitlab/:id`, whatever the method.
        if (c.req.path !== place && claimed.has(c.req.path)) return next()
        const call = await callFor(c, face)
        const answer = await answered({ c, call, face, guard, asks }, () => run(route, call, c))
        return respond(
          untilShutOut(answer, call, asks),
          headers,
          call.ctx.requestId,
          c.req.method === 'HEAD',
        )
      })
    }
  }
  for (const [path, { methods, guard }] of claimed) {
    app.all(path, (c) => refuse(c, methodRefused(c, methods), guard, { allow: methods.join(', ') }))
  }
  app.notFound((c) => refuse(c, nothingHere()))
  app.onError((error, c) => refuse(c, error))

  async function run(route: Route, call: Call, c: Context): Promise<Answer> {
    const { face } = call
    const ready = { ...call, query: queryOf(route, call), body: undefined as unknown }
    const sent = await sentBody(route, call, c.req)
    const make = async (): Promise<Answer> => {
      if (face === 'page') await refreshShell()
      const show = route[face] as (value: unknown, call: Call) => Answer | Promise<Answer>
      const value = await (route.run as (call: Call) => unknown)(ready)
      return settled(await show(value, ready), call.header('accept-encoding'))
    }
    if (route.kept) return kept.get(keptKey(call), make)
    if (route.body !== undefined || route.method !== 'GET') kept.drop()
    try {
      ready.body = await readSent(route, call, sent)
      return await make()
    } catch (error) {
      if (face !== 'page' || !route.refused || !isForTheForm(error)) throw error
      await refreshShell()
      const form = await route.refused(error, await textsIn(call, sent), call)
      const status = statusOf[error.trouble]
      const headers = { ...form.headers, ...waitHeaders(error) }
      return await settled({ ...form, status, headers }, call.header('accept-encoding'))
    } finally {
      if (route.method !== 'GET') kept.drop()
    }
  }

  async function refreshShell(): Promise<void> {
    await running.refresh()
    await alerts.refresh()
  }

  /** What is read for as long as it lasts is read for as long as its reader is let in. */
  function untilShutOut(answer: Answer, call: Call, asks: PersonVerb | undefined): Answer {
    const { actor } = call.ctx
    const bySession = actor.is === 'user' || (actor.is === 'admin' && actor.via === 'session')
    if (!bySession || asks === undefined || !(answer.body instanceof ReadableStream)) return answer
    const isAllowed = async () => {
      const caller = await callerOf(call, sessions)
      return may(caller.actor, asks)
    }
    return { ...answer, body: whileAllowed(answer.body, bells, isAllowed) }
  }

  /** Everything that is thrown on the way becomes an answer of the face that was asked. */
  async function answered(incoming: Incoming, go: () => Promise<Answer>): Promise<Answer> {
    const { call } = incoming
    try {
      await admit(incoming)
      return await go()
    } catch (error) {
      await refreshShell()
      const answer = troubleAnswer(error, call, pageHeaders)
      return settled(answer, call.header('accept-encoding'))
    }
  }

  async function admit({ c, call, guard, asks }: Incoming): Promise<void> {
    if (guard !== 'probe') checkHost(call.header('host'))
    const caller = await callerOf(call, sessions)
    checkForgery({
      method: c.req.method,
      byToken: caller.byToken || guard === 'hook',
      cookie: call.header('cookie'),
      origin: call.header('origin'),
      host: call.header('host'),
      secFetchSite: call.header('sec-fetch-site'),
    })
    warnOfTokens(c.req.url, call.ctx.log)
    call.ctx.actor = actorFor(guard, caller.actor, call)
    pass(guard, caller, call)
    if (asks !== undefined && !may(call.ctx.actor, asks)) throw notAllowed(call, asks)
  }

  async function callFor(c: Context, face: Face): Promise<Call> {
    const header = (name: string) => c.req.header(name)
    const url = withoutTokens(new URL(c.req.url))
    const ctx: Ctx = {
      ...services,
      actor: { is: 'stranger' },
      organizationId: frame.organizationId,
      requestId: requestIdOf(header('x-request-id')),
    }
    const call: Call = {
      ctx,
      face,
      method: c.req.method,
      path: `${url.pathname}${url.search}`,
      query: undefined,
      body: undefined,
      now: clock(),
      address: addressOf(socketAddress(c), header('x-forwarded-for')),
      signal: c.req.raw.signal,
      param: (name) => c.req.param(name) ?? '',
      id(name = 'id') {
        const id = c.req.param(name) ?? ''
        if (isId(id)) return id
        throw new OoreError('not_found', noSuch(nounIn(call.path), id))
      },
      header,
      cookie: (name) => getCookie(c, name),
      shell: () => ({
        actor: nameOf(ctx.actor),
        may: (verb) => may(ctx.actor, verb),
        runningCount: running.count(),
        alerts: may(ctx.actor, 'connection.change') ? alerts.all() : [],
        assets: frame.assets,
        path: placeOf(call, config.baseUrl),
        theme: themeOf(getCookie(c, themeCookieName)),
      }),
    }
    return call
  }

  /** What no handler took: the caller must pass the guard before learning what is not there. */
  async function refuse(
    c: Context,
    error: unknown,
    guard: Guard = 'signed-in',
    more: Record<string, string> = {},
  ): Promise<Response> {
    const face: Face = /^\/api(\/|$)/.test(c.req.path) ? 'api' : 'page'
    const call = await callFor(c, face)
    const answer = await answered({ c, call, face, guard }, () => {
      throw error
    })
    const headers = headersFor(face, guard, isHttps)
    const added = answer.status === 405 ? { ...headers, ...more } : headers
    return respond(answer, added, call.ctx.requestId, c.req.method === 'HEAD')
  }
}

function queryOf(route: Route, call: Call): unknown {
  const search = new URL(call.path, 'http://oore.invalid').searchParams
  return readQuery(route.query, search, call.face === 'page' ? 'overlooked' : 'refused')
}

/**
 * To who may not even see a thing, it is not there; who may see it is told what they lack. Lists are
 * no secret: everyone knows that there are such.
 */
function notAllowed(call: Call, asks: PersonVerb): OoreError {
  const id = /\/([0-9A-Z]{26})(\/|\?|$)/.exec(call.path)?.[1]
  return asks.endsWith('.read') && id !== undefined
    ? new OoreError('not_found', `There is no such ${nounIn(call.path)}.`)
    : refused(call.ctx.actor, asks)
}

/** A hook's body proves itself, so it acts as its repository and as nobody else. */
const actorFor = (guard: Guard, actor: Actor, call: Call): Actor =>
  guard === 'hook' ? { is: 'hook', repositoryId: call.param('repository_id') } : actor

/** All that makes one reader's page differ from another's. */
const keptKey = (call: Call): string =>
  [
    call.path,
    nameOf(call.ctx.actor) ?? '',
    roleOf(call.ctx.actor) ?? '',
    call.cookie(themeCookieName) ?? '',
    call.header('accept-encoding') ?? '',
  ].join('\n')

/** The number in every page's header, counted again when a build has changed. */
function runningCount({ services, organizationId }: Frame) {
  let count = 0
  let isStale = true
  services.bells.listen('builds', () => (isStale = true))
  return {
    count: () => count,
    async refresh() {
      if (!isStale) return
      isStale = false
      count = await countBuilds({ ...services, organizationId }, 'running').catch(() => count)
    },
  }
}

/** What administrators read above every page, looked up again when a connection has changed. */
function connectionAlerts({ services, organizationId }: Frame) {
  let losses: string[] = []
  let isStale = true
  services.bells.listen('connections', () => (isStale = true))
  return {
    all: () => losses.map((text) => ({ text, href: paths.gitlab(), action: 'Authorize again' })),
    async refresh() {
      if (!isStale) return
      isStale = false
      losses = await gitlabLosses({ ...services, organizationId }).catch(() => losses)
    },
  }
}

/** `/builds/x` is about a build, and `/webhooks/git/x` about a repository. */
const nouns: readonly [beginning: RegExp, noun: string][] = [
  [/^(\/api)?\/builds\//, 'build'],
  [/^(\/api)?\/(repositories|webhooks\/git)\//, 'repository'],
  [/^(\/api)?\/webhooks\//, 'delivery'],
  [/^(\/api\/sign-in|\/settings\/people)\/rules\//, 'rule'],
  [/^(\/api\/users|\/settings\/people)\//, 'person'],
]

const nounIn = (path: string): string =>
  nouns.find(([beginning]) => beginning.test(path))?.[1] ?? 'such thing'

const shownIdLength = 40

const noSuch = (noun: string, id: string): string =>
  `There is no ${noun} "${id.slice(0, shownIdLength)}": an id has 26 digits and capital letters.`

const methodRefused = (c: Context, methods: readonly string[]): OoreError =>
  new OoreError('not_allowed', `${c.req.method} is not possible here; ${methods.join(', ')} is.`)

const nothingHere = (): OoreError =>
  new OoreError('not_found', 'There is nothing at this address. The dashboard leads on.')

/** The address of the other end of the connection; empty where there is none, as in tests. */
function socketAddress(c: Context): string {
  const { incoming } = (c.env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } }
  return incoming?.socket?.remoteAddress ?? ''
}

/**
 * The address of the page that the reader is on: what the theme form returns to and the navigation
 * marks. The answer to a form stands where the form stood, which its own address may not show.
 */
function placeOf(call: Call, baseUrl: URL): string {
  if (call.method === 'GET' || call.method === 'HEAD') return call.path
  const from = call.header('referer') ?? ''
  return URL.canParse(from) ? safeNext(from.slice(new URL(from).origin.length), baseUrl) : '/'
}
