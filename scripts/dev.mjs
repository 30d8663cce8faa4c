import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { call } from './lib/api.mjs'
import { root } from './lib/fresh.mjs'
import { install } from './lib/install.mjs'
import { drainSeconds, freePort, localServer, stopSecondsMax } from './lib/local-server.mjs'
import { stopping } from './lib/stopping.mjs'
import { bold, dim, doing, done, failed } from './lib/terminal.mjs'

/*
 * `npm run dev`: Oore beside a GitHub and a GitLab that are made up and run on this machine, so that
 * the whole product can be tried offline. Everything it makes is in .oore/dev, or in `--dir`.
 */

/** @typedef {import('./lib/local-server.mjs').Server} Server */
/** @typedef {import('./lib/forges.ts').Forges} Forges */

const usageCode = 2
/** Away from the ports of `npm run quickstart`, which may run beside this. */
const firstPort = 8180
/** Lies in every directory of this, so that `--fresh` removes no other. */
const markName = 'oore-dev.json'

const usage = `npm run dev: Oore with a made-up GitHub and GitLab, offline.

  npm run dev                     go on with what is there, until Ctrl-C
  npm run dev -- --fresh          forget all of it first
  npm run dev -- --dir DIRECTORY  keep everything there, in place of .oore/dev
  npm run dev -- --help           print this`

const options = readOptions()
const home = resolve(options.dir)

/** @type {{ server: Promise<Server> | null, forges: Promise<Forges> | null, exitCode: number }} */
const state = { server: null, forges: null, exitCode: 0 }

// The first Ctrl-C lets the server end its build; the second does not wait for that.
const ending = stopping({
  stop,
  hurry: () => void state.server?.then((server) => server.kill()).catch(() => {}),
})

try {
  await dev()
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
        fresh: { type: 'boolean', default: false },
        dir: { type: 'string', default: join(root, '.oore', 'dev') },
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

async function dev() {
  if (options.fresh) forget()
  install({ dev: true })
  const { build } = await import('./build.mjs')
  await build()

  const port = await rememberedPort()
  const url = `http://127.0.0.1:${port}`
  // The forges are written in TypeScript; tsx is there once the tools for tests are installed.
  const { tsImport } = await import('tsx/esm/api')
  /** @type {typeof import('./lib/forges.ts')} */
  const { startForges } = await tsImport('./lib/forges.ts', import.meta.url)
  state.forges = startForges(join(home, 'forges'), url)
  const forges = await state.forges
  done(`GitHub, made up, at ${forges.github.url}`)
  done(`GitLab, made up, at ${forges.gitlab.url}`)

  state.server = localServer(home, {
    port,
    environment: {
      OORE_GITHUB_URL: forges.github.url,
      OORE_GITHUB_API_URL: forges.github.apiUrl,
      OORE_GITLAB_ALLOWED_CIDRS: '127.0.0.1/32',
    },
  })
  const server = await state.server
  done(`Oore at ${server.url}`)
  const { url: signIn } = await call(server, 'POST', '/api/login-links', { next: '/' })
  tell(forges, signIn)
}

/** The port stays what it was: the forges send their webhooks there. */
async function rememberedPort() {
  const file = join(home, markName)
  if (existsSync(file)) return /** @type {number} */ (JSON.parse(readFileSync(file, 'utf8')).port)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const port = await freePort(firstPort)
  writeFileSync(file, JSON.stringify({ port }))
  return port
}

/** @param {Forges} forges @param {string} signIn */
function tell({ github, gitlab }, signIn) {
  const { application } = gitlab
  console.log(`
  ${bold(signIn)}
  ${dim('signs this machine in, once. Then try:')}

  1. Settings, GitHub: create the App in lumen-apps, and install it there.
  2. Push a commit, and open a pull request: ${github.url}/lumen-apps/greeter
     What Oore says of it appears there; "Re-run" is there too.
  3. Push to the pull request of a fork: ${github.url}/lumen-apps/timetable
     It waits until you approve it in Oore.
  4. Settings, GitLab: connect ${gitlab.url} with
       application id  ${application.id}
       secret          ${application.secret}
     Then enable lumen/apps/greeter, and push: ${gitlab.url}/lumen/apps/greeter
  5. Be somebody else, at ${github.url}, and sign in to Oore with GitHub.
`)
  console.log(dim(`Everything is kept in ${fromHere(home)}. Ctrl-C ends it.`))
}

/** Removes what an earlier run has made, and nothing else. */
function forget() {
  if (!existsSync(home)) return
  if (!existsSync(join(home, markName)) && readdirSync(home).length > 0) {
    throw new Error(`${fromHere(home)} was not made by npm run dev, so it is not removed.`)
  }
  rmSync(home, { recursive: true, force: true })
}

/** The shorter way to say it. @param {string} path */
function fromHere(path) {
  const way = relative(process.cwd(), path)
  return way.startsWith('..') ? path : way || '.'
}

/** Ends what this process started, and this process: Oore first, which still tells the forges. */
async function stop() {
  const server = await state.server?.catch(() => null)
  if (server?.isOurs === true) {
    doing(
      `Ending the server. A build that runs gets ${drainSeconds} s, and at most ` +
        `${stopSecondsMax} s until it has ended. Ctrl-C again ends all at once.`,
    )
    await server.stop()
  }
  const forges = await state.forges?.catch(() => null)
  await forges?.stop()
  process.exit(state.exitCode)
}
