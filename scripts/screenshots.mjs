import { mkdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { chromium } from 'playwright-core'
import { call } from './lib/api.mjs'
import { findChromium, howToGetChromium } from './lib/chromium.mjs'
import { buildDemo } from './lib/demo-repositories.mjs'
import { root } from './lib/fresh.mjs'
import { localServer } from './lib/local-server.mjs'
import { done, failed } from './lib/terminal.mjs'

/*
 * `npm run screenshots`: starts a server, lets it build the repositories of a small team, and takes
 * the pictures of docs/screenshots/ for the README.
 */

/** @typedef {{ name: string, path: string, shows: string, width?: number, height?: number, dark?: boolean }} Picture */

const pictures = join(root, 'docs', 'screenshots')
const bytesMax = 150_000
const desk = { width: 1280, height: 800 }
const home = join(tmpdir(), 'oore-screenshots')

const executablePath = findChromium()
if (executablePath === null) throw new Error(howToGetChromium)
rmSync(home, { recursive: true, force: true })
mkdirSync(pictures, { recursive: true })
const server = await localServer(home)
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  const { running, repositoryId } = await buildDemo(server, home)
  const log = `/builds/${running.id}`
  /** @type {Picture[]} */
  const wanted = [
    { name: 'dashboard', path: '/', shows: 'Dashboard' },
    { name: 'build-light', path: log, shows: '+17' },
    { name: 'build-dark', path: log, shows: '+17', dark: true },
    { name: 'builds', path: '/builds', shows: 'Speak street names' },
    { name: 'repository', path: `/repositories/${repositoryId}`, shows: 'Webhook' },
    { name: 'editor', path: `/repositories/${repositoryId}/pipeline/edit`, shows: 'Store it' },
    { name: 'phone', path: log, shows: '+17', width: 390, height: 844 },
  ]
  for (const picture of wanted) await take(picture)
} finally {
  await browser.close()
  await server.stop()
  rmSync(home, { recursive: true, force: true })
}

/** @param {Picture} picture */
async function take({ name, path, shows, width = desk.width, height = desk.height, dark = false }) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  })
  const { url } = await call(server, 'POST', '/api/login-links', { next: path })
  const page = await context.newPage()
  await page.goto(url)
  await page.locator('main').getByText(shows).first().waitFor()
  const file = join(pictures, `${name}.png`)
  await page.screenshot({ path: file })
  await context.close()
  const { size } = statSync(file)
  const words = `${relative(root, file)} (${Math.round(size / 1000)} kB)`
  if (size <= bytesMax) return done(words)
  failed(`${words} is larger than ${bytesMax / 1000} kB`)
  process.exitCode = 1
}
