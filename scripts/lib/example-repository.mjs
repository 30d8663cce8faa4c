import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, rmSync, renameSync } from 'node:fs'
import { join } from 'node:path'
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
 * A push into the repository tells Oore, by the hook that the guide gives to everyone. The address
 * is set anew at every start, because the port may be another one; the secret stays.
 * @param {string} bare @param {{ url: string, secret: string | undefined }} webhook
 */
export function installPushHook(bare, { url, secret }) {
  copyFileSync(join(root, 'examples/post-receive'), join(bare, 'hooks/post-receive'))
  git(['-C', bare, 'config', 'oore.webhook', url])
  if (secret !== undefined) git(['-C', bare, 'config', 'oore.secret', secret])
}

/** @param {string} bare */
function makeBare(bare) {
  const draft = `${bare}.draft`
  const source = join(draft, 'source')
  rmSync(draft, { recursive: true, force: true })
  cpSync(join(root, 'examples/greeter'), source, { recursive: true })
  git(['-C', source, 'init', '--quiet', '--initial-branch=main'])
  git(['-C', source, 'add', '--all'])
  const author = ['-c', 'user.name=Oore', '-c', 'user.email=oore@localhost']
  git(['-C', source, ...author, 'commit', '--quiet', '--message=Say hello'])
  git(['clone', '--quiet', '--bare', source, join(draft, 'bare')])
  // The rename comes last: a half-made repository is never mistaken for a whole one.
  renameSync(join(draft, 'bare'), bare)
  rmSync(draft, { recursive: true, force: true })
}

/** @param {string[]} args */
function git(args) {
  const { status, stdout, stderr, error } = spawnSync('git', args, { encoding: 'utf8' })
  if (error)
    throw new Error(`git could not be started (${error.message}). Install git and try again.`)
  if (status !== 0) throw new Error(`git ${args.join(' ')} failed:\n${stderr}`)
  return stdout
}
