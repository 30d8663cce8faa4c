import type { Scm } from '../contract.ts'
import { OoreError } from '../../lib/errors.ts'
import { aboutGit } from './about.ts'
import { changedFiles } from './changed-files.ts'
import { localPathOf, readCloneUrl } from './clone-url.ts'
import { hookHeaders, readHook } from './hook.ts'
import { isRepository } from './local.ts'
import { listRefs } from './list-refs.ts'
import { look } from './look.ts'
import { findPaths } from './paths.ts'

/** Any git server, reached by https, by ssh or on this machine's disk, with a hook of its own. */
export const git = {
  ...aboutGit,
  readCloneUrl(text, allowed) {
    const clone = readCloneUrl(text, allowed)
    checkIsThere(clone.url)
    return clone
  },
  look,
  changedFiles,
  findPaths,
  listRefs,
  mergeRefOf: () => null,
  headRefOf: () => null,
  hookHeaders,
  readHook,
} satisfies Scm

/** A repository on this disk can be looked for before anybody waits for its first build. */
function checkIsThere(url: string): void {
  const path = localPathOf(url)
  if (path === null || isRepository(path)) return
  const message = `There is no git repository at ${path}.`
  throw new OoreError('invalid', message, { fields: [{ field: 'clone_url', message }] })
}
