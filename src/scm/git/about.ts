import type { AboutProvider } from '../about.ts'

export const aboutGit = {
  key: 'git',
  name: 'Git',
  choice: 'Another git server',
  isForge: false,
  hosts: [],
  pullRequest: 'pull request',
  hasComments: false,
  tokenUser: 'git',
  webhookEvents: ['push', 'tag'],
  webhookSetup: { is: 'script' },
} as const satisfies AboutProvider
