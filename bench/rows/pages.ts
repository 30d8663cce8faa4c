import { join } from 'node:path'
import { openDatabase } from '../../src/db/client.ts'
import { seedBuilds } from '../../src/db/seed.ts'
import { bareServer } from '../support/bare-server.ts'
import { type Figure, ms, perSecond } from '../support/figures.ts'
import { client, load } from '../support/http.ts'
import { firstPaintMs } from '../support/screen.ts'
import { type Server, startServer } from '../support/server.ts'
import { scratch } from '../support/shell.ts'

const builds = 100_000
const repositories = 20
const connections = 8
const requests = 4000
const warmUp = 500
const listAim = { perSecond: 1000, p99Ms: 30, screenMs: 100, kilobytes: 60 }

/** The list of builds and one build's page with 100,000 builds in the database. */
export async function pages(): Promise<Figure[]> {
  using place = scratch()
  const buildIds = await seededServer(place.dir)
  await using server = await startServer(place.dir)
  const cookie = await signIn(server)
  const one = buildIds[Math.floor(builds / 2)] ?? ''
  const list = await measured(server, '/builds', cookie)
  const detail = await measured(server, `/builds/${one}`, cookie)
  const painted = await firstPaintMs(server.url, cookie, '/builds')
  const kilobytes = list.bytes / 1000
  await using bare = await bareServer(list.bytes, '', '')
  const next = () => ({ path: '/' })
  const limit = await load(bare.url, { connections, count: requests, next })
  return [
    {
      what: 'builds page, 100,000 builds',
      measured: `${perSecond(list.perSecond)}, p99 ${ms(list.p99Ms)}, ${kilobytes.toFixed(0)} kB`,
      limit: `${perSecond(limit.perSecond)}  bare Node, as many bytes`,
      aim: `≥ ${listAim.perSecond} /s, p99 < ${listAim.p99Ms} ms, ≤ ${listAim.kilobytes} kB`,
      reached:
        list.perSecond >= listAim.perSecond &&
        list.p99Ms < listAim.p99Ms &&
        kilobytes <= listAim.kilobytes,
    },
    {
      what: 'builds page on screen, Chromium, median',
      measured: painted === null ? 'no Chromium found' : ms(painted),
      limit: null,
      aim: `≤ ${listAim.screenMs} ms`,
      reached: painted === null ? null : painted <= listAim.screenMs,
    },
    {
      what: 'build page, 100,000 builds',
      measured: `${perSecond(detail.perSecond)}, p99 ${ms(detail.p99Ms)}, ${(detail.bytes / 1000).toFixed(0)} kB`,
      limit: null,
      aim: null,
      reached: null,
    },
  ]
}

/** Lets a server make its data directory and database, and fills it while none runs. */
async function seededServer(home: string): Promise<string[]> {
  const dataDir = await startOnce(home)
  const db = await openDatabase({
    url: `file:${join(dataDir, 'oore.db')}`,
    authToken: null,
    migrationsDir: join(import.meta.dirname, '../../src/db/migrations'),
    maxConnections: 1,
  })
  const { buildIds } = await seedBuilds(db, { repositories, builds, now: Date.now() })
  await db.close()
  return buildIds
}

async function startOnce(home: string): Promise<string> {
  await using server = await startServer(home)
  return server.dataDir
}

async function measured(server: Server, path: string, cookie: string) {
  const next = () => ({ path, headers: { cookie, accept: 'text/html' } })
  await load(server.url, { connections, count: warmUp, next })
  const result = await load(server.url, { connections, count: requests, next })
  const wrong = [...result.statuses.keys()].filter((status) => status !== 200)
  if (wrong.length > 0) throw new Error(`${path} answered ${wrong.join(', ')}`)
  return result
}

/** Opens a session the way the sign-in form does. Returns the cookie to send. */
async function signIn(server: Server): Promise<string> {
  const connection = client(server.url, 1)
  const token = server.authorization.authorization.replace('Bearer ', '')
  const answer = await connection.send({
    method: 'POST',
    path: '/login',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: server.url },
    body: new URLSearchParams({ token }).toString(),
  })
  connection.close()
  const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0]
  if (cookie === undefined) throw new Error(`signing in answered ${answer.status} and no cookie`)
  return cookie
}
