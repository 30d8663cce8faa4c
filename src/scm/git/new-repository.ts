import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OoreError } from '../../lib/errors.ts'
import { checkRefName, isPullRef } from './refs.ts'
import { git } from './run.ts'
import { gitError } from './trouble.ts'

const initTimeoutMs = 10_000

/** Where the commit was seen, and under which name the clone keeps it. */
export type Target = {
  branch: string | null
  tag: string | null
  ref: string | null
  keptAs: string
}

/** Throws OoreError `invalid` for what is no commit id, or no name of a branch or tag. */
export function readTarget(commit: string, ref: string | null): Target {
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    const message = `${JSON.stringify(commit.slice(0, 80))} is not the whole id of a commit.`
    throw new OoreError('invalid', message, { fields: [{ field: 'commit', message }] })
  }
  const [, kind, name = ''] = /^refs\/(heads|tags)\/(.*)$/s.exec(ref ?? '') ?? []
  if (kind === 'heads') {
    const branch = checkRefName(name, 'branch')
    return { branch, tag: null, ref, keptAs: `refs/remotes/origin/${branch}` }
  }
  if (kind === 'tags') {
    const tag = checkRefName(name, 'tag')
    return { branch: null, tag, ref, keptAs: `refs/tags/${tag}` }
  }
  const seen = ref !== null && isPullRef(ref) ? ref : null
  return { branch: null, tag: null, ref: seen, keptAs: 'refs/remotes/origin/HEAD' }
}

/** What `git init`, `git remote add` and `git switch` leave behind, without starting them. */
export async function makeRepository(
  into: string,
  url: string,
  commit: string,
  target: Target,
): Promise<void> {
  const gitDir = join(into, '.git')
  const core = await initialConfig(commit.length)
  const config = [
    core,
    configSection('remote', 'origin', { url, fetch: '+refs/heads/*:refs/remotes/origin/*' }),
  ]
  if (target.branch !== null) {
    const merge = `refs/heads/${target.branch}`
    config.push(configSection('branch', target.branch, { remote: 'origin', merge }))
  }
  // At once: for files this small, a way through the thread pool takes longer than the writing.
  mkdirSync(join(gitDir, 'objects'), { recursive: true })
  mkdirSync(join(gitDir, 'refs'))
  writeFileSync(join(gitDir, 'config'), config.join(''))
  const head = target.branch === null ? commit : `ref: refs/heads/${target.branch}`
  writeFileSync(join(gitDir, 'HEAD'), `${head}\n`)
}

const initialConfigs = new Map<number, Promise<string>>()

/**
 * The `config` that git itself writes on this machine for ids of this length, asked for once per
 * process: it finds out what the disk can do (case, file modes), and starting it costs 3 ms.
 */
function initialConfig(idLength: number): Promise<string> {
  const known = initialConfigs.get(idLength)
  if (known) return known
  const asked = askForConfig(idLength === 64 ? 'sha256' : 'sha1')
  initialConfigs.set(idLength, asked)
  asked.catch(() => initialConfigs.delete(idLength))
  return asked
}

async function askForConfig(format: 'sha1' | 'sha256'): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'oore-git-'))
  try {
    const args = ['init', '--quiet', '--template=', `--object-format=${format}`]
    const end = await git(args, { cwd: dir, timeoutMs: initTimeoutMs })
    if (!end.ok) throw gitError(end, dir)
    return await readFile(join(dir, '.git/config'), 'utf8')
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

function configSection(kind: string, name: string, values: Record<string, string>): string {
  const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`
  const lines = Object.entries(values).map(([key, value]) => `\t${key} = ${quoted(value)}\n`)
  return `[${kind} ${quoted(name)}]\n${lines.join('')}`
}
