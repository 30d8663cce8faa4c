import type { AboutProvider } from '../about.ts'

export const aboutGitea = {
  key: 'gitea',
  name: 'Gitea',
  choice: 'Gitea or Forgejo',
  isForge: true,
  hosts: ['gitea.com', 'codeberg.org'],
  pullRequest: 'pull request',
  // Any will do: Gitea takes a token as the password, and looks at nothing else.
  hasComments: false,
  tokenUser: 'git',
  webhookEvents: ['push', 'pull_request', 'pull_request_sync', 'pull_request_label'],
  webhookSetup: {
    is: 'steps',
    steps: [
      'In the repository, open *Settings → Webhooks → Add webhook*, and choose *Gitea* or *Forgejo*.',
      'Target URL: the address above. HTTP method: `POST`. Content type: `application/json`. Secret: the webhook secret.',
      'Choose *Custom events* and tick *Push* (tags are among these), and below *Pull request events* those of the pull request itself, of its labels and of its synchronization.',
      '*Add webhook*. Its *Test delivery* sends the newest commit as a push, which then is listed below.',
    ],
  },
} as const satisfies AboutProvider
