import { aboutProvider, type Provider } from '../../core/repositories/repository.ts'
import { Source } from '../ui/source.tsx'
import { Marked } from '../ui/text.tsx'
import { postReceiveHook } from './hook.ts'

type WebhookGuideProps = { provider: Provider; url: string; secret: string | null }

/** How the webhook is set up where the code is, in that forge's own words. */
export const WebhookGuide = ({ provider, url, secret }: WebhookGuideProps) => {
  const { name, webhookSetup } = aboutProvider(provider)
  switch (webhookSetup.is) {
    case 'steps':
      return <SetupSteps name={name} steps={webhookSetup.steps} />
    case 'script':
      return <HookScript url={url} secret={secret} />
    default:
      return webhookSetup satisfies never
  }
}

const SetupSteps = ({ name, steps }: { name: string; steps: readonly string[] }) => (
  <details class="disclosure">
    <summary>Set it up on {name}</summary>
    <ol>
      {steps.map((step) => (
        <li>
          <Marked>{step}</Marked>
        </li>
      ))}
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
