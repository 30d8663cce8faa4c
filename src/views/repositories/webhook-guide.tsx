import type { Provider } from '../../core/repositories/repository.ts'
import { Source } from '../ui/source.tsx'
import { postReceiveHook } from './hook.ts'

type WebhookGuideProps = { provider: Provider; url: string; secret: string | null }

/** How the webhook is set up where the code is, in that forge's own words. */
export const WebhookGuide = ({ provider, url, secret }: WebhookGuideProps) => {
  switch (provider) {
    case 'github':
      return <GitHubGuide />
    case 'gitlab':
      return <GitLabGuide />
    case 'git':
      return <HookScript url={url} secret={secret} />
    default:
      return provider satisfies never
  }
}

const GitHubGuide = () => (
  <details class="disclosure">
    <summary>Set it up on GitHub</summary>
    <ol>
      <li>
        In the repository on GitHub, open <strong>Settings → Webhooks → Add webhook</strong>.
      </li>
      <li>
        Payload URL: the address above. Content type: <code>application/json</code>. Secret: the
        webhook secret.
      </li>
      <li>
        Choose <strong>Let me select individual events</strong> and tick <strong>Pushes</strong>{' '}
        (tags are among these) and <strong>Pull requests</strong>.
      </li>
      <li>
        <strong>Add webhook</strong>. GitHub sends a ping at once, which then is listed below.
      </li>
    </ol>
  </details>
)

const GitLabGuide = () => (
  <details class="disclosure">
    <summary>Set it up on GitLab</summary>
    <ol>
      <li>
        In the project on GitLab, open <strong>Settings → Webhooks → Add new webhook</strong>.
      </li>
      <li>URL: the address above. Secret token: the webhook secret.</li>
      <li>
        Tick <strong>Push events</strong>, <strong>Tag push events</strong> and{' '}
        <strong>Merge request events</strong>.
      </li>
      <li>
        <strong>Add webhook</strong>. Its <strong>Test</strong> button sends a push, which then is
        listed below.
      </li>
    </ol>
  </details>
)

const HookScript = ({ url, secret }: Omit<WebhookGuideProps, 'provider'>) => (
  <details class="disclosure">
    <summary>Hook script for your git server</summary>
    <p>
      Save this as <code>hooks/post-receive</code> in the bare repository on the server and make it
      executable with <code>chmod 700</code>, since it holds the secret
      {secret === null && (
        <>
          : put yours in place of <code>WEBHOOK_SECRET</code>
        </>
      )}
      .
    </p>
    <Source text={postReceiveHook(url, secret)} label="post-receive hook" />
  </details>
)
