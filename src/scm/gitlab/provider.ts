import type { Scm } from '../contract.ts'
import { git } from '../git/provider.ts'
import { aboutGitlab } from './about.ts'
import { hookHeaders, readHook } from './hook.ts'
import { commentOnGitlab } from './note.ts'
import { reportToGitlab } from './status.ts'

/** gitlab.com and GitLab of one's own, by a project's own webhook. The code comes by git. */
export const gitlab = {
  ...git,
  ...aboutGitlab,
  mergeRefOf: (mergeRequest) => `refs/merge-requests/${mergeRequest}/merge`,
  headRefOf: (mergeRequest) => `refs/merge-requests/${mergeRequest}/head`,
  hookHeaders,
  readHook,
  report: reportToGitlab,
  comment: commentOnGitlab,
} satisfies Scm
