import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { Theirs } from '../ui/text.tsx'

type GoOnPageProps = {
  shell: Shell
  /** Of the forge. */
  name: string
  url: string
}

/** Leads on to a forge, where somebody signs in and comes back from. */
export const GoOnPage = ({ shell, name, url }: GoOnPageProps) => (
  <Page shell={shell} title="Going on" width="narrow" leadsTo={url} bare>
    <div class="login">
      <h1>
        Going on to <Theirs>{name}</Theirs>…
      </h1>
      <p>
        <a class="button button-primary" href={url}>
          Go on
        </a>
      </p>
    </div>
  </Page>
)
