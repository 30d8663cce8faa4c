import { createWriteStream, mkdirSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { call, isFinished, open } from './lib/api.mjs'
import { exampleRepository, installPushHook } from './lib/example-repository.mjs'
import { root } from './lib/fresh.mjs'
import { install } from './lib/install.mjs'
import { drainSeconds, keyIn, localServer, stopSecondsMax } from './lib/local-server.mjs'
import { stopping } from './lib/stopping.mjs'
import { bold, dim, doing, done, duration, failed } from './lib/terminal.mjs'

/*
 * `npm run quickstart`: from a fresh clone to a build watched in a browser. Everything it makes is
 * in .oore/, which git ignores, or in `--dir`; a second run goes on with what is there.
 */

/** @typedef {import('./lib/local-server.mjs').Server} Server */
/** @typedef {import('./lib/api.mjs').Build} Build */
/** @typedef {import('./lib/api.mjs').Repository} Repository */
/** @typedef {import('./lib/api.mjs').Artifact} Artifact */

const nodeNeeded = { major: 20, minor: 19 }
const outcomePollMs = 50
const usageCode = 2
const interruptedCode = 130

const usage = `npm run quickstart: Oore on this machine, with an example that it builds.

  npm run quickstart                     start, build, and go on until Ctrl-C
  npm run quickstart -- --once           end after the build: 0 where it succeeded, else 1
  npm run quickstart -- --dir DIRECTORY  keep everything there, in place of .oore
  npm run quickstart -- --help           print this`

const options = readOptions()
const home = resolve(options.dir)

/** What has been started, and with which exit code to end.
 *  @type {{ server: Promise<Server> | null, exitCode: number }} */
const state = { server: null, exitCode: interruptedCode }

// The first Ctrl-C lets the server end its build; the second does not wait for that.
const ending = stopping({
  stop,
  hurry: () => void state.server?.then((server) => server.kill()).catch(() => {}),
})

try {
  await quickstart()
} catch (error) {
  if (!ending.isOn()) {
    failed(error instanceof Error ? error.message : String(error))
    state.exitCode = 1
    await ending.begin()
  }
}

/** What the arguments ask for. Ends the process where they ask for help, or for what is not there. */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        dir: { type: 'string', default: join(root, '.oore') },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (!values.help) return values
    console.log(usage)
    process.exit(0)
  } catch (error) {
    failed(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exit(usageCode)
  }
}

async function quickstart() {
  requireNode()
  install({ dev: false })
  const { build } = await import('./build.mjs')
  await build()

  state.server = localServer(home)
  const server = await state.server
  done(server.isOurs ? `Oore runs at ${server.url}` : `Oore runs here already, at ${server.url}`)

  const example = exampleRepository(home)
  const repository = await register(server, example.bare)
  done(`${repository.full_name} is a git repository at ${fromHere(example.bare)}, and registered`)

  const started = await trigger(server, repository)
  doing(`Build ${started.number}, workflow ${started.workflow}\n`)
  const ended = await follow(server, started)
  await report(server, ended)

  state.exitCode = ended.status === 'success' ? 0 : 1
  if (options.once || !server.isOurs) return ending.begin()
  console.log(`  change it: cd ${fromHere(example.work)}, edit, commit, git push`)
  console.log(dim(`\nEverything is kept in ${fromHere(home)}. Ctrl-C ends it.`))
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const needed = nodeNeeded
  if (major > needed.major || (major === needed.major && minor >= needed.minor)) return
  const wanted = `${needed.major}.${needed.minor}`
  throw new Error(`Oore needs Node.js ${wanted} or newer, and this is ${process.version}.`)
}

/** The repository as Oore knows it, registered where it is new. The webhook's secret lies beside the
 *  other keys, because the port, and with it the hook, may be another one next time.
 *  @param {Server} server @param {string} bare @returns {Promise<Repository>} */
async function register(server, bare) {
  const cloneUrl = pathToFileURL(bare).href
  const secret = keyIn(join(home, 'webhook-secret'))
  const { data } = await call(server, 'GET', '/api/repositories?provider=git&limit=200')
  const known = data.find(
    (/** @type {Repository} */ repository) => repository.clone_url === cloneUrl,
  )
  const repository =
    known ??
    (await call(server, 'POST', '/api/repositories', {
      provider: 'git',
      owner: 'examples',
      clone_url: cloneUrl,
      default_branch: 'main',
      webhook_secret: secret,
    }))
  const { url } = await call(server, 'GET', `/api/repositories/${repository.id}/webhook-url`)
  installPushHook(bare, { url, secret })
  return repository
}

/** @param {Server} server @param {Repository} repository @returns {Promise<Build>} */
async function trigger(server, repository) {
  const answer = await call(server, 'POST', `/api/repositories/${repository.id}/trigger`, {
    branch: 'main',
  })
  return answer.data?.[0] ?? answer
}

/** Prints the build's log as it is written, until the build has ended.
 *  @param {Server} server @param {Build} build @returns {Promise<Build>} */
async function follow(server, build) {
  let offset = 0
  for (;;) {
    // A silent step can outlast one answer; the next one goes on at the byte where this one ended.
    try {
      const path = `/api/builds/${build.id}/logs?follow=true&offset=${offset}`
      for await (const chunk of await open(server, path)) {
        offset += chunk.length
        process.stdout.write(chunk)
      }
    } catch (error) {
      if (ending.isOn()) throw error
    }
    /** @type {Build} */
    const now = await call(server, 'GET', `/api/builds/${build.id}`)
    if (isFinished(now)) return now
    await wait(outcomePollMs)
  }
}

/** Says how the build ended, where its artifacts are and, unless all ends now, where to look at it.
 *  @param {Server} server @param {Build} build */
async function report(server, build) {
  const took = duration(build.duration_ms ?? 0)
  console.log()
  if (build.status === 'success') done(`Build ${build.number} succeeded in ${took}`)
  else failed(`Build ${build.number} ended as ${build.status}. ${build.error_message ?? ''}`)
  for (const file of await download(server, build)) console.log(`  artifact:  ${fromHere(file)}`)
  if (options.once) return
  const { url } = await call(server, 'POST', '/api/login-links', { next: `/builds/${build.id}` })
  console.log(`  watch it:  ${bold(url)}`)
  console.log(dim('             signs this machine in, once'))
}

/** Fetches the artifacts as anyone would. Returns where they are now.
 *  @param {Server} server @param {Build} build @returns {Promise<string[]>} */
async function download(server, build) {
  const { data } = await call(server, 'GET', `/api/builds/${build.id}/artifacts`)
  const dir = join(home, 'artifacts', String(build.number))
  mkdirSync(dir, { recursive: true })
  return Promise.all(
    data.map(async (/** @type {Artifact} */ artifact) => {
      const file = join(dir, basename(artifact.name))
      await pipeline(await open(server, artifact.url), createWriteStream(file))
      return file
    }),
  )
}

/** The shorter way to say it. @param {string} path */
function fromHere(path) {
  const way = relative(process.cwd(), path)
  return way.startsWith('..') ? path : way || '.'
}

/** Ends what this process started, and this process. A server that still starts is waited for. */
async function stop() {
  const server = await state.server?.catch(() => null)
  if (server?.isOurs === true) {
    doing(
      `Ending the server. A build that runs gets ${drainSeconds} s, and at most ` +
        `${stopSecondsMax} s until it has ended. Ctrl-C again ends all at once.`,
    )
    await server.stop()
  }
  process.exit(state.exitCode)
}
