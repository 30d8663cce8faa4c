import type { Scm } from '../contract.ts'
import { readCloneUrl } from './clone-url.ts'
import { readHook } from './hook.ts'
import { look } from './look.ts'

/** Any git server, reached by https, by ssh or on this machine's disk, with a hook of its own. */
export const git = { key: 'git', readCloneUrl, look, readHook } satisfies Scm
