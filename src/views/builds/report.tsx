import type { Build } from '../../core/builds/build.ts'
import type { Comment } from '../../core/comments/comment.ts'
import { aboutProvider } from '../../core/repositories/repository.ts'
import { type CommitCheck, isTold, type StatusReport } from '../../core/statuses/status.ts'
import type { Millis } from '../../lib/clock.ts'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { PostButton } from '../ui/form.tsx'
import { Code, Theirs } from '../ui/text.tsx'
import { Ago, Lasting } from '../ui/time.tsx'

type ReportSectionProps = {
  build: Build
  report: StatusReport
  comment: Comment | null
  may: Shell['may']
  now: Millis
}

/** A part: what the forge was told of this build, and what became of it. */
export const ReportSection = ({ build, report, comment, may, now }: ReportSectionProps) => (
  <section id="build-report" class="section" aria-labelledby="report-title">
    <div class="section-head">
      <h2 id="report-title">Status on {aboutProvider(report.forge).name}</h2>
      {may('build.report') && isForThisBuild(build, report) && (
        <PostButton to={paths.resendStatus(build.id)}>
          {report.check?.toldAt == null ? `Tell ${aboutProvider(report.forge).name}` : 'Tell again'}
        </PostButton>
      )}
    </div>
    <Report build={build} report={report} may={may} now={now} />
    {comment !== null && (
      <CommentFate build={build} comment={comment} forge={report.forge} may={may} now={now} />
    )}
  </section>
)

const isForThisBuild = (build: Build, { silence, check }: StatusReport): boolean =>
  silence === null && (check === null || check.buildId === build.id)

function Report({ build, report, may, now }: Omit<ReportSectionProps, 'comment'>) {
  const { silence, check } = report
  const forge = aboutProvider(report.forge).name
  if (silence !== null) return <Silence build={build} forge={forge} why={silence} may={may} />
  if (check === null) return <p class="muted">{forge} was not told of this build.</p>
  if (check.buildId !== build.id) return <SpokenFor check={check} />
  return (
    <>
      <p class={check.telling === 'given_up' ? 'breakable' : 'breakable muted'}>
        <Fate check={check} forge={forge} now={now} />
      </p>
      <p class="breakable muted">
        <Code>{check.context}</Code>
        {check.toldWay === 'check' ? ', a check with its steps' : ''}:{' '}
        <Theirs>{check.description}</Theirs>
      </p>
    </>
  )
}

type SilenceProps = {
  build: Build
  forge: string
  why: 'token' | 'draft'
  may: Shell['may']
}

const Silence = ({ build, forge, why, may }: SilenceProps) =>
  why === 'draft' ? (
    <p class="muted">{forge} is not told of builds that use a draft.</p>
  ) : (
    <p class="muted">
      {forge} is not told: the repository has no token. Its{' '}
      {may('repository.change') ? (
        <a href={paths.repository(build.repositoryId, 'settings')}>settings</a>
      ) : (
        'settings'
      )}{' '}
      take one as the password.
    </p>
  )

const SpokenFor = ({ check }: { check: CommitCheck }) => (
  <p class="breakable muted">
    <a href={paths.build(check.buildId)}>Build #{check.buildNumber}</a>, which is newer, speaks for{' '}
    <Code>{check.context}</Code> of this commit.
  </p>
)

type FateProps = { check: CommitCheck; forge: string; now: Millis }

function Fate({ check, forge, now }: FateProps) {
  const { telling, lastError, toldAt, nextTryAt } = check
  if (isTold(check) && toldAt !== null) {
    return (
      <>
        {forge} was told <Ago at={toldAt} now={now} />.
      </>
    )
  }
  if (lastError === null) return <>{forge} is told now. Reload the page to see what came of it.</>
  return (
    <>
      {forge} could not be told: <Theirs>{lastError}</Theirs>{' '}
      <NextTry at={telling === 'given_up' ? null : nextTryAt} now={now} />
    </>
  )
}

type CommentFateProps = {
  build: Build
  comment: Comment
  forge: StatusReport['forge']
  may: Shell['may']
  now: Millis
}

/** What became of the comment of its pull request. */
const CommentFate = ({ build, comment, forge, may, now }: CommentFateProps) => (
  <div class="section-head">
    <p class={comment.telling === 'given_up' ? 'breakable' : 'breakable muted'}>
      <CommentWords comment={comment} forge={forge} now={now} />
    </p>
    {may('build.report') && (
      <PostButton to={paths.resendComment(build.id)}>Comment again</PostButton>
    )}
  </div>
)

function CommentWords({ comment, forge, now }: Omit<CommentFateProps, 'build' | 'may'>) {
  const { number, telling, toldAt, lastError, nextTryAt, isGone } = comment
  const { pullRequest } = aboutProvider(forge)
  const what = `${pullRequest === 'merge request' ? 'Merge request !' : 'Pull request #'}${number}`
  if (isGone && lastError !== null) {
    return (
      <>
        {what}: {lastError}
      </>
    )
  }
  if (lastError !== null) {
    return (
      <>
        {what} could not be commented: <Theirs>{lastError}</Theirs>{' '}
        <NextTry at={telling === 'given_up' ? null : nextTryAt} now={now} />
      </>
    )
  }
  if (toldAt === null) return <>{what} is commented now.</>
  return (
    <>
      {what} was commented <Ago at={toldAt} now={now} />, on commit{' '}
      <Code>{comment.commitSha.slice(0, 8)}</Code>.
    </>
  )
}

const NextTry = ({ at, now }: { at: Millis | null; now: Millis }) => (
  <>
    {at === null ? (
      'It is not tried again by itself.'
    ) : at > now ? (
      <>
        The next try is in <Lasting ms={at - now} />.
      </>
    ) : (
      'It is tried again now.'
    )}
  </>
)
