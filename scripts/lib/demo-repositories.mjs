import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { call, isFinished } from './api.mjs'
import { cleanEnvironment } from './clean-environment.mjs'
import { installPushHook } from './example-repository.mjs'

/*
 * The repositories of a small team, with a history that a real server really built: for pictures.
 * Nothing is made up but what the commands print.
 */

/** @typedef {import('./local-server.mjs').Server} Server */
/** @typedef {import('./api.mjs').Build} Build */
/** @typedef {{ name: string, prints: string[], exit?: number, stays?: boolean }} Step */
/**
 * @typedef {{ title: string, author: string, branch?: string, steps: Step[], fate?: 'cancel' | 'goes on',
 *   broken?: boolean }} Commit
 */

const pollMs = 50

/** @param {string} what @returns {Step} */
const getPackages = (what) => ({
  name: 'Get the packages',
  prints: [
    `Resolving dependencies in ${what}…`,
    ...['cached_network_image 3.4.1', 'flutter_bloc 9.1.1', 'go_router 16.2.0', 'intl 0.20.2'].map(
      (name) => `+ ${name}`,
    ),
    '\\033[32mGot 84 dependencies.\\033[0m',
  ],
})

const analyze = {
  name: 'Analyze',
  prints: ['Analyzing 214 files…', '\\033[32mNo issues found.\\033[0m'],
}

const suites = [
  ...['basket adds and removes lines', 'basket keeps its lines over a restart'],
  ...['discounts are rounded once, at the end', 'discounts in yen have no decimals'],
  ...['checkout asks for an address first', 'checkout offers saved cards'],
  ...['search finds by brand', 'search forgives a typing mistake', 'search shows recent words'],
  ...['orders are listed newest first', 'orders can be reordered', 'orders show their parcel'],
]

/** @param {number} count */
const passing = (count) =>
  Array.from({ length: count }, (_, n) => {
    const name = suites[n % suites.length] ?? ''
    return `00:0${Math.floor(n / 12)} \\033[32m+${n + 1}\\033[0m: test/${name.split(' ')[0]}_test.dart: ${name}`
  })

const test = {
  name: 'Run the tests',
  prints: [...passing(24), '\\033[32mAll tests passed!\\033[0m'],
}

const testFails = {
  name: 'Run the tests',
  exit: 1,
  prints: [
    ...passing(9),
    '00:00 \\033[32m+9\\033[0m \\033[31m-1\\033[0m: test/payment_test.dart: the sheet closes after paying \\033[31m[E]\\033[0m',
    '  Expected: exactly one matching candidate',
    '    Actual: _TextWidgetFinder:<Found 0 widgets with text "Paid": []>',
    '  package:flutter_test/src/widget_tester.dart 1027:7  WidgetTester.pumpAndSettle',
    '  test/payment_test.dart 48:5                         main.<fn>',
    '\\033[31m00:01 +9 -1: Some tests failed.\\033[0m',
  ],
}

const packageApp = {
  name: 'Build the Android app',
  prints: [
    "Running Gradle task 'bundleRelease'…",
    '\\033[33mwarning:\\033[0m [options] source value 8 is obsolete',
    '\\033[32m✓ Built build/app-release.apk (18.4 MB)\\033[0m',
  ],
}

/** @param {string} title @param {string} author @param {Partial<Commit>} [rest] @returns {Commit} */
const commit = (title, author, rest = {}) => ({
  title,
  author,
  steps: [getPackages('the app'), analyze, test, packageApp],
  ...rest,
})

/** @type {Record<string, Commit[]>} */
const histories = {
  'shop-app': [
    commit('Keep the basket over a restart', 'Mara Lindqvist'),
    commit('Cache product images on disk', 'Jonas Weber'),
    commit('Let the payment sheet close by itself', 'Jonas Weber', {
      branch: 'feature/apple-pay',
      steps: [getPackages('the app'), analyze, testFails, packageApp],
    }),
    commit('Round discounts once, at the end', 'Priya Nair'),
    commit('Close the payment sheet after paying', 'Jonas Weber', { branch: 'feature/apple-pay' }),
    commit('Bring the search field back on tablets', 'Mara Lindqvist'),
  ],
  'driver-app': [
    commit('Draw routes with vector tiles', 'Tomasz Zielinski'),
    commit('Warn before a tunnel', 'Aiko Tanaka', { branch: 'release/2.4' }),
    commit('Ask for the location only while driving', 'Tomasz Zielinski', {
      steps: [getPackages('the app'), analyze, testFails],
    }),
  ],
  'design-tokens': [
    commit('Name greys by their lightness', 'Aiko Tanaka', { steps: [analyze, test] }),
    commit('Export tokens for Compose', 'Aiko Tanaka', {
      steps: [analyze, { ...test, stays: true }],
      fate: 'cancel',
    }),
    commit('Export tokens for Compose and SwiftUI', 'Aiko Tanaka', { steps: [analyze, test] }),
  ],
  'payments-sdk': [
    commit('Verify receipts offline', 'Priya Nair', { broken: true }),
    commit('Verify receipts offline, with a valid oore.yaml', 'Priya Nair'),
  ],
}

/** What is under way when the pictures are taken: two builds that run, one that waits. */
const underWay = [
  {
    name: 'driver-app',
    commit: commit('Speak street names in the local language', 'Aiko Tanaka', {
      branch: 'feature/voice',
      steps: [getPackages('the app'), { ...analyze, stays: true }, test],
      fate: 'goes on',
    }),
  },
  {
    name: 'shop-app',
    commit: commit('Show delivery slots in the basket', 'Mara Lindqvist', {
      steps: [
        getPackages('the app'),
        analyze,
        { ...test, prints: passing(17), stays: true },
        packageApp,
      ],
      fate: 'goes on',
    }),
  },
  {
    name: 'payments-sdk',
    commit: commit('Retry declined cards once', 'Priya Nair', { fate: 'goes on' }),
  },
]

/**
 * Makes the repositories under `home`, adds them to the server and pushes their histories. Gives
 * the builds that are of interest by what they show.
 * @param {Server} server @param {string} home
 */
export async function buildDemo(server, home) {
  /** @type {Map<string, DemoRepository>} */
  const repositories = new Map()
  for (const name of Object.keys(histories)) {
    repositories.set(name, await addRepository(server, home, name))
  }
  for (const [name, commits] of Object.entries(histories)) {
    for (const one of commits) await push(server, repositories.get(name), one)
  }
  const active = []
  for (const { name, commit: one } of underWay) {
    active.push(await push(server, repositories.get(name), one))
  }
  const [, running] = active
  const shop = repositories.get('shop-app')
  if (running === undefined || shop === undefined) throw new Error('There is nothing to show.')
  return { running, repositoryId: shop.id }
}

/** @typedef {{ id: string, name: string, work: string }} DemoRepository */

/** @param {Server} server @param {string} home @param {string} name @returns {Promise<DemoRepository>} */
async function addRepository(server, home, name) {
  const bare = join(home, 'acme', `${name}.git`)
  const work = join(home, 'work', name)
  mkdirSync(bare, { recursive: true })
  git(bare, 'init', '--quiet', '--bare', '--initial-branch=main')
  mkdirSync(work, { recursive: true })
  git(work, 'init', '--quiet', '--initial-branch=main')
  git(work, 'remote', 'add', 'origin', bare)
  commitAs(work, 'Mara Lindqvist', 'Begin')
  const added = await call(server, 'POST', '/api/repositories', {
    provider: 'git',
    clone_url: `file://${bare}`,
    owner: 'acme',
    name,
  })
  const url = `${server.url}/api/webhooks/git/${added.id}`
  installPushHook(bare, { url, secret: added.webhook_secret })
  return { id: added.id, name, work }
}

/** @param {Server} server @param {DemoRepository | undefined} repository @param {Commit} one @returns {Promise<Build>} */
async function push(server, repository, { title, author, branch = 'main', steps, fate, broken }) {
  if (repository === undefined) throw new Error('This repository is not among the histories.')
  const { id, work } = repository
  const before = (await buildsOf(server, id)).length
  git(work, 'checkout', '--quiet', ...(branch === 'main' ? ['main'] : ['-B', branch]))
  for (const [n, step] of steps.entries())
    write(join(work, 'ci', `${n}.txt`), `${step.prints.join('\n')}\n`)
  write(
    join(work, 'oore.yaml'),
    broken ? 'workflows:\n  ci:\n    scripts: {}\n' : pipelineOf(steps),
  )
  commitAs(work, author, title)
  git(work, 'push', '--quiet', '--force', 'origin', branch)

  const build = await until(async () => {
    const builds = await buildsOf(server, id)
    return builds.length > before ? builds[0] : undefined
  })
  const path = `/api/builds/${build.id}`
  if (fate === 'goes on') return build
  if (fate === 'cancel') {
    await until(async () => {
      const { status, steps: now } = await call(server, 'GET', path)
      return status === 'running' && now.at(-1).status === 'running' ? true : undefined
    })
    await call(server, 'POST', `${path}/cancel`)
  }
  return until(async () => {
    const now = await call(server, 'GET', path)
    return isFinished(now) ? now : undefined
  })
}

/** @param {Server} server @param {string} id @returns {Promise<Build[]>} */
const buildsOf = async (server, id) =>
  (await call(server, 'GET', `/api/builds?repository=${id}`)).data

/** @param {Step[]} steps */
function pipelineOf(steps) {
  const scripts = steps.map(({ name, exit, stays }, n) => ({
    name,
    script: [
      `while IFS= read -r line; do printf '%b\\n' "$line"; sleep 0.02; done < ci/${n}.txt`,
      ...(exit ? [`exit ${exit}`] : []),
      ...(stays ? ['exec sleep 600'] : []),
      ...(name === packageApp.name ? [makeArtifacts] : []),
    ].join('\n'),
  }))
  const workflow = {
    name: 'Test and package',
    triggering: { events: ['push'] },
    scripts,
    artifacts: ['build/*'],
  }
  return stringify({ workflows: { ci: workflow } }, { lineWidth: 0, blockQuote: 'literal' })
}

const makeArtifacts = [
  'mkdir -p build',
  'head -c 19293798 /dev/zero > build/app-release.apk',
  'head -c 2411724 /dev/zero > build/mapping.txt',
].join('\n')

/** @template T @param {() => Promise<T | undefined>} look @returns {Promise<T>} */
async function until(look) {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

/** @param {string} work @param {string} author @param {string} title */
function commitAs(work, author, title) {
  const email = `${author.split(' ')[0]?.toLowerCase()}@acme.example`
  const settings = [`user.name=${author}`, `user.email=${email}`, 'commit.gpgSign=false']
  const who = settings.flatMap((setting) => ['-c', setting])
  git(work, 'add', '--all')
  git(work, ...who, 'commit', '--quiet', '--allow-empty', `--message=${title}`)
}

/** @param {string} dir @param {string[]} args */
const git = (dir, ...args) =>
  execFileSync('git', ['-C', dir, ...args], { env: cleanEnvironment(), encoding: 'utf8' })

/** @param {string} file @param {string} text */
function write(file, text) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
