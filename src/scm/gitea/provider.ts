import type { Scm } from '../contract.ts'
import { git } from '../git/provider.ts'
import { aboutGitea } from './about.ts'
import { hookHeaders, readHook } from './hook.ts'
import { reportToGitea } from './status.ts'

/**
 * Gitea and Forgejo, by a repository's own webhook. The code comes by git. They keep the newest
 * commit of a pull request (`refs/pull/N/head`), and no merge of it.
 */
export const gitea = {
  ...git,
  ...aboutGitea,
  headRefOf: (pullRequest) => `refs/pull/${pullRequest}/head`,
  hookHeaders,
  readHook,
  report: reportToGitea,
} satisfies Scm
