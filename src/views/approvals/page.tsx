import type { ApprovalRequest } from '../../core/approvals/approval.ts'
import type { Build } from '../../core/builds/build.ts'
import type { FieldError } from '../../lib/errors.ts'
import type { Millis } from '../../lib/clock.ts'
import { buildTitle, configurationOf, pullRequestName } from '../builds/words.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Copy } from '../ui/copy.tsx'
import { Button, Form, FormProblems } from '../ui/form.tsx'
import { OutLink } from '../ui/out-link.tsx'
import { NoticeBox } from '../ui/notice.tsx'
import { statusWords } from '../ui/status.tsx'
import { Code, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { ChangesPart } from './changes.tsx'

type ApprovalPageProps = {
  shell: Shell
  request: ApprovalRequest
  errors: readonly FieldError[]
  now: Millis
}

/** Asks whether a fork's commit may run here, and shows what whoever answers has to know. */
export const ApprovalPage = ({ shell, request, errors, now }: ApprovalPageProps) => {
  const { build } = request
  const waits = build.status === 'waiting_approval'
  return (
    <Page
      shell={shell}
      title={`Approval of #${build.number}`}
      crumbs={[
        { name: 'Builds', href: paths.builds() },
        { name: `${build.repository} #${build.number}`, href: paths.build(build.id) },
        { name: 'Approval' },
      ]}
    >
      <FormProblems errors={errors} />
      <header class="page-head">
        <div class="grow">
          <h1>{waits ? 'May this commit run here?' : 'This commit does not wait any more'}</h1>
          <p class="breakable">
            <Theirs>{buildTitle(build)}</Theirs>
          </p>
        </div>
      </header>
      <Who build={build} />
      {waits ? <Meaning /> : <Settled request={request} now={now} />}
      {waits && <Starts request={request} />}
      <ChangesPart request={request} />
      {waits && <Answer request={request} />}
    </Page>
  )
}

const Who = ({ build }: { build: Build }) => (
  <dl class="pairs">
    <dt>Pull request</dt>
    <dd>
      <OutLink href={build.fork?.pullRequestUrl ?? null}>{pullRequestName(build)}</OutLink> into{' '}
      <Code>{build.pullRequestTarget ?? ''}</Code> of{' '}
      <a href={paths.repository(build.repositoryId)}>
        <Theirs>{build.repository}</Theirs>
      </a>
    </dd>
    <dt>From</dt>
    <dd>
      {build.fork?.name == null ? (
        'a fork that is deleted'
      ) : (
        <OutLink href={build.fork.url}>{build.fork.name}</OutLink>
      )}
      {build.branch !== null && (
        <>
          , branch <Code>{build.branch}</Code>
        </>
      )}
    </dd>
    {build.fork?.author != null && (
      <>
        <dt>Opened by</dt>
        <dd>
          <Theirs>{build.fork.author}</Theirs>
        </dd>
      </>
    )}
    <dt>Commit</dt>
    <dd>
      <code class="breakable">{build.commitSha}</code>
      <Copy text={build.commitSha} label="Copy the whole commit SHA" />
    </dd>
    <dt>Its author says</dt>
    <dd>
      <Theirs>{build.commitAuthor ?? 'nothing'}</Theirs>{' '}
      <span class="muted">Anybody can write any name into a commit.</span>
    </dd>
    <dt>Checked out as</dt>
    <dd>
      {build.mergeCommitSha === null ? (
        'the commit by itself'
      ) : (
        <>
          its merge <code class="breakable">{build.mergeCommitSha}</code>
        </>
      )}
    </dd>
  </dl>
)

const Meaning = () => (
  <NoticeBox kind="warning">
    <p>
      Approving runs the code of this commit on the machine of the runner, as the user that the
      runner is: it can read what that user can read, use the network, and leave something behind.
      Read what it changes first.
    </p>
    <p>
      It gets no variable groups, no secrets, no signing files and no cache of other builds, and it
      publishes nothing. The approval is for this commit only: a new push asks again.
    </p>
  </NoticeBox>
)

/** What was said, or why nobody is asked any more. */
const Settled = ({
  request: { build, approval },
  now,
}: {
  request: ApprovalRequest
  now: Millis
}) => (
  <NoticeBox kind="info">
    {approval !== null && (
      <p>
        {approval.verdict === 'approved' ? 'Approved' : 'Denied'} by <Theirs>{approval.by}</Theirs>,{' '}
        <Ago at={approval.at} now={now} />.
      </p>
    )}
    <p>
      <a href={paths.build(build.id)}>Build #{build.number}</a>:{' '}
      {statusWords[build.status].toLowerCase()}.
    </p>
    {build.errorMessage !== null && (
      <p class="breakable">
        <Theirs>{build.errorMessage}</Theirs>
      </p>
    )}
  </NoticeBox>
)

const Starts = ({ request: { waiting, configuration, build } }: { request: ApprovalRequest }) => (
  <section class="section" aria-labelledby="starts-title">
    <h2 id="starts-title">
      What starts <span class="count num">{waiting.length}</span>
    </h2>
    <p class="muted">{configurationOf(build, configuration.fileName)}</p>
    <ul class="plain-list">
      {waiting.map((each) => (
        <li>
          <a href={paths.build(each.id)}>
            #{each.number} <Theirs>{each.workflowName}</Theirs>
          </a>
        </li>
      ))}
    </ul>
  </section>
)

const Answer = ({ request: { build, waiting, changes } }: { request: ApprovalRequest }) => (
  <section class="section" aria-labelledby="answer-title">
    <h2 id="answer-title">Your answer</h2>
    {changes.is === 'unknown' && (
      <p>What it changes could not be read here. Look at the pull request before you approve it.</p>
    )}
    <Form to={paths.approveBuild(build.id)} class="stack">
      <input type="hidden" name="commit" value={build.commitSha} />
      <p>
        {waiting.length === 1 ? 'One build starts' : `${waiting.length} builds start`}, of commit{' '}
        <code>{build.commitSha.slice(0, 12)}</code> and of no other.
      </p>
      <div class="actions">
        <Button kind="primary">Approve this commit</Button>
        <Button kind="danger" to={paths.denyBuild(build.id)}>
          Deny
        </Button>
      </div>
    </Form>
  </section>
)
