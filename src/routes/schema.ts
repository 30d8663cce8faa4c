import { sha256Hex } from '../lib/crypto.ts'
import type { Answer } from './lib/answer.ts'
import { isKnown } from './lib/etag.ts'
import { type Call, type Route, route } from './lib/route.ts'

/** The schema of the configuration, for editors, which ask without signing in and again and again. */
export function schemaRoutes(schema: () => Promise<unknown>): Route[] {
  // Made when someone first asks; it is the same until another version of Oore is started.
  let made: Promise<{ text: string; etag: string }> | null = null
  const make = async () => {
    const text = JSON.stringify(await schema())
    return { text, etag: `"${sha256Hex(text)}"` }
  }
  const find = () => (made ??= make())
  return [
    route({
      method: 'GET',
      path: '/schema/oore.schema.json',
      guard: 'open',
      does: 'The JSON schema of oore.yaml',
      run: find,
      plain: ({ text, etag }, call) => answerOf(text, etag, call),
    }),
  ]
}

function answerOf(text: string, etag: string, call: Call): Answer {
  const headers = {
    'content-type': 'application/schema+json; charset=utf-8',
    'cache-control': 'public, max-age=3600',
    etag,
  }
  return isKnown(call.header('if-none-match'), etag)
    ? { status: 304, headers, body: null }
    : { status: 200, headers, body: text }
}
