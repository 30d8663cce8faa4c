import type { Scm } from '../contract.ts'
import { git } from '../git/provider.ts'
import { hookHeaders, readHook } from './hook.ts'
import { reportToGitlab } from './status.ts'

/** gitlab.com and GitLab of one's own, by a project's own webhook. The code comes by git. */
export const gitlab = {
  ...git,
  key: 'gitlab',
  // The second is for ssh by way of port 443.
  hosts: ['gitlab.com', 'altssh.gitlab.com'],
  mergeRefOf: (mergeRequest) => `refs/merge-requests/${mergeRequest}/merge`,
  hookHeaders,
  readHook,
  report: reportToGitlab,
} satisfies Scm
