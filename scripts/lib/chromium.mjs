import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const macApps = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** The path of a Chromium or Chrome: CHROMIUM_PATH, the PATH, the macOS applications; or null. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH
  if (named) return named
  const dirs = (process.env.PATH ?? '').split(delimiter)
  const candidates = [...dirs.flatMap((dir) => names.map((name) => join(dir, name))), ...macApps]
  return candidates.find(isProgram) ?? null
}

/** A browser for the browser tests, installed by apt-get where that is possible. */
export function ensureChromium() {
  const found = findChromium()
  if (found !== null) return found
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('Installing Chromium for the browser tests …')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const install = 'apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium'
    spawnSync('sh', ['-c', install], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  return findChromium()
}

export const howToGetChromium =
  'The browser tests need Chromium or Chrome. Install one (Debian: apt-get install chromium; ' +
  'macOS: brew install --cask google-chrome) or set CHROMIUM_PATH to its program.'

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
