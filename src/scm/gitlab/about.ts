import type { AboutProvider } from '../about.ts'

export const aboutGitlab = {
  key: 'gitlab',
  name: 'GitLab',
  choice: 'GitLab',
  isForge: true,
  // The second is for ssh by way of port 443.
  hosts: ['gitlab.com', 'altssh.gitlab.com'],
  pullRequest: 'merge request',
  hasComments: true,
  tokenUser: 'git',
  webhookEvents: ['push_events', 'tag_push_events', 'merge_requests_events'],
  webhookSetup: {
    is: 'steps',
    steps: [
      'In the project on GitLab, open *Settings → Webhooks → Add new webhook*.',
      'URL: the address above. Secret token: the webhook secret.',
      'Tick *Push events*, *Tag push events* and *Merge request events*.',
      '*Add webhook*. Its *Test* button sends a push, which then is listed below.',
    ],
  },
} as const satisfies AboutProvider
