import type { Scm } from '../contract.ts'
import { git } from '../git/provider.ts'
import { aboutGithub } from './about.ts'
import { hookHeaders, readHook } from './hook.ts'
import { commentOnGithub } from './comment.ts'
import { reportToGithub } from './report.ts'

/** GitHub, and GitHub Enterprise, by a repository's own webhook. The code comes by git. */
export const github = {
  ...git,
  ...aboutGithub,
  mergeRefOf: (pullRequest) => `refs/pull/${pullRequest}/merge`,
  headRefOf: (pullRequest) => `refs/pull/${pullRequest}/head`,
  hookHeaders,
  readHook,
  report: reportToGithub,
  comment: commentOnGithub,
} satisfies Scm
