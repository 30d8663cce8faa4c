import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Shell } from '../../src/views/layout/shell.ts'

/** The strictest policy that our pages are served under. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"

const types: Record<string, string> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
}

type Answer = (url: URL, request: IncomingMessage, response: ServerResponse) => string | null

/**
 * Serves views with the built stylesheet and script, and nothing of Oore behind them: for what
 * only a browser can tell. `answer` gives a page, or null where it took over the response.
 */
export async function serveViews(answer: Answer): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://views')
    if (url.pathname.startsWith('/assets/')) return sendAsset(url.pathname, response)
    response.setHeader('content-security-policy', policy)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    const page = answer(url, request, response)
    if (page !== null) response.end(page)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

const manifest = (): Record<string, string> =>
  JSON.parse(readFileSync('public/build/manifest.json', 'utf8'))

/** A signed-in reader of `path`. */
export const shellAt = (path: string): Shell => {
  const built = manifest()
  return {
    actor: 'admin',
    may: () => true,
    runningCount: 1,
    assets: (name) => built[name] ?? `/assets/${name}`,
    path,
    theme: 'system',
  }
}

function sendAsset(path: string, response: ServerResponse): void {
  const name = path.slice('/assets/'.length)
  const dir = extname(name) === '.svg' ? 'public' : 'public/build'
  response.setHeader('content-type', types[extname(name)] ?? 'application/octet-stream')
  response.end(readFileSync(join(dir, name)))
}
