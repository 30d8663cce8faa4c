import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './fresh.mjs'

/**
 * Installs what package-lock.json names, unless it is there already. With `dev` the tools for
 * tests are wanted too. Ends the process with npm's own exit code when that fails.
 * @param {{ dev: boolean }} wanted
 */
export function install({ dev }) {
  if (isInstalled({ dev })) return
  console.log('Installing what package-lock.json names …')
  const args = ['ci', '--no-audit', '--no-fund', dev ? '--include=dev' : '--omit=dev']
  const { status } = spawnSync('npm', args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) {
    console.error('npm ci failed; what it says above is the reason.')
    process.exit(status ?? 1)
  }
}

/**
 * Does node_modules hold every package of the lock file in its version? npm leaves a lock file of
 * its own in there, so no package has to be opened.
 * @param {{ dev: boolean }} wanted
 */
export function isInstalled({ dev }) {
  try {
    const wanted = packagesOf('package-lock.json')
    const found = packagesOf('node_modules/.package-lock.json')
    return Object.entries(wanted).every(
      ([path, entry]) =>
        path === '' ||
        entry.optional === true ||
        entry.devOptional === true ||
        (entry.dev === true && !dev) ||
        found[path]?.version === entry.version,
    )
  } catch {
    return false
  }
}

/** @typedef {{ version?: string, dev?: boolean, optional?: boolean, devOptional?: boolean }} Entry */

/** @param {string} lockFile @returns {Record<string, Entry>} */
function packagesOf(lockFile) {
  return JSON.parse(readFileSync(join(root, lockFile), 'utf8')).packages
}
