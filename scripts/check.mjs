import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './lib/fresh.mjs'

/** Each is a program of node_modules; all run at once and all say what they found. */
const checks = [
  {
    name: 'format',
    program: 'prettier/bin/prettier.cjs',
    args: ['--check', '--log-level=warn', '.'],
  },
  { name: 'lint', program: 'oxlint/bin/oxlint', args: ['--deny-warnings', '--quiet'] },
  { name: 'types', program: 'typescript7/bin/tsc', args: ['--noEmit', '-p', 'tsconfig.json'] },
]

/** Runs every check and prints what the failed ones said. Returns how many passed and failed. */
export async function check() {
  const results = await Promise.all(checks.map(runCheck))
  for (const { name, passed, said, seconds } of results) {
    console.log(`${passed ? '✓' : '✗'} ${name} (${seconds.toFixed(1)} s)`)
    if (!passed) console.log(said)
  }
  const passed = results.filter((result) => result.passed).length
  return { passed, failed: results.length - passed }
}

/** @param {typeof checks[number]} toRun
 *  @returns {Promise<{ name: string, passed: boolean, said: string, seconds: number }>} */
function runCheck({ name, program, args }) {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const path = join(root, 'node_modules', program)
    const child = spawn(process.execPath, [path, ...args], { cwd: root })
    let said = ''
    child.stdout.on('data', (chunk) => (said += chunk))
    child.stderr.on('data', (chunk) => (said += chunk))
    child.on('close', (code) =>
      resolve({ name, passed: code === 0, said, seconds: (performance.now() - startedAt) / 1000 }),
    )
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { failed } = await check()
  process.exitCode = failed === 0 ? 0 : 1
}
