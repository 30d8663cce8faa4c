import type { Ctx } from '../../core/ctx.ts'

/** Never credentials: whoever sends one in an address gets no further than without it. */
const tokenParameters = ['token', 'access_token', 'admin_token', 'api_key']

/** The address as everything after reads it: a token in it is not passed on, logged or linked to. */
export function withoutTokens(url: URL): URL {
  if (url.search === '') return url
  const found = tokenParameters.filter((name) => url.searchParams.has(name))
  // Only these: writing the parameters back may spell the others differently.
  for (const name of found) url.searchParams.delete(name)
  return url
}

/** Tells the operator of tokens in an address, by the names of their parameters. */
export function warnOfTokens(url: string, log: Ctx['log']): void {
  if (!url.includes('?')) return
  const { searchParams } = new URL(url)
  const found = tokenParameters.filter((name) => searchParams.has(name))
  if (found.length === 0) return
  log.warn({ parameters: found }, 'a token in an address was ignored: addresses are logged')
}
