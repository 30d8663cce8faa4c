import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { aboutProvider, providers } from '../../src/core/repositories/repository.ts'
import { startSmallForge } from '../support/fake-forges/small.ts'
import { readHtml, textOf } from '../support/html.ts'

/*
 * A provider is its folder in src/scm/, its line in providers.ts, and the one in index.ts that the
 * compiler then asks for. Docs: docs/guides/add-a-provider.md.
 */

/** Those that name a forge and may; a file or folder whose own name is a forge's is about that one. */
const mayName: Record<string, string> = {
  'config.ts': 'how GitHub Enterprise and the tests point elsewhere',
  'core/connections/index.ts': 'the registry of connections: a line for each',
  'core/events/fact.ts': 'what is said of connections, each by its own word',
  'core/handshakes/': 'what a browser was sent away for is of one forge',
  'core/health/setup.ts': 'the shape of GET /api/setup/status',
  'core/repositories/source.ts': 'OORE_GITHUB_API_URL is GitHub’s',
  'core/sign-in/apps.ts': 'where people can sign in: an entry for each',
  'core/users/user.ts': 'the names of the ways to sign in',
  'db/schema/words.ts': 'what a browser was sent away for is of one forge',
  'pipeline/conditions/parse.ts': 'conditions of Codemagic say `github.event`',
  'pipeline/language/publishing.ts': 'the language of configurations has a section of this name',
  'routes/webhooks.tsx': 'a GitHub App has one webhook for all repositories',
  'views/gallery/': 'pictures show something',
  'views/paths.ts': 'the pages of connections are called after their forges',
  'views/repositories/overview-tab.tsx': 'what a GitHub App speaks for has no webhook of its own',
  'views/settings/page.tsx': 'the list of connections: an entry for each',
  'routes/settings.tsx': 'the same: what the page shows of each',
  'workers.ts': 'the workers of connections: a line for each',
}

describe('a provider is one folder', () => {
  const keys = providers.filter((key) => aboutProvider(key).isForge)
  const src = resolve('src')
  const isOfOne = (file: string) => keys.some((key) => file.split(/[/.-]/).includes(key))

  test('and no other file names one', () => {
    const naming = new RegExp(`(['"\`])(${keys.join('|')})\\1|\\b(${keys.join('|')}): `)
    const names = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file) && !file.startsWith('scm/') && !isOfOne(file))
      .filter((file) => naming.test(code(readFileSync(join(src, file), 'utf8'))))
    const allowed = Object.keys(mayName)
    const isAllowed = (file: string) => allowed.some((place) => file.startsWith(place))
    expect(names.filter((file) => !isAllowed(file))).toEqual([])
    // An exception that is none any more is taken away.
    expect(allowed.filter((place) => !names.some((file) => file.startsWith(place)))).toEqual([])
  })

  test('and within scm none but its own folder and the two lists', () => {
    const naming = (key: string) => new RegExp(`['"/]${key}['"/]`)
    for (const key of keys) {
      const files = readdirSync(join(src, 'scm'), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.startsWith(`${key}/`))
        .filter((file) => naming(key).test(code(readFileSync(join(src, 'scm', file), 'utf8'))))
      expect([key, files.toSorted()]).toEqual([key, ['index.ts', 'providers.ts']])
    }
  })

  test('a made-up one is served by its folder and its lines alone', async () => {
    using copy = copyWithMadeUp()
    const compiling = compile(copy.dir)
    const { TestApp } = await import(join(copy.dir, 'test/support/app.ts'))
    const forgeBuilds = await import(join(copy.dir, 'test/support/forge-builds.ts'))
    await using forge = await startHamster(forgeBuilds.forgeToken)
    await using app = await TestApp.start()
    const browser = await app.asBrowser()
    const page = async (path: string) =>
      textOf(readHtml(await (await browser.ask(path)).text())).replaceAll(/\s+/g, ' ')

    expect(await page('/repositories/new')).toContain('The Hamster Wheel')
    const secret = 'a-webhook-secret-of-tests'
    const added = await app.asAdmin('/api/repositories', {
      json: {
        provider: 'hamster',
        clone_url: `${forge.url}/lumen/wallet.git`,
        clone_password: forgeBuilds.forgeToken,
        webhook_secret: secret,
      },
    })
    expect(added.status).toBe(201)
    const { id } = (await added.json()) as { id: string }
    const overview = await page(`/repositories/${id}`)
    expect(overview).toContain('Set it up on Hamster')
    expect(overview).toContain('Open Wheel → Bells and type bell.')
    const hook = await app.asAdmin(`/api/repositories/${id}/webhook-url`)
    expect(await hook.json()).toMatchObject({ events: ['turn'] })

    const body = JSON.stringify({
      ref: 'refs/heads/gone',
      before: forgeBuilds.sha(1),
      after: '0'.repeat(40),
    })
    const signature = createHmac('sha256', secret).update(body).digest('hex')
    const sent = await app.asStranger(`/api/webhooks/hamster/${id}`, {
      body,
      headers: {
        'content-type': 'application/json',
        'x-oore-signature-256': `sha256=${signature}`,
      },
    })
    expect(sent.status).toBe(202)
    const listed = await app.asAdmin('/api/webhooks/events?provider=hamster')
    expect(await listed.json()).toMatchObject({ data: [{ provider: 'hamster' }] })

    await using reporting = forgeBuilds.startReporting(app.services)
    await reporting.settled()
    const [build] = await forgeBuilds.queueBuilds(app.services, id, [{}])
    await reporting.settled()
    expect(await page(`/builds/${build}`)).toContain('Status on Hamster')
    expect(forge.shown(forgeBuilds.sha(1), 'wheel')).toBe('pending')
    expect(forge.breaches).toEqual([])
    expect(await compiling).toBe('')
  }, 120_000)
})

const startHamster = (token: string) =>
  startSmallForge(
    { token, repositories: { 'lumen/wallet': null } },
    {
      apiPrefix: '',
      path: '/:owner/:name/:sha/squeak',
      refusal: (status) => ({ status }),
      refused: () => ({ status: 400 }),
      take: ({ fields }, target) => ({
        ...target,
        context: 'wheel',
        state: String(fields['squeak']),
        description: null,
        url: null,
        ref: null,
      }),
    },
  )

/** What the compiler has to say of the sources there. */
async function compile(dir: string): Promise<string> {
  const compiler = join(dir, 'node_modules/typescript7/bin/tsc')
  const run = promisify(execFile)(process.execPath, [compiler, '--noEmit'], { cwd: dir })
  const { stdout } = await run.catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? String(error),
  }))
  return stdout
}

/** A copy of the sources with one provider more. */
function copyWithMadeUp() {
  const dir = mkdtempSync(join(tmpdir(), 'oore-provider-'))
  for (const name of ['src', 'test/support', 'test/scm/git', 'package.json']) {
    cpSync(name, join(dir, name), { recursive: true })
  }
  const settings = JSON.parse(readFileSync('tsconfig.json', 'utf8')) as object
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ ...settings, include: ['src'] }))
  // What is built and what is installed is the same.
  for (const name of ['node_modules', 'scripts']) symlinkSync(resolve(name), join(dir, name))
  mkdirSync(join(dir, 'src/scm/hamster'))
  for (const [name, text] of Object.entries(hamster)) {
    writeFileSync(join(dir, 'src/scm/hamster', name), text)
  }
  addLines(join(dir, 'src/scm/providers.ts'), [
    [
      'import { aboutGit }',
      "import { aboutHamster } from './hamster/about.ts'\nimport { aboutGit }",
    ],
    ['aboutGit]', 'aboutHamster, aboutGit]'],
  ])
  addLines(join(dir, 'src/scm/index.ts'), [
    ['import { git }', "import { hamster } from './hamster/provider.ts'\nimport { git }"],
    ['git }\n\nexport', 'hamster, git }\n\nexport'],
  ])
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}

function addLines(file: string, changes: [string, string][]): void {
  const text = changes.reduce(
    (made, [from, to]) => {
      if (!made.includes(from)) throw new Error(`${file} has no ${from}`)
      return made.replace(from, to)
    },
    readFileSync(file, 'utf8'),
  )
  writeFileSync(file, text)
}

/** As docs/guides/add-a-provider.md says: what it is, and what it can do. */
const hamster = {
  'about.ts': `import type { AboutProvider } from '../about.ts'

export const aboutHamster = {
  key: 'hamster',
  name: 'Hamster',
  choice: 'The Hamster Wheel',
  isForge: true,
  hosts: ['hamster.example'],
  pullRequest: 'merge request',
  hasComments: false,
  tokenUser: 'wheel',
  webhookEvents: ['turn'],
  webhookSetup: { is: 'steps', steps: ['Open *Wheel → Bells* and type \`bell\`.', 'Turn it.'] },
} as const satisfies AboutProvider
`,
  'provider.ts': `import type { Scm } from '../contract.ts'
import { forgeAddress } from '../forge/address.ts'
import { postToForge, troubleIn } from '../forge/call.ts'
import { git } from '../git/provider.ts'
import { aboutHamster } from './about.ts'

export const hamster = {
  ...git,
  ...aboutHamster,
  async report(target, status, signal) {
    const address = forgeAddress(target.cloneUrl, target.allowLocal)
    if (!address) return { is: 'refused', why: 'No address.' }
    const answer = await postToForge({
      forge: 'Hamster',
      url: \`\${[address.origin, ...address.path, status.commit].join('/')}/squeak\`,
      headers: {},
      body: { squeak: status.state },
      target,
      signal,
    })
    return 'is' in answer ? answer : (troubleIn(answer, 'Hamster') ?? { is: 'told' })
  },
} satisfies Scm
`,
}

/** The text without its comments. */
const code = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
