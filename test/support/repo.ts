import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

export type TestRepo = {
  /** The work tree; the repository itself is in `.git`. */
  dir: string
  /** `file://…` */
  url: string
  /** Writes files (null removes one), commits and gives the commit's whole id. */
  commit(files: Record<string, string | null>, message?: string): string
  /** Makes a branch where HEAD is, or goes to the one that is there. */
  branch(name: string): void
  /** An annotated tag where HEAD is. */
  tag(name: string): void
  /** The id of HEAD. */
  head(): string
  /** Any other git command; gives what it printed. */
  git(...args: string[]): string
  [Symbol.dispose](): void
}

// Commits of equal files have equal ids in every run: people and times are always the same.
const gitEnvironment = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada Lovelace',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_AUTHOR_DATE: '2026-01-05T09:00:00Z',
  GIT_COMMITTER_NAME: 'Ada Lovelace',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_COMMITTER_DATE: '2026-01-05T09:00:00Z',
}

let template: Template | null = null

/** A real git repository on branch `main` with one commit of these files, in a directory of its own. */
export function makeRepo(
  files: Record<string, string> = { 'README.md': 'A repository\n' },
): TestRepo {
  template ??= makeTemplate()
  const home = mkdtempSync(join(tmpdir(), 'oore-repo-'))
  const dir = join(home, 'app')
  for (const name of ['objects', 'refs']) mkdirSync(join(dir, '.git', name), { recursive: true })
  for (const [name, text] of Object.entries(template)) writeFileSync(join(dir, '.git', name), text)

  const git = (...args: string[]) => runGit(dir, ...args)
  const repo: TestRepo = {
    dir,
    url: pathToFileURL(dir).href,
    git,
    head: () => git('rev-parse', 'HEAD'),
    branch(name) {
      git('checkout', '--quiet', '-B', name)
    },
    tag(name) {
      git('tag', '--annotate', '--message', name, '--', name)
    },
    commit(changes, message = 'Change something') {
      for (const [path, text] of Object.entries(changes)) write(join(dir, path), text)
      git('add', '--all')
      git('commit', '--quiet', '--allow-empty', '--message', message)
      return repo.head()
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  }
  repo.commit(files, 'Begin')
  return repo
}

/**
 * A pull request from a new branch to `main`, as a forge keeps it: the merge of the two is below
 * `mergeRef` and on no branch. Leaves the work tree on `main`.
 */
export function pullRequest(
  repo: TestRepo,
  mergeRef: string,
  { branch = 'feature/x', files = { 'feature.txt': 'new\n' } }: PullRequestOptions = {},
): { target: string; head: string; merge: string } {
  repo.branch(branch)
  const head = repo.commit(files, 'Add a feature')
  repo.git('checkout', '--quiet', 'main')
  const target = repo.commit({ 'meanwhile.txt': 'other\n' }, 'Go on meanwhile')
  repo.git('checkout', '--quiet', '--detach')
  repo.git('merge', '--quiet', '--no-ff', '--message', `Merge ${head} into ${target}`, head)
  const merge = repo.head()
  repo.git('update-ref', mergeRef, merge)
  repo.git('checkout', '--quiet', 'main')
  return { target, head, merge }
}

type PullRequestOptions = { branch?: string; files?: Record<string, string> }

/** Runs git in a directory as an ordinary user would, without this machine's configuration. */
export function runGit(dir: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: dir,
    env: gitEnvironment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd()
}

/** What `git init` writes. It is kept as text, because no test process is sure to clean up after. */
type Template = { HEAD: string; config: string }

function makeTemplate(): Template {
  const dir = mkdtempSync(join(tmpdir(), 'oore-repo-template-'))
  try {
    runGit(dir, 'init', '--quiet', '--template=', '--initial-branch=main')
    const textOf = (name: string) => readFileSync(join(dir, '.git', name), 'utf8')
    return { HEAD: textOf('HEAD'), config: textOf('config') }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function write(file: string, text: string | null): void {
  if (text === null) return rmSync(file)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
