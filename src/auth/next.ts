/**
 * Where to go after signing in: the path asked for where it stays on this server, else `/`. Decided
 * by the resolved origin, because `//evil`, `/\evil` and `/<tab>/evil` all leave it.
 */
export function safeNext(asked: string | undefined, baseUrl: URL): string {
  if (asked === undefined || !asked.startsWith('/')) return '/'
  const url = URL.canParse(asked, baseUrl) ? new URL(asked, baseUrl) : baseUrl
  if (url.origin !== baseUrl.origin || url.pathname.startsWith('//')) return '/'
  if (url.pathname === '/login' || url.pathname.startsWith('/api/')) return '/'
  return `${url.pathname}${url.search}${url.hash}`
}
