import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { cleanEnvironment } from './clean-environment.mjs'
import { root } from './fresh.mjs'

/**
 * A real git repository made out of examples/greeter: a bare one at `<home>/greeter.git`, as a git
 * server would hold it, and a clone to work in at `<home>/greeter`. What is there is left alone.
 * @param {string} home
 */
export function exampleRepository(home) {
  const bare = join(home, 'greeter.git')
  const work = join(home, 'greeter')
  if (!existsSync(bare)) makeBare(bare)
  if (!existsSync(work)) git(['clone', '--quiet', bare, work])
  return { bare, work, commit: git(['-C', bare, 'rev-parse', 'main']).trim() }
}

/**
 * From now on a push into the repository tells Oore. The hook is the one that the guide gives.
 * @param {string} bare @param {{ url: string, secret: string }} webhook
 */
export function installPushHook(bare, { url, secret }) {
  const guide = readFileSync(join(root, 'docs/guides/push-from-a-git-server.md'), 'utf8')
  const script = /```bash\n([^]*?)```/.exec(guide)?.[1] ?? ''
  const filled = script
    .replace('https://oore.example.com/api/webhooks/git/REPOSITORY_ID', url)
    .replace('WEBHOOK_SECRET', () => secret)
  mkdirSync(join(bare, 'hooks'), { recursive: true })
  writeFileSync(join(bare, 'hooks/post-receive'), filled, { mode: 0o700 })
}

/** @param {string} bare */
function makeBare(bare) {
  const draft = `${bare}.draft`
  const source = join(draft, 'source')
  rmSync(draft, { recursive: true, force: true })
  cpSync(join(root, 'examples/greeter'), source, { recursive: true })
  git(['-C', source, 'init', '--quiet', '--initial-branch=main'])
  git(['-C', source, 'add', '--all'])
  // A person's own settings may ask for a signature, and with it for a passphrase.
  const author = ['user.name=Oore', 'user.email=oore@localhost', 'commit.gpgSign=false'].flatMap(
    (setting) => ['-c', setting],
  )
  git(['-C', source, ...author, 'commit', '--quiet', '--message=Say hello'])
  git(['clone', '--quiet', '--bare', source, join(draft, 'bare')])
  // The rename comes last: a half-made repository is never mistaken for a whole one.
  renameSync(join(draft, 'bare'), bare)
  rmSync(draft, { recursive: true, force: true })
}

/** @param {string[]} args */
function git(args) {
  const { status, stdout, stderr, error } = spawnSync('git', args, {
    env: cleanEnvironment(),
    encoding: 'utf8',
  })
  if (error)
    throw new Error(`git could not be started (${error.message}). Install git and try again.`)
  if (status !== 0) throw new Error(`git ${args.join(' ')} failed:\n${stderr}`)
  return stdout
}
