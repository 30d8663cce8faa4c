import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Copy } from '../ui/copy.tsx'
import { ButtonLink } from '../ui/form.tsx'
import { Theirs } from '../ui/text.tsx'

type ErrorPageProps = {
  shell: Shell
  status: number
  title: string
  /** A sentence to the reader: what happened and what to do. */
  message: string
  requestId: string
  /** Things that may have been meant. */
  near?: { name: string; href: string }[]
}

/** Any answer that is not the page asked for. */
export const ErrorPage = ({
  shell,
  status,
  title,
  message,
  requestId,
  near = [],
}: ErrorPageProps) => (
  <Page shell={shell} title={title} width="narrow">
    <div class="error-page">
      <p class="error-status num">{status}</p>
      <h1>{title}</h1>
      <p class="lead lines">
        <Theirs>{message}</Theirs>
      </p>
      {near.length > 0 && (
        <>
          <h2>Did you mean</h2>
          <ul class="near">
            {near.map((one) => (
              <li>
                <a href={one.href}>
                  <Theirs>{one.name}</Theirs>
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      <div class="actions">
        {status === 401 ? (
          <ButtonLink href={paths.login(shell.path)} kind="primary">
            Sign in
          </ButtonLink>
        ) : (
          <ButtonLink href={paths.dashboard()}>To the dashboard</ButtonLink>
        )}
      </div>
      <p class="request-id">
        Request <code>{requestId}</code>
        <Copy text={requestId} label="Copy the request id" />
      </p>
    </div>
  </Page>
)
