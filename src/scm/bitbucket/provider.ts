import type { Scm } from '../contract.ts'
import { git } from '../git/provider.ts'
import { aboutBitbucket } from './about.ts'
import { hookHeaders, readHook } from './hook.ts'
import { reportToBitbucket } from './status.ts'

/** Bitbucket Cloud, by a repository's own webhook. The code comes by git; it keeps no merges. */
export const bitbucket = {
  ...git,
  ...aboutBitbucket,
  hookHeaders,
  readHook,
  report: reportToBitbucket,
} satisfies Scm
