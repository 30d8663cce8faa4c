import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/*
 * The house as docs/architecture.md draws it, held against every file of src/. A rule that is
 * changed on purpose is changed here, in the same commit.
 */

/** Who may import whom; `(types)` is for types alone, `(values)` for `pureValues` below. */
const mayImport: Record<string, readonly string[]> = {
  lib: ['lib'],
  protocol: ['protocol', 'pipeline', 'signing (types)', 'lib'],
  pipeline: ['pipeline', 'lib'],
  scm: ['scm', 'lib'],
  auth: ['auth', 'lib'],
  db: ['db', 'lib', 'scm/providers.ts (types)', 'signing (types)'],
  signing: ['signing', 'lib'],
  publishing: ['publishing', 'lib'],
  core: [
    'core',
    'db',
    'pipeline',
    'protocol',
    'scm',
    'signing',
    'auth',
    'lib',
    'config.ts (types)',
  ],
  runner: ['runner', 'pipeline', 'protocol', 'scm/git', 'signing', 'lib'],
  tools: ['tools', 'signing', 'publishing', 'runner/signing', 'lib'],
  views: [
    'views',
    'lib',
    'core (types)',
    'core (values)',
    'pipeline (types)',
    'signing (types)',
    'signing/apple/matrix.ts',
  ],
  routes: ['routes', 'core', 'views', 'auth', 'protocol', 'signing', 'lib', 'config.ts (types)'],
  cli: [
    'cli',
    'pipeline',
    'runner',
    'protocol (types)',
    'scm/providers.ts',
    'signing (types)',
    'lib',
    'config.ts',
  ],
  browser: ['browser', 'lib'],
  'server.ts': ['*'],
  'workers.ts': ['*'],
  'config.ts': ['lib'],
  'app.ts': ['*'],
  'main.ts': ['*'],
}

/** The files of core that hold values and pure predicates: no verb, no database. */
const pureValues = [
  'core/access/actor.ts',
  'core/access/may.ts',
  'core/approvals/approval.ts',
  'core/artifacts/artifact.ts',
  'core/builds/build.ts',
  'core/builds/filters.ts',
  'core/credentials/credential.ts',
  'core/deliveries/delivery.ts',
  'core/devices/device.ts',
  'core/github/app.ts',
  'core/gitlab/instance.ts',
  'core/health/address-check.ts',
  'core/entry-rules/rule.ts',
  'core/handshakes/handshake.ts',
  'core/installs/install.ts',
  'core/repositories/repository.ts',
  'core/sessions/session.ts',
  'core/statuses/status.ts',
  'core/steps/step.ts',
  'core/tests/test.ts',
  'core/users/user.ts',
  'core/variables/variable.ts',
]

/** What only these files may say. */
const onlyIn: { what: string; pattern: RegExp; files: readonly string[] }[] = [
  { what: 'execa', pattern: /'execa'/, files: ['runner/process.ts', 'scm/git/run.ts'] },
  { what: 'arctic', pattern: /'arctic'/, files: ['auth/oauth.ts'] },
  {
    what: 'calls to other hosts',
    pattern: /(?<![.\w])fetch\(|'undici'/,
    // The command and the pages talk to their own server; one file of git has a fetch of its own.
    files: [
      'browser/dialog.ts',
      'browser/editor/check.ts',
      'cli/client.ts',
      'lib/safe-fetch.ts',
      'scm/git/changed-files.ts',
    ],
  },
  {
    what: 'node:child_process',
    pattern: /'node:child_process'/,
    // Starts the runner so that it outlives the server.
    // What a build's own commands run belongs to the build.
    files: ['runner/supervise.ts', 'tools/run.ts'],
  },
  {
    what: 'process.env',
    pattern: /\bprocess\.env\b/,
    files: ['config.ts', 'lib/machine-variables.ts'],
  },
  {
    what: 'reading a configuration on the spot',
    pattern: /\breadPipeline\b/,
    // The server reads in a thread (pipeline/reader.ts); the command reads one file and ends.
    files: ['cli/configuration.ts', 'pipeline/jobs.ts', 'pipeline/read.ts'],
  },
  {
    what: 'trying the patterns of triggers on the spot',
    pattern: /\bexplain\w*\b.*\bfrom '.*(triggers|decide)\.ts'/,
    files: ['cli/explain.ts', 'pipeline/decide.ts', 'pipeline/jobs.ts'],
  },
  {
    what: 'node:worker_threads',
    pattern: /'node:worker_threads'/,
    files: ['lib/job-thread.ts'],
  },
  { what: 'the wall clock', pattern: /\bDate\.now\b|\bnew Date\(\)/, files: ['lib/clock.ts'] },
  { what: 'timingSafeEqual', pattern: /\btimingSafeEqual\b/, files: ['lib/crypto.ts'] },
  {
    what: 'raw markup',
    pattern: /'hono\/html'|dangerouslySetInnerHTML|\binnerHTML\b/,
    files: ['views/layout/markup.ts'],
  },
  {
    what: 'the database’s write gate',
    pattern: /\bdb\.write\(/,
    files: [
      'core/events/change.ts',
      // What follows from facts and from time, and is no news itself: cursors, leases, log sizes,
      // the last use of a session, what has been tidied away, what forges are to be told.
      'core/comments/want.ts',
      'core/comments/worker.ts',
      'core/health/key.ts',
      'core/maintenance/tidy.ts',
      'core/reactions/worker.ts',
      'core/reconcile/compare.ts',
      'core/sessions/read.ts',
      'core/signing/hand-over.ts',
      'core/statuses/broken.ts',
      'core/statuses/want.ts',
      'core/statuses/worker.ts',
      'core/variables/resolve.ts',
      'db/seed.ts',
    ],
  },
  {
    what: 'a secret revealed',
    pattern: /\.reveal\(\)/,
    files: [
      'auth/bearer.ts',
      'auth/handshake-cookie.ts',
      'auth/oauth.ts',
      'auth/session-cookie.ts',
      'core/apple/requests.ts',
      'core/credentials/open.ts',
      'core/github/created.ts',
      'core/github/setup.ts',
      'core/gitlab/authorize.ts',
      'core/handshakes/begin.ts',
      'core/repositories/change.ts',
      'core/runners/claim.ts',
      'core/runners/register.ts',
      'core/sessions/links.ts',
      'core/sessions/open.ts',
      'core/sessions/read.ts',
      'core/sign-in/begin.ts',
      'core/variables/find.ts',
      'db/client.ts',
      'lib/crypto.ts',
      'main.ts',
      'routes/repositories.tsx',
      'routes/runner.ts',
      'routes/sessions.tsx',
      'scm/forge/call.ts',
      'scm/git/credential.ts',
      'scm/github/app/api.ts',
      'scm/github/app/call.ts',
      'publishing/google/account.ts',
      'scm/github/app/jwt.ts',
      'scm/gitlab/hook.ts',
      'scm/gitlab/instance/api.ts',
      'scm/gitlab/instance/call.ts',
      'scm/gitlab/people.ts',
      'server.ts',
      'signing/connect/call.ts',
      'tools/connect/publish.ts',
    ],
  },
]

/** Verbs for those whom nobody knows yet: what they show is the proof itself. */
const openToStrangers = [
  'core/devices/enrol.ts',
  'core/runners/register.ts',
  'core/sessions/open.ts',
  'core/sign-in/finish.ts',
]

/** Reached otherwise: by the benchmark, by the tests, by the compiler for every piece of markup. */
const reachedFromOutside = [
  'db/seed.ts',
  'signing/forge-parts.d.ts',
  'views/gallery.tsx',
  'views/jsx/jsx-runtime.ts',
]

const entries = [
  'main.ts',
  'cli/main.ts',
  'core/credentials/thread.ts',
  'pipeline/thread.ts',
  'tools/main.ts',
  'browser/app.ts',
  'browser/editor.ts',
]
const linesMax = 340

const src = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .toSorted()
const texts = new Map(files.map((file) => [file, code(readFileSync(join(src, file), 'utf8'))]))

describe('imports', () => {
  for (const owner of new Set(files.map(ownerOf))) {
    test(`${owner} imports what it may`, () => {
      const wrong = files
        .filter((file) => ownerOf(file) === owner)
        .flatMap((file) => importsOf(file).filter((found) => !isAllowed(owner, found)))
        .map(({ from, to, typesOnly }) => `${from} → ${to}${typesOnly ? ' (types)' : ''}`)
      expect(wrong).toEqual([])
    })
  }

  test('every file is reached from an entry', () => {
    const reached = new Set([...entries, ...reachedFromOutside])
    for (const file of reached) for (const { to } of importsOf(file)) reached.add(to)
    expect(files.filter((file) => !reached.has(file))).toEqual([])
  })
})

describe('one place each', () => {
  for (const { what, pattern, files: allowed } of onlyIn) {
    test(`${what} is only where it is allowed`, () => {
      const found = files.filter((file) => pattern.test(texts.get(file) ?? ''))
      expect(found).toEqual(allowed.toSorted())
    })
  }
})

describe('files', () => {
  test('export by name', () => {
    expect(files.filter((file) => /^export default\b/m.test(texts.get(file) ?? ''))).toEqual([])
  })

  test('can be read at one sitting', () => {
    const long = files.filter(
      (file) => readFileSync(join(src, file), 'utf8').split('\n').length > linesMax,
    )
    expect(long).toEqual([])
  })
})

describe('verbs that write', () => {
  const writers = files.filter(
    (file) => file.startsWith('core/') && /\bchange\(/.test(texts.get(file) ?? ''),
  )

  test('ask `may`', () => {
    expect(writers.filter((file) => !/\bmay\(/.test(texts.get(file) ?? ''))).toEqual(
      openToStrangers,
    )
  })

  test('record a fact', () => {
    expect(writers.filter((file) => !/\brecord\b/.test(texts.get(file) ?? ''))).toEqual([])
  })
})

type Import = { from: string; to: string; typesOnly: boolean }

function isAllowed(owner: string, { to, typesOnly }: Import): boolean {
  const rules = mayImport[owner] ?? []
  return rules.some((rule) => {
    const [place = '', kind] = rule.split(' ')
    if (place === '*') return true
    if (to !== place && !to.startsWith(`${place}/`)) return false
    if (kind === '(types)') return typesOnly
    if (kind === '(values)') return pureValues.includes(to)
    return true
  })
}

/** The imports of a file that lead to another file of src/. */
function importsOf(file: string): Import[] {
  const statement =
    /\b(?:import|export)\b([^'"`;]*?)\bfrom\s*'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'\s*\)|^import '(\.[^']+)'/gm
  return [...(texts.get(file) ?? '').matchAll(statement)].map(([, names = '', ...paths]) => ({
    from: file,
    to: join(dirname(file), paths.find((path) => path !== undefined) ?? ''),
    typesOnly: areTypes(names.trim()),
  }))
}

/** `type { A }`, or `{ type A, type B }`. */
function areTypes(names: string): boolean {
  if (names.startsWith('type ')) return true
  const listed = /^\{([^}]*)\}$/
    .exec(names)?.[1]
    ?.split(',')
    .map((name) => name.trim())
  return listed?.filter((name) => name !== '').every((name) => name.startsWith('type ')) ?? false
}

function ownerOf(file: string): string {
  return file.split('/')[0] ?? file
}

/** The text without its comments, so that prose about a rule does not break it. */
function code(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
}
