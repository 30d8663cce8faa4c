import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'

type NoInstallPageProps = {
  shell: Shell
  status: number
  title: string
  /** What happened, and whom to ask. */
  message: string
}

/** What a tester finds behind an install link that leads to no app: nothing here is for them. */
export const NoInstallPage = ({ shell, status, title, message }: NoInstallPageProps) => (
  <Page shell={shell} title={title} width="narrow" bare={true}>
    <div class="error-page">
      <p class="error-status num">{status}</p>
      <h1>{title}</h1>
      <p class="lead">{message}</p>
    </div>
  </Page>
)
