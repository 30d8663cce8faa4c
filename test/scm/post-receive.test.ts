import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { Secret } from '../../src/lib/secret.ts'
import type { HookReading } from '../../src/scm/contract.ts'
import { readHook } from '../../src/scm/git/hook.ts'
import { makeRepo } from '../support/repo.ts'
import { tempDir } from './git/places.ts'
import { startServer } from './git/servers.ts'

const secret = 'the secret & "of" the $hook'
/** What the guide promises. */
const heldUpMsMax = 12_000

test('the hook of the guide tells of every ref of a push, signed', async () => {
  using repo = makeRepo()
  using place = tempDir()
  await using oore = await startRecorder()
  const bare = installedHook(place.path, `${oore.url}/api/webhooks/git/01J`)
  repo.git('remote', 'add', 'origin', bare)
  repo.tag('v1')
  repo.git('branch', `it's"quoted"`)

  const first = repo.head()
  await push(repo.dir, '--all')
  await push(repo.dir, '--tags')
  const second = repo.commit({ a: 'a' })
  await push(repo.dir, 'main')
  await push(repo.dir, '--delete', `it's"quoted"`)

  const tag = repo.git('rev-parse', 'v1')
  expect(oore.read.map((reading) => 'happened' in reading && reading.happened)).toEqual([
    { is: 'push', branch: `it's"quoted"`, before: null, commit: first, pusher: pusher() },
    { is: 'push', branch: 'main', before: null, commit: first, pusher: pusher() },
    { is: 'tag', tag: 'v1', commit: tag, pusher: pusher() },
    { is: 'push', branch: 'main', before: first, commit: second, pusher: pusher() },
    { is: 'ref_deleted', ref: `refs/heads/it's"quoted"` },
  ])
  expect(new Set(oore.read.map(({ deliveryId }) => deliveryId)).size).toBe(5)
  expect(new Set(oore.requests)).toEqual(new Set(['POST /api/webhooks/git/01J']))
})

test('a push succeeds while Oore is away, and the person who pushed is told', async () => {
  using repo = makeRepo()
  using place = tempDir()
  const bare = installedHook(place.path, 'http://127.0.0.1:1/api/webhooks/git/01J')
  repo.git('remote', 'add', 'origin', bare)
  const said = await push(repo.dir, 'main')
  expect(said).toContain('Oore was not told of refs/heads/main')
  expect(repo.git('ls-remote', 'origin', 'refs/heads/main')).toContain(repo.head())
})

test('a proxy that asks to come back in half a minute does not hold a push up', async () => {
  using repo = makeRepo()
  using place = tempDir()
  await using busy = await startServer((_, response) => {
    response.writeHead(503, { 'Retry-After': '30' }).end()
  })
  const bare = installedHook(place.path, `${busy.url}/api/webhooks/git/01J`)
  repo.git('remote', 'add', 'origin', bare)
  const startedAt = performance.now()
  const said = await push(repo.dir, 'main')
  expect(performance.now() - startedAt).toBeLessThan(heldUpMsMax)
  expect(busy.requests).toHaveLength(1)
  expect(said).toContain('Oore was not told of refs/heads/main')
})

test('a server that comes back at once is told by the second try', async () => {
  using repo = makeRepo()
  using place = tempDir()
  const told: unknown[] = []
  await using restarting = await startServer(async (request, response) => {
    told.push(request.headers['x-oore-delivery'], String(await buffer(request)))
    response.writeHead(told.length === 2 ? 503 : 202).end()
  })
  const bare = installedHook(place.path, `${restarting.url}/api/webhooks/git/01J`)
  repo.git('remote', 'add', 'origin', bare)
  expect(await push(repo.dir, 'main')).not.toContain('Oore was not told')
  expect(told.slice(2)).toEqual(told.slice(0, 2))
})

test('the signature by perl, which the guide gives as well, is the same', () => {
  const perl = /signature=\$\(printf %s "\$body" \| secret=\$secret perl [^`]*/.exec(guide())?.[0]
  const openssl = /signature=\$\(printf %s "\$body" \| openssl .*/.exec(guide())?.[0]
  const sign = (line: string | undefined) =>
    spawnSync('bash', ['-c', `${line}; printf %s "$signature"`], {
      env: { PATH: process.env['PATH'], body: '{"ping":true}', secret },
      encoding: 'utf8',
    }).stdout
  expect(sign(perl)).toMatch(/^[0-9a-f]{64}$/)
  expect(sign(openssl)).toBe(sign(perl))
})

/** Receives deliveries as Oore does, and keeps what they were read as. */
async function startRecorder() {
  const read: HookReading[] = []
  const server = await startServer(async (request, response) => {
    const body = await buffer(request)
    const headers = textsOf(request.headers)
    read.push(readHook({ headers, body, secret: new Secret(secret) }))
    response.writeHead(202).end()
  })
  return { ...server, read }
}

function textsOf(headers: IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).filter(([, value]) => typeof value === 'string')
  return Object.fromEntries(entries as [string, string][])
}

/** A bare repository with the hook exactly as the guide has it, but for address and secret. */
function installedHook(dir: string, url: string): string {
  const bare = join(dir, 'app.git')
  spawnSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare])
  mkdirSync(join(bare, 'hooks'), { recursive: true })
  const script = /```bash\n([^]*?)```/.exec(guide())?.[1] ?? ''
  const filled = script
    .replace('https://oore.example.com/api/webhooks/git/REPOSITORY_ID', url)
    .replace('WEBHOOK_SECRET', () => secret)
  expect(filled).toContain(url)
  writeFileSync(join(bare, 'hooks/post-receive'), filled)
  chmodSync(join(bare, 'hooks/post-receive'), 0o700)
  return bare
}

const guide = () =>
  readFileSync(new URL('../../docs/guides/push-from-a-git-server.md', import.meta.url), 'utf8')

const pusher = () => spawnSync('id', ['-un'], { encoding: 'utf8' }).stdout.trim()

/** Pushes without holding this process up, since the recorder answers from it; gives what was said. */
async function push(dir: string, ...what: string[]): Promise<string> {
  const pushing = spawn('git', ['push', '--quiet', 'origin', ...what], { cwd: dir })
  const [said, [code]] = await Promise.all([text(pushing.stderr), once(pushing, 'exit')])
  expect({ code, said }).toMatchObject({ code: 0 })
  return said
}
