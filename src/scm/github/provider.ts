import type { Scm } from '../contract.ts'
import { git } from '../git/provider.ts'
import { hookHeaders, readHook } from './hook.ts'
import { reportToGithub } from './status.ts'

/** GitHub, and GitHub Enterprise, by a repository's own webhook. The code comes by git. */
export const github = {
  ...git,
  key: 'github',
  // The second is for ssh by way of port 443.
  hosts: ['github.com', 'ssh.github.com'],
  mergeRefOf: (pullRequest) => `refs/pull/${pullRequest}/merge`,
  hookHeaders,
  readHook,
  report: reportToGithub,
} satisfies Scm
