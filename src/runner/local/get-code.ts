import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { OoreError } from '../../lib/errors.ts'
import { checkout } from '../../scm/git/checkout.ts'
import { git } from '../../scm/git/run.ts'
import type { CheckoutOptions, GetCode } from '../setup.ts'
import { copyFiles, namesBelow } from './copy-files.ts'
import { askGit, listByGit } from './git.ts'
import { changedFiles, type LocalCommit, readHead, readOrigin } from './repository.ts'
import { isWorkTree } from './root.ts'

/** What a run on a laptop builds. */
export type LocalSource =
  /** A directory that is no git repository: everything in it. */
  | { is: 'directory'; root: string }
  /** A work tree as it is: what git tracks, and what is new and not ignored. */
  | { is: 'work_tree'; root: string }
  /** One commit of a repository, and nothing else. */
  | { is: 'commit'; root: string; at: LocalCommit }

const configTimeoutMs = 10_000

/**
 * Puts a copy of the code into a build's clone directory, so that no step can change the original.
 * `leftOut` are paths that never belong to the code: the artifacts of earlier runs, the variables.
 */
export const getLocalCode =
  (source: LocalSource, leftOut: readonly string[]): GetCode =>
  async (options) => {
    switch (source.is) {
      case 'directory':
        return copyDirectory(source.root, options, leftOut)
      case 'work_tree':
        return sayWorkTree(source.root, options, leftOut)
      case 'commit':
        return takeCommit(source.root, source.at, options)
      default:
        return source satisfies never
    }
  }

async function copyDirectory(
  root: string,
  { into, say, signal }: CheckoutOptions,
  leftOut: readonly string[],
): Promise<void> {
  const names = keptNames(root, await namesBelow(root, signal), leftOut)
  const { copied } = await copyFiles(root, into, names, signal)
  say(`Copied ${filesText(copied)} from ${root}, which is no git repository.`)
}

async function sayWorkTree(
  root: string,
  options: CheckoutOptions,
  leftOut: readonly string[],
): Promise<void> {
  const [head, all] = await Promise.all([readHead(root), changedFiles(root)])
  const changes = keptNames(root, all, leftOut).length
  const copied = await copyWorkTree(root, options.into, options, leftOut)
  const what = `Copied ${filesText(copied)} from ${root} as they are`
  if (head === null) return options.say(`${what}; nothing is committed yet.`)
  const commit = head.commit.slice(0, 12)
  if (changes === 0) return options.say(`${what}: the same as commit ${commit}.`)
  const differ = changes === 1 ? '1 file differs' : `${changes} files differ`
  options.say(`${what}: ${differ} from commit ${commit}.`)
}

/** Copies a work tree and those of its submodules; gives how many files that were. */
async function copyWorkTree(
  root: string,
  into: string,
  options: CheckoutOptions,
  leftOut: readonly string[],
): Promise<number> {
  const { signal } = options
  const head = await readHead(root)
  if (head !== null) await takeHistory(root, head, { ...options, into, say: () => {} }, false)
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const listed = new Set(await listByGit(root, args, signal))
  const names = keptNames(root, [...listed], leftOut)
  const { copied, directories } = await copyFiles(root, into, names, signal)
  let total = copied
  for (const name of directories) {
    const directory = join(into, name)
    await mkdir(directory, { recursive: true })
    if (!isWorkTree(join(root, name))) continue
    total += await copyWorkTree(join(root, name), directory, options, leftOut)
  }
  return total
}

async function takeCommit(root: string, at: LocalCommit, options: CheckoutOptions): Promise<void> {
  await takeHistory(root, at, options, true)
  const entries = await listByGit(root, ['ls-tree', '-r', '-z', at.commit], options.signal)
  for (const entry of entries) {
    const [, commit = '', name = ''] = /^160000 commit ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? []
    if (name === '') continue
    const submodule = join(root, name)
    const has =
      isWorkTree(submodule) &&
      (await askGit(submodule, ['cat-file', '-e', `${commit}^{commit}`])) !== null
    if (!has) {
      options.say(`Submodule ${name} is not here at ${commit.slice(0, 12)}, so it stays empty.`)
      continue
    }
    const into = join(options.into, name)
    await takeCommit(submodule, { commit, branch: null, tag: null }, { ...options, into })
  }
}

/** Makes a repository of its own with the history of this one, on disk and without a network. */
async function takeHistory(
  root: string,
  { commit, branch, tag }: LocalCommit,
  options: CheckoutOptions,
  withFiles: boolean,
): Promise<void> {
  const { buildId, into, say, signal } = options
  const ref = tag === null ? branch && `refs/heads/${branch}` : `refs/tags/${tag}`
  const clone_url = pathToFileURL(root).href
  await checkout({
    buildId,
    checkout: { clone_url, commit, ref, credential: null, allow_local: true },
    into,
    depth: null,
    submodules: false,
    withFiles,
    say,
    signal,
  })
  await setOrigin(into, (await readOrigin(root)).url)
}

/** A step that pushes to `origin` must not reach the work tree that this is a copy of. */
async function setOrigin(into: string, url: string | null): Promise<void> {
  const args =
    url === null
      ? ['config', '--remove-section', 'remote.origin']
      : ['config', 'remote.origin.url', url]
  const end = await git(args, { cwd: into, timeoutMs: configTimeoutMs })
  if (!end.ok) throw new OoreError('unavailable', `git config failed: ${end.stderr.trim()}`)
}

const keptNames = (root: string, names: readonly string[], leftOut: readonly string[]): string[] =>
  names.filter((name) => {
    const path = join(root, name)
    return !leftOut.some((out) => path === out || path.startsWith(`${out}/`))
  })

const filesText = (count: number): string => (count === 1 ? '1 file' : `${count} files`)
