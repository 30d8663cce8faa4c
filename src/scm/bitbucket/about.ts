import type { AboutProvider } from '../about.ts'

export const aboutBitbucket = {
  key: 'bitbucket',
  name: 'Bitbucket',
  choice: 'Bitbucket Cloud',
  isForge: true,
  // The second is for ssh by way of port 443.
  hosts: ['bitbucket.org', 'altssh.bitbucket.org'],
  pullRequest: 'pull request',
  // Atlassian's name for every access token of a repository, a project or a workspace.
  hasComments: false,
  tokenUser: 'x-token-auth',
  webhookEvents: ['repo:push', 'pullrequest:created', 'pullrequest:updated'],
  webhookSetup: {
    is: 'steps',
    steps: [
      'In the repository on Bitbucket, open *Repository settings → Webhooks → Add webhook*.',
      'URL: the address above. Secret: the webhook secret. Status: *Active*.',
      'Choose from the full list of triggers: *Push* of the repository (tags are among these), and *Created* and *Updated* of the pull request.',
      '*Save*. Bitbucket sends nothing by itself before the next push.',
    ],
  },
} as const satisfies AboutProvider
