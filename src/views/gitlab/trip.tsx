import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { ButtonLink } from '../ui/form.tsx'
import { safeUrl } from '../ui/link.ts'
import { NoticeBox } from '../ui/notice.tsx'
import { Theirs } from '../ui/text.tsx'

type SetOutPageProps = { shell: Shell; instance: string; address: string }

/**
 * The last page before GitLab's: a form of ours may lead to no other host (the policy of pages), a
 * page may.
 */
export const SetOutPage = ({ shell, instance, address }: SetOutPageProps) => {
  const href = safeUrl(address) ?? paths.gitlab()
  return (
    <Page shell={shell} title="On to GitLab" width="narrow">
      <h1>On to GitLab</h1>
      <p>
        <Theirs>{instance}</Theirs> asks you to authorize Oore, and then sends you back here.
      </p>
      <div class="actions">
        <ButtonLink href={href} kind="primary">
          Continue
        </ButtonLink>
      </div>
    </Page>
  )
}

type ComeBackPageProps = {
  shell: Shell
  instance: string | null
  /** How it ended: `text` is a sentence. */
  end: { is: 'connected'; username: string | null } | { is: 'failed'; text: string }
}

/** What came of the trip to GitLab, for who may not be signed in here. */
export const ComeBackPage = ({ shell, instance, end }: ComeBackPageProps) =>
  end.is === 'connected' ? (
    <Page shell={shell} title="GitLab is connected" width="narrow">
      <h1>GitLab is connected</h1>
      <NoticeBox kind="success">
        <Theirs>
          {`${instance ?? 'GitLab'} is connected${end.username === null ? '' : ` as @${end.username}`}.`}
        </Theirs>
      </NoticeBox>
      <p>
        Next, enable the projects that are to be built. A terminal that waits goes on by itself.
      </p>
      <div class="actions">
        <ButtonLink href={paths.gitlab()} kind="primary">
          Choose projects
        </ButtonLink>
      </div>
    </Page>
  ) : (
    <Page shell={shell} title="GitLab was not connected" width="narrow">
      <h1>GitLab was not connected</h1>
      <NoticeBox kind="error">
        <Theirs>{end.text}</Theirs>
      </NoticeBox>
      <div class="actions">
        <ButtonLink href={paths.gitlab()} kind="primary">
          Begin again
        </ButtonLink>
      </div>
    </Page>
  )
