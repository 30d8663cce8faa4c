import type { AboutProvider } from '../about.ts'

export const aboutGithub = {
  key: 'github',
  name: 'GitHub',
  choice: 'GitHub',
  isForge: true,
  // The second is for ssh by way of port 443.
  hosts: ['github.com', 'ssh.github.com'],
  pullRequest: 'pull request',
  hasComments: true,
  tokenUser: 'git',
  webhookEvents: ['push', 'pull_request'],
  webhookSetup: {
    is: 'steps',
    steps: [
      'In the repository on GitHub, open *Settings → Webhooks → Add webhook*.',
      'Payload URL: the address above. Content type: `application/json`. Secret: the webhook secret.',
      'Choose *Let me select individual events* and tick *Pushes* (tags are among these) and *Pull requests*.',
      '*Add webhook*. GitHub sends a ping at once, which then is listed below.',
    ],
  },
} as const satisfies AboutProvider
