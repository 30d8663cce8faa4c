import { sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { App } from '../support/fake-forges/github/world.ts'

export type Answer = { status: number; headers: Headers; json: Json }
type Json = ReturnType<typeof JSON.parse>
type Wish = { token?: string; body?: unknown; headers?: Record<string, string>; form?: object }

/** Asks a forge as a client that follows its documentation. */
export async function ask(method: string, url: string, wish: Wish = {}): Promise<Answer> {
  const { token, body, form, headers } = wish
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      'user-agent': 'Oore',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(form === undefined ? {} : { body: new URLSearchParams(Object.entries(form)) }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, json: jsonOr(text) }
}

/** The JWT of an App; `claims` and `key` make a wrong one. */
export function jwtOf(
  app: Pick<App, 'clientId' | 'privateKeyPem'>,
  claims: object = {},
  key = app.privateKeyPem,
): string {
  const now = Math.floor(Date.now() / 1000)
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const body = { iss: app.clientId, iat: now - 60, exp: now + 540, ...claims }
  const text = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded(body)}`
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

export type Taken = { headers: Record<string, string>; body: string }

/** A receiver of webhooks; `status` is what it answers from now on. */
export async function startReceiver() {
  const taken: Taken[] = []
  const answer = { status: 202 }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      taken.push({ headers, body: Buffer.concat(chunks).toString('utf8') })
      response.writeHead(answer.status).end('{}')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    answer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
