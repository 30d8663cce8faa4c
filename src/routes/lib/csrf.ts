import { OoreError } from '../../lib/errors.ts'

const safeMethods = ['GET', 'HEAD', 'OPTIONS']

export type Provenance = {
  method: string
  /** The request was proven by a token in its own header, which no other site can send. */
  byToken: boolean
  cookie: string | undefined
  origin: string | undefined
  /** Already checked to be one of our own names. */
  host: string | undefined
  secFetchSite: string | undefined
}

/**
 * Makes the guard against forged requests. An unsafe request must come from our own pages: the
 * browser says so by `Sec-Fetch-Site: same-origin`, or, where it does not send that (plain http on
 * a network, old browsers), by an `Origin` of ours. A request without any cookie and without either
 * header is no browser's and carries nothing to abuse. Throws `forbidden`.
 */
export function forgeryCheck(baseUrl: URL): (request: Provenance) => void {
  return (request) => {
    if (safeMethods.includes(request.method) || request.byToken) return
    if (isOwn(request, baseUrl)) return
    throw new OoreError(
      'forbidden',
      'This request did not come from a page of this server, so it was not carried out. ' +
        `Open ${baseUrl.origin} and try again there; programs send a token instead of a cookie.`,
    )
  }
}

function isOwn(request: Provenance, baseUrl: URL): boolean {
  const { secFetchSite, origin, host, cookie } = request
  if (secFetchSite !== undefined) return secFetchSite === 'same-origin'
  if (origin === undefined) return cookie === undefined
  // A second name of the machine (localhost beside 127.0.0.1), never where people use https.
  const byOtherName = baseUrl.protocol === 'http:' && origin === `http://${host}`
  return origin === baseUrl.origin || byOtherName
}
