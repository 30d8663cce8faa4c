import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
  isReachable,
  NoAnswer,
  operatorReach,
  publicReach,
  refusalOf,
  safeFetch,
} from '../../src/lib/safe-fetch.ts'

describe('addresses that may not be called', () => {
  // WHATWG URL turns the odd spellings of IPv4 into the plain one (measured-traps.md, L19).
  test.each([
    'http://127.0.0.1:8080/x',
    'http://localhost/',
    'http://localhost./',
    'http://api.localhost/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://0.0.0.0/',
    'http://[::]/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://①②⑦.⓪.⓪.①/',
    'http://10.1.2.3/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://100.64.0.1/',
    'http://[fe80::1]/',
    'http://[fd00::1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://good@127.0.0.1/',
    'http://127.0.0.1#@good',
    'https://user:word@example.com/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'ftp://example.com/',
    'data:text/plain,x',
    'javascript:alert(1)',
  ])('%s', (address) => {
    expect(refusalOf(new URL(address), publicReach)).toMatch(/\.$/)
  })

  test('are refused without a connection being made', async () => {
    await using server = await startServer()
    await expect(safeFetch(server.url, { reach: publicReach })).rejects.toMatchObject({
      kind: 'refused',
      isUnsure: false,
    })
    const byName = server.url.replace('127.0.0.1', 'localhost')
    await expect(safeFetch(byName, { reach: publicReach })).rejects.toBeInstanceOf(NoAnswer)
    expect(server.requests).toBe(0)
  })
})

describe('addresses that may be called', () => {
  test.each(['https://github.com/', 'https://8.8.8.8/', 'https://[2606:4700::1111]/'])(
    '%s',
    (address) => {
      expect(refusalOf(new URL(address), publicReach)).toBeNull()
    },
  )

  test('are private ones within a named range, and no others', () => {
    const reach = { ...publicReach, allowedCidrs: ['10.1.0.0/16', 'fd00:1::/32'] }
    expect(isReachable('10.1.2.3', reach)).toBe(true)
    expect(isReachable('::ffff:10.1.2.3', reach)).toBe(true)
    expect(isReachable('fd00:1::5', reach)).toBe(true)
    expect(isReachable('10.2.2.3', reach)).toBe(false)
    expect(isReachable('127.0.0.1', reach)).toBe(false)
  })
})

describe('an answer', () => {
  test('is handed over with its status, and a redirect is not followed', async () => {
    await using server = await startServer()
    const answer = await safeFetch(`${server.url}/away`, { reach: operatorReach })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'http://10.0.0.1/'])
    expect(server.requests).toBe(1)
  })

  test('is read no further than asked for', async () => {
    await using server = await startServer()
    const answer = await safeFetch(`${server.url}/endless`, {
      reach: operatorReach,
      answerBytesMax: 10,
    })
    expect([answer.text, answer.isCut]).toEqual(['0123456789', true])
  })

  test('that does not come in time is none, and may have been taken', async () => {
    await using server = await startServer()
    await expect(
      safeFetch(`${server.url}/silent`, { reach: operatorReach, timeoutMs: 50 }),
    ).rejects.toMatchObject({ kind: 'timeout', isUnsure: true })
  })

  test('of nobody who listens is told apart: nothing was taken', async () => {
    const server = await startServer()
    await server[Symbol.asyncDispose]()
    await expect(safeFetch(server.url, { reach: operatorReach })).rejects.toMatchObject({
      kind: 'network',
      isUnsure: false,
    })
  })

  test('is not waited for once the caller has gone', async () => {
    await using server = await startServer()
    const leaving = new AbortController()
    const asked = safeFetch(`${server.url}/silent`, {
      reach: operatorReach,
      signal: leaving.signal,
    })
    leaving.abort(new Error('gone'))
    await expect(asked).rejects.toThrow('gone')
  })
})

async function startServer() {
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    if (request.url === '/away')
      return response.writeHead(302, { location: 'http://10.0.0.1/' }).end()
    if (request.url === '/endless') {
      const more = () => void response.write('0123456789'.repeat(10))
      response.on('drain', more)
      return more()
    }
    if (request.url === '/silent') return
    response.end('hello')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
