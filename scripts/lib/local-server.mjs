import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { cleanEnvironment } from './clean-environment.mjs'
import { root } from './fresh.mjs'
import { killAll, processTree } from './process-tree.mjs'

const host = '127.0.0.1'
const firstPort = 8080
const portsTried = 100
const readyDeadlineMs = 30_000
const readyPollMs = 25
/** How long a running build may go on after Ctrl-C, and when the server is ended by force. */
export const drainSeconds = 5
export const stopSecondsMax = drainSeconds + 10

/** @typedef {{ url: string, token: string, isOurs: boolean, stop(): Promise<void>, kill(): void }} Server */

/** @typedef {{ port?: number, environment?: Record<string, string> }} ServerOptions */

/**
 * A server on this machine whose keys and data lie in `home`: the one that runs there already, or
 * a new one on the port that is asked for, else on port 8080 or the next free one. Throws with the
 * server's own words where it does not start.
 * @param {string} home @param {ServerOptions} [options] @returns {Promise<Server>}
 */
export async function localServer(home, options = {}) {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const token = keyIn(join(home, 'admin-token'))
  keyIn(join(home, 'encryption-key'))
  return (await runningServer(home, token)) ?? (await startServer(home, token, options))
}

/** The key in this file, for its owner alone, made where there is none. @param {string} file */
export function keyIn(file) {
  try {
    writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error
  }
  return readFileSync(file, 'utf8').trim()
}

/** @param {string} home @param {string} token @returns {Promise<Server | null>} */
async function runningServer(home, token) {
  try {
    const { url } = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8'))
    if (!(await isKnown(url, token))) return null
    return { url, token, isOurs: false, stop: async () => {}, kill: () => {} }
  } catch {
    return null
  }
}

/** @param {string} home @param {string} token @param {ServerOptions} options @returns {Promise<Server>} */
async function startServer(home, token, options) {
  const port = options.port ?? (await freePort())
  const url = `http://${host}:${port}`
  const logFile = join(home, 'server.log')
  const log = openSync(logFile, 'w', 0o600)
  // In a group of its own, so that Ctrl-C reaches it only through us, and in the right order.
  const child = spawn(process.execPath, [join(root, 'bin', 'oored'), 'run'], {
    cwd: root,
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      ...cleanEnvironment(),
      OORE_DATA_DIR: join(home, 'data'),
      OORE_BIND_ADDRESS: `${host}:${port}`,
      OORE_BASE_URL: url,
      OORE_ENCRYPTION_KEY_FILE: join(home, 'encryption-key'),
      OORE_ADMIN_TOKEN_FILE: join(home, 'admin-token'),
      OORE_ALLOW_LOCAL_REPOSITORIES: 'true',
      OORE_SHUTDOWN_TIMEOUT_SECS: String(drainSeconds),
      ...options.environment,
    },
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const hasExited = () => child.exitCode !== null || child.signalCode !== null
  const kill = () => {
    if (hasExited() || child.pid === undefined) return
    killAll(processTree(child.pid))
  }
  const stop = async () => {
    if (!hasExited()) child.kill('SIGTERM')
    const killer = setTimeout(kill, stopSecondsMax * 1000)
    await exited
    clearTimeout(killer)
    rmSync(join(home, 'server.json'), { force: true })
  }

  const deadline = performance.now() + readyDeadlineMs
  // Another server may have taken the port meanwhile, and be ready: ours knows the token.
  while (hasExited() || !(await isReady(url, token))) {
    if (!hasExited() && performance.now() < deadline) {
      await wait(readyPollMs)
      continue
    }
    await stop()
    throw new Error(`The server did not start. It said:\n${lastLines(logFile, 20)}`)
  }
  writeFileSync(join(home, 'server.json'), JSON.stringify({ url, pid: child.pid }))
  return { url, token, isOurs: true, stop, kill }
}

/** This port, or the next one that is free. @param {number} [first] */
export async function freePort(first = firstPort) {
  for (let port = first; port < first + portsTried; port += 1) {
    if (await isFree(port)) return port
  }
  throw new Error(`No port from ${first} to ${first + portsTried - 1} is free on ${host}.`)
}

/** @param {number} port @returns {Promise<boolean>} */
function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, host, () => probe.close(() => resolve(true)))
  })
}

/** Does the server there take this token? @param {string} url @param {string} token */
async function isKnown(url, token) {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${url}/api/builds?limit=1`, { headers })).ok
}

/** @param {string} url @param {string} token */
async function isReady(url, token) {
  try {
    return (await fetch(`${url}/readyz`)).ok && (await isKnown(url, token))
  } catch {
    return false
  }
}

/** @param {string} file @param {number} count */
const lastLines = (file, count) =>
  readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
