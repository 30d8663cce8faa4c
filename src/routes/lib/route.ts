import type { z } from 'zod'
import type { PersonVerb } from '../../core/access/may.ts'
import type { Ctx } from '../../core/ctx.ts'
import type { OoreError } from '../../lib/errors.ts'
import type { Id } from '../../lib/ids.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Shell } from '../../views/layout/shell.ts'
import type { Answer } from './answer.ts'

/*
 * A route is told once and mounted by face:
 *
 *   page   under `/`      people: session cookie, forms, HTML, 303 after a change
 *   api    under `/api`   programs: bearer token or cookie, JSON, problem+json
 *   plain  under `/`      files, probes, metrics: neither markup nor JSON
 *
 * Each request goes guard → input → one verb (`run`) → the face of the mount. A route has the faces
 * that it names, and every route names its guard: there is no default that lets anyone in.
 */

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Who may pass:
 * `open` anyone · `signed-in` a proven token or a session · `token` a proven token in this very
 * request, never a cookie · `hook` anyone, because the body proves itself by its signature ·
 * `scraper` a proven token, or a caller on this machine · `probe` anyone, under any host name,
 * because what watches over servers asks by address.
 */
export type Guard = 'open' | 'signed-in' | 'token' | 'hook' | 'scraper' | 'probe'

export type Face = 'page' | 'api' | 'plain'

/** One request on its way through a route. */
export type Call<Query = unknown, Body = unknown> = {
  /** What verbs take first; its actor has passed the guard. */
  ctx: Ctx
  face: Face
  /** As sent: `HEAD` is answered by the GET route, and streams should not begin for it. */
  method: string
  /** Path and query as sent. */
  path: string
  query: Query
  body: Body
  /** When the request came in. */
  now: Millis
  /** The caller's network address, through trusted proxies only. */
  address: string
  /** Ends when the caller goes away. */
  signal: AbortSignal
  /** The text of a path parameter, decoded. */
  param(name: string): string
  /** The id in the path. Throws `not_found` where it is not shaped like one. */
  id(name?: string): Id
  /** A request header, by its lower-case name. */
  header(name: string): string | undefined
  /** The value of a cookie. */
  cookie(name: string): string | undefined
  /** What every page needs to know about its reader. */
  shell(): Shell
}

type Faces<Query, Body, Value> = {
  page?: (value: Value, call: Call<Query, Body>) => Answer | Promise<Answer>
  api?: (value: Value, call: Call<Query, Body>) => Answer | Promise<Answer>
  plain?: (value: Value, call: Call<Query, Body>) => Answer | Promise<Answer>
}

/** Who may pass, and of those who are known, what the route asks for (core/access/may.ts). */
type Guarded =
  | { guard: 'signed-in' | 'token'; asks: PersonVerb }
  | { guard: Exclude<Guard, 'signed-in' | 'token'>; asks?: never }

export type RouteSpec<Query, Body, Value> = Faces<Query, Body, Value> &
  Guarded & {
    method: Method
    /** Without the mount: `/builds/:id` is also `/api/builds/:id`. */
    path: string
    /** What it does, in a few words: the summary in `/api/openapi.json`. */
    does: string
    /** Absent: the API refuses every query parameter. */
    query?: z.ZodType<Query>
    /** Absent: a body is not read. `raw` hands over the bytes. */
    body?: z.ZodType<Body> | 'raw'
    /** The media type of a raw body on the plain face, which takes none else. */
    bodyType?: string
    /** Its body has a file: `file` of a form with files, `content_base64` in JSON (upload.ts). */
    takesFile?: boolean
    /** Beyond this a body is 413. 1 MiB unless said. */
    bodyBytesMax?: number
    /** Turns a form's text fields into what `body` reads, where they differ. */
    form?: (fields: Record<string, string>) => unknown
    /**
     * The same page with the values kept and the mistakes beside their fields, for a form. It goes out
     * with the status of the trouble, whatever its own.
     */
    refused?: (
      error: OoreError,
      values: Record<string, string>,
      call: Call,
    ) => Answer | Promise<Answer>
    /** A read page that many may ask for at once: kept for a second, dropped when something changes. */
    kept?: boolean
    run: (call: Call<Query, Body>) => Value | Promise<Value>
  }

/** A route with its types forgotten: what the table holds. Its own types met inside `route()`. */
export type Route = RouteSpec<never, never, unknown>

/** Tells a route. Types meet here, once: input schema, verb and faces must fit. */
export function route<Query, Body, Value>(spec: RouteSpec<Query, Body, Value>): Route {
  return spec as unknown as Route
}

/** The faces a route has, in the order page, api, plain. */
export const facesOf = (it: Route): Face[] =>
  (['page', 'api', 'plain'] as const).filter((face) => it[face] !== undefined)

/** Where a face of a route is mounted. */
export const mountedAt = (it: Route, face: Face): string =>
  face === 'api' ? `/api${it.path}` : it.path
