import { relative, isAbsolute } from 'node:path'
import { OoreError } from '../../lib/errors.ts'
import { readCloneUrl } from '../../scm/git/clone-url.ts'
import { askGit, listByGit } from './git.ts'

/** A commit in somebody's work tree, and what it is known by there. */
export type LocalCommit = { commit: string; branch: string | null; tag: string | null }

/** What is checked out; null before the first commit. */
export async function readHead(root: string): Promise<LocalCommit | null> {
  const [commit, branch] = await Promise.all([
    askGit(root, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']),
    currentBranch(root),
  ])
  return commit === null ? null : { commit, branch, tag: null }
}

const currentBranch = (root: string): Promise<string | null> =>
  askGit(root, ['symbolic-ref', '--quiet', '--short', 'HEAD'])

/**
 * The commit that a person means by an id, a branch, a tag or `HEAD~1`. It counts to the branch or
 * tag that was named, else to the current branch where that contains it. Throws OoreError
 * `invalid` where there is none.
 */
export async function findCommit(root: string, named: string): Promise<LocalCommit> {
  const isOption = named.startsWith('-')
  const commit = isOption
    ? null
    : await askGit(root, ['rev-parse', '--verify', '--quiet', `${named}^{commit}`])
  if (commit === null) {
    throw new OoreError(
      'invalid',
      `${root} has no commit ${JSON.stringify(named)}. Name an id, a branch, a tag or HEAD~1.`,
    )
  }
  const has = async (ref: string) => (await askGit(root, ['rev-parse', '--verify', ref])) !== null
  if (await has(`refs/heads/${named}`)) return { commit, branch: named, tag: null }
  if (await has(`refs/tags/${named}`)) return { commit, branch: null, tag: named }
  const isOnIt = (await askGit(root, ['merge-base', '--is-ancestor', commit, 'HEAD'])) !== null
  return { commit, branch: isOnIt ? await currentBranch(root) : null, tag: null }
}

/** The files that are not as the last commit has them: changed, new, removed. */
export async function changedFiles(root: string): Promise<string[]> {
  const options = ['--porcelain=v1', '-z', '--untracked-files=all', '--no-renames']
  // Two letters and a blank stand before each name.
  return (await listByGit(root, ['status', ...options])).map((entry) => entry.slice(3))
}

/** A file as a commit has it; null where it has none of this name. */
export const fileAt = (root: string, commit: string, name: string): Promise<string | null> =>
  askGit(root, ['cat-file', 'blob', `${commit}:${name}`])

/** The names of a commit's files. */
export const filesAt = (root: string, commit: string): Promise<string[]> =>
  listByGit(root, ['ls-tree', '-r', '-z', '--name-only', commit])

/**
 * The files that differ between a commit and the work tree as it is, new ones included. Throws
 * OoreError `invalid` where there is no such commit.
 */
export async function changedSince(root: string, named: string): Promise<string[]> {
  const { commit } = await findCommit(root, named)
  const options = ['-z', '--name-only', '--no-renames', '--no-ext-diff', '--no-relative']
  const [changed, added] = await Promise.all([
    listByGit(root, ['diff', ...options, commit, '--']),
    listByGit(root, ['ls-files', '-z', '--others', '--exclude-standard']),
  ])
  return [...new Set([...changed, ...added])]
}

/** Would git leave this file out of commits? Null where it does not lie in the repository. */
export async function isIgnored(root: string, file: string): Promise<boolean | null> {
  const name = relative(root, file)
  if (name === '' || name.startsWith('..') || isAbsolute(name)) return null
  return (await askGit(root, ['check-ignore', '--quiet', '--', name])) !== null
}

/** `owner/name` of where it was cloned from, and that address; null where it is from nowhere. */
export async function readOrigin(
  root: string,
): Promise<{ url: string | null; fullName: string | null }> {
  const url = await askGit(root, ['config', '--get', 'remote.origin.url'])
  return { url, fullName: url === null ? null : nameIn(url) }
}

function nameIn(url: string): string | null {
  try {
    return readCloneUrl(url.replace(/^(https?:\/\/)[^@/]*@/, '$1'), { local: true }).fullName
  } catch {
    return null
  }
}
