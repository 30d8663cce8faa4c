import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

export type CommitWish = {
  branch: string
  /** Text by path; null removes one. */
  files?: Record<string, string | null>
  message?: string
  author?: { name: string; email: string }
  /** Leaves out the commits since this one, as a forced push does. */
  from?: string
  /** Whole seconds since 1970. */
  atSeconds: number
}

export const noCommit = '0'.repeat(40)

const environment = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_COMMITTER_NAME: 'Forge',
  GIT_COMMITTER_EMAIL: 'noreply@forge.example',
  GIT_AUTHOR_NAME: 'Forge',
  GIT_AUTHOR_EMAIL: 'noreply@forge.example',
}

/** Runs git on a bare repository and gives what it printed; null where it failed. */
export function git(dir: string, args: readonly string[], input?: string): string | null {
  try {
    return execFileSync('git', [...args], {
      cwd: dir,
      env: environment,
      encoding: 'utf8',
      input: input ?? '',
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    }).trimEnd()
  } catch {
    return null
  }
}

/** A new bare repository whose HEAD is this branch. */
export function makeBare(root: string, name: string, branch: string): string {
  const dir = join(root, `${name}.git`)
  mkdirSync(dir, { recursive: true })
  must(dir, ['init', '--quiet', '--bare', '--template=', `--initial-branch=${branch}`])
  return dir
}

/** Makes a commit on a branch and gives the branch's commit before and after. */
export function commitTo(dir: string, wish: CommitWish): { before: string; after: string } {
  const ref = `refs/heads/${wish.branch}`
  const before = shaOf(dir, ref) ?? noCommit
  const from = wish.from ?? (before === noCommit ? null : before)
  const { name, email } = wish.author ?? { name: 'Ada Lovelace', email: 'ada@example.com' }
  const message = `${wish.message ?? 'Change something'}\n`
  const lines = [
    `commit ${ref}`,
    `author ${name} <${email}> ${wish.atSeconds} +0000`,
    `committer ${name} <${email}> ${wish.atSeconds} +0000`,
    data(message),
    ...(from === null ? [] : [`from ${from}`]),
    ...Object.entries(wish.files ?? {}).map(([path, text]) =>
      text === null ? `D ${path}` : `M 100644 inline ${path}\n${data(text)}`,
    ),
    '',
  ]
  must(dir, ['fast-import', '--quiet', '--force'], lines.join('\n'))
  return { before, after: must(dir, ['rev-parse', '--verify', ref]) }
}

/** The commit that a ref, a branch or an id stands for; null where there is none. */
export const shaOf = (dir: string, ref: string): string | null =>
  git(dir, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`])

/** Points a ref somewhere; null removes it. */
export function setRef(dir: string, ref: string, sha: string | null): void {
  if (sha !== null) must(dir, ['update-ref', ref, sha])
  else git(dir, ['update-ref', '-d', ref])
}

/** All branches and tags with what they point at; of an annotated tag its commit. */
export function refsOf(dir: string): Record<string, string> {
  const format = '--format=%(refname) %(objectname) %(*objectname)'
  const text = git(dir, ['for-each-ref', format, 'refs/heads', 'refs/tags']) ?? ''
  const lines = text.split('\n').filter((line) => line !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const [ref = '', sha = '', peeled = ''] = line.split(' ')
      return [ref, peeled || sha]
    }),
  )
}

/** Takes a commit over from another repository and keeps it under a ref. */
export function takeOver(dir: string, fromDir: string, sha: string, ref: string): void {
  must(dir, [
    '-c',
    'uploadpack.allowAnySHA1InWant=true',
    'fetch',
    '--quiet',
    '--no-tags',
    fromDir,
    `+${sha}:${ref}`,
  ])
}

/** A fork: all branches of another repository in a new one. */
export function fork(root: string, name: string, fromDir: string, branch: string): string {
  const dir = makeBare(root, name, branch)
  must(dir, ['fetch', '--quiet', fromDir, '+refs/heads/*:refs/heads/*'])
  return dir
}

/** The merge of two commits, as a forge makes it; null where they conflict. */
export function mergeOf(dir: string, base: string, head: string, message: string): string | null {
  const tree = git(dir, ['merge-tree', '--write-tree', base, head])
  if (tree === null) return null
  return must(dir, ['commit-tree', tree.split('\n')[0] ?? '', '-p', base, '-p', head], message)
}

export type CommitInfo = {
  sha: string
  tree: string
  parents: string[]
  name: string
  email: string
  date: string
  message: string
  added: string[]
  removed: string[]
  modified: string[]
}

/** The newest commits from one to another, oldest first, at most `max`. */
export function commitsBetween(dir: string, from: string, to: string, max = 20): CommitInfo[] {
  if (to === noCommit) return []
  const range = from === noCommit || shaOf(dir, from) === null ? [to] : [to, `^${from}`]
  const list = git(dir, ['rev-list', `--max-count=${max}`, ...range]) ?? ''
  return list
    .split('\n')
    .filter((sha) => sha !== '')
    .reverse()
    .map((sha) => commitInfo(dir, sha))
}

/** A commit and the files it changed. */
export function commitInfo(dir: string, sha: string): CommitInfo {
  const format = '--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%B%x00'
  const text = must(dir, ['show', '--no-patch', format, sha])
  const [id = '', tree = '', parents = '', name = '', email = '', date = '', message = ''] =
    text.split('\0')
  const changes = git(dir, [
    'diff-tree',
    '-r',
    '--root',
    '--no-commit-id',
    '--name-status',
    '-z',
    sha,
  ])
  const parts = (changes ?? '').split('\0')
  const files = (kind: string) => parts.filter((_, at) => at % 2 === 1 && parts[at - 1] === kind)
  return {
    sha: id,
    tree,
    parents: parents === '' ? [] : parents.split(' '),
    name,
    email,
    date,
    message: message.trimEnd(),
    added: files('A'),
    removed: files('D'),
    modified: files('M'),
  }
}

/** Is the first an ancestor of the second? */
export const isAncestor = (dir: string, first: string, second: string): boolean =>
  git(dir, ['merge-base', '--is-ancestor', first, second]) !== null

/** The files of a commit by their paths. */
export function pathsOf(dir: string, ref: string): string[] {
  const text = git(dir, ['ls-tree', '-r', '--name-only', ref]) ?? ''
  return text.split('\n').filter((path) => path !== '')
}

const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}`

function must(dir: string, args: readonly string[], input?: string): string {
  return execFileSync('git', [...args], {
    cwd: dir,
    env: environment,
    encoding: 'utf8',
    input: input ?? '',
    stdio: ['pipe', 'pipe', 'pipe'],
  }).trimEnd()
}
