import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureChromium, howToGetChromium } from './lib/chromium.mjs'
import { root } from './lib/fresh.mjs'
import { ensureJdk, howToGetJdk } from './lib/jdk.mjs'
import { install } from './lib/install.mjs'

/*
 * `npm test` on a fresh clone: installs, builds, checks format, lint and types, and runs every
 * test. The last line says how many passed, failed and were skipped; each check counts as one.
 * Arguments go to vitest: `npm test -- test/runner`. With --golden the golden files are rewritten
 * instead, and the difference is for you to read.
 */

const args = process.argv.slice(2)
const golden = args.includes('--golden')
const chosen = args.filter((arg) => arg !== '--golden')

const total = { passed: 0, failed: 0, skipped: 0 }
await testAll()
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exitCode = total.failed === 0 ? 0 : 1

async function testAll() {
  install({ dev: true })
  const { build } = await import('./build.mjs')
  try {
    await build()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    total.failed += 1
    return
  }
  if (!golden) await runChecks()
  const chromium = ensureChromium()
  if (chromium === null) {
    console.error(howToGetChromium)
    total.failed += 1
  }
  const lacking = ensureJdk()
  if (lacking.length > 0) console.error(howToGetJdk(lacking))
  runVitest(chromium)
}

async function runChecks() {
  const { check } = await import('./check.mjs')
  const { passed, failed } = await check()
  total.passed += passed
  total.failed += failed
}

/** @param {string | null} chromium */
function runVitest(chromium) {
  const dir = mkdtempSync(join(tmpdir(), 'oore-test-'))
  try {
    const report = join(dir, 'report.json')
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const options = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    if (golden) options.push('--update')
    // Without a browser its tests are left out; that there is none has been counted as a failure.
    if (chromium === null) options.push('--project=all')
    const env = {
      ...process.env,
      ...(chromium === null ? {} : { CHROMIUM_PATH: chromium }),
      ...(golden ? { UPDATE_GOLDEN: '1' } : {}),
    }
    const { status } = spawnSync(process.execPath, [vitest, ...options, ...chosen], {
      cwd: root,
      env,
      stdio: 'inherit',
    })
    count(report, status)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** @param {string} report @param {number | null} status */
function count(report, status) {
  const failedBefore = total.failed
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'))
    total.passed += result.numPassedTests
    total.failed += result.numFailedTests
    total.skipped += result.numPendingTests + result.numTodoTests
  } catch {
    console.error('vitest left no report')
  }
  // A file that could not be loaded, or an error outside of any test, fails the run all the same.
  if (status !== 0 && total.failed === failedBefore) total.failed += 1
}
