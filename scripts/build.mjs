import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fingerprint, isFresh, root } from './lib/fresh.mjs'

/*
 * Makes what runs out of what is written:
 *
 *   src/main.ts, src/cli/main.ts   → dist/oored.mjs, dist/oore.mjs and their shared chunks
 *   src/pipeline/thread.ts         → dist/pipeline-thread.mjs, a thread of the server
 *   src/core/credentials/thread.ts → dist/credential-thread.mjs, another
 *   src/tools/main.ts              → dist/oore-tools.mjs, commands that builds may call
 *   src/browser/app.ts             → public/build/app-<hash>.js, on every page
 *   src/browser/editor.ts          → public/build/editor-<hash>.js, where pipelines are edited
 *   src/views/styles.css           → public/build/app-<hash>.css
 *
 * and public/build/manifest.json, which names the hashed files. Every file appears by a rename and
 * is named after its content, so two builds at once do no harm, and a server that still runs an
 * older build finds the chunks it has not loaded yet.
 */

const day = 86_400_000
/** How long what an older build made stays, for servers and pages that still use it. */
const leftoverMs = 7 * day

const dist = join(root, 'dist')
const assets = join(root, 'public', 'build')

const commands = {
  oored: 'src/main.ts',
  oore: 'src/cli/main.ts',
  'pipeline-thread': 'src/pipeline/thread.ts',
  'credential-thread': 'src/core/credentials/thread.ts',
  'oore-tools': 'src/tools/main.ts',
}
const browserScripts = { app: 'src/browser/app.ts', editor: 'src/browser/editor.ts' }
const stylesheet = 'src/views/styles.css'

/** Builds everything unless it is fresh. Returns whether there was something to do. */
export async function build({ force = false } = {}) {
  if (!force && isFresh()) return false
  // Taken before reading: a file saved during the build makes the next check build again.
  const stamp = fingerprint()
  const { build: bundle } = await import('esbuild')
  const [programs, scripts, styles] = await Promise.all([
    buildCommands(bundle),
    buildBrowserScripts(bundle),
    buildStyles(),
  ])

  const manifest = Object.fromEntries(
    [styles, ...scripts].map(({ name }) => [name.replace(/-\w+\./, '.'), `/assets/${name}`]),
  )
  // Entries come after the chunks they import, and the stamp that vouches for all comes last.
  const entriesLast = programs.toSorted((a, b) => Number(isEntry(a)) - Number(isEntry(b)))
  for (const file of entriesLast) put(join(dist, file.name), file.content)
  for (const file of [...scripts, styles]) put(join(assets, file.name), file.content)
  put(join(assets, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  put(join(dist, 'stamp'), stamp)

  removeLeftovers(join(dist, 'chunks'), new Set(programs.map((file) => basename(file.name))))
  removeLeftovers(
    assets,
    new Set([...[...scripts, styles].map(({ name }) => name), 'manifest.json']),
  )
  return true
}

/** @typedef {{ name: string, content: string | Uint8Array }} Built */
/** @typedef {typeof import('esbuild').build} Bundle */

/** @param {Bundle} bundle @returns {Promise<Built[]>} */
async function buildCommands(bundle) {
  const { outputFiles } = await bundle({
    absWorkingDir: root,
    entryPoints: commands,
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    jsx: 'automatic',
    jsxImportSource: '#jsx',
    // The native library finds its own binary beside it, so it stays in node_modules.
    external: ['libsql'],
    minifyWhitespace: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    // CommonJS packages inside an ES module bundle expect these three.
    banner: {
      js: [
        `import { createRequire as __createRequire } from 'node:module'`,
        `import { dirname as __pathDirname } from 'node:path'`,
        `import { fileURLToPath as __urlPath } from 'node:url'`,
        `const require = __createRequire(import.meta.url)`,
        `const __filename = __urlPath(import.meta.url)`,
        `const __dirname = __pathDirname(__filename)`,
      ].join(';'),
    },
    logLevel: 'warning',
    write: false,
    plugins: [englishOnly],
  })
  return outputFiles.map((file) => ({
    name: file.path.slice(dist.length + 1),
    content: file.contents,
  }))
}

/** zod brings its messages in sixty languages, a third of a megabyte that both processes would load.
 *  @type {import('esbuild').Plugin} */
const englishOnly = {
  name: 'english-only',
  setup(build) {
    build.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: `export { default as en } from './en.js'`,
    }))
  },
}

/** @param {Bundle} bundle @returns {Promise<Built[]>} */
async function buildBrowserScripts(bundle) {
  const { outputFiles } = await bundle({
    absWorkingDir: root,
    entryPoints: browserScripts,
    outdir: assets,
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  })
  return outputFiles.map((file) => named(basename(file.path, '.js'), 'js', file.text))
}

/** @returns {Promise<Built>} */
async function buildStyles() {
  const dir = mkdtempSync(join(tmpdir(), 'oore-styles-'))
  try {
    const output = join(dir, 'app.css')
    const tailwind = join(root, 'node_modules/@tailwindcss/cli/dist/index.mjs')
    await run(process.execPath, [tailwind, '-i', stylesheet, '-o', output, '--minify'])
    return named('app', 'css', readFileSync(output, 'utf8'))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Runs a program quietly; what it said is in the error when it fails.
 *  @param {string} command @param {string[]} args @returns {Promise<void>} */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (chunk) => (said += chunk))
    child.stderr.on('data', (chunk) => (said += chunk))
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${basename(args[0] ?? command)} failed:\n${said}`)),
    )
  })
}

/** @param {string} stem @param {string} extension @param {string} text @returns {Built} */
function named(stem, extension, text) {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 10)
  return { name: `${stem}-${hash}.${extension}`, content: text }
}

/** @param {Built} file */
const isEntry = (file) => dirname(file.name) === '.'

/** Writes a file so that a reader sees all of it or what was there before.
 *  @param {string} path @param {string | Uint8Array} content */
function put(path, content) {
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.draft`
  writeFileSync(draft, content)
  renameSync(draft, path)
}

/** @param {string} dir @param {Set<string>} made */
function removeLeftovers(dir, made) {
  if (!existsSync(dir)) return
  for (const name of readdirSync(dir)) {
    const path = join(dir, name)
    // A build at the same time may have removed it first.
    const at = statSync(path, { throwIfNoEntry: false })?.mtimeMs
    if (!made.has(name) && at !== undefined && Date.now() - at > leftoverMs) {
      rmSync(path, { force: true })
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const startedAt = performance.now()
  try {
    const built = await build({ force: process.argv.includes('--force') })
    if (built) console.log(`Built in ${((performance.now() - startedAt) / 1000).toFixed(2)} s`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
