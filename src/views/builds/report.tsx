import type { Build } from '../../core/builds/build.ts'
import { aboutProvider } from '../../core/repositories/repository.ts'
import { type CommitCheck, isTold, type StatusReport } from '../../core/statuses/status.ts'
import type { Millis } from '../../lib/clock.ts'
import { paths } from '../paths.ts'
import { PostButton } from '../ui/form.tsx'
import { Code, Theirs } from '../ui/text.tsx'
import { Ago, Lasting } from '../ui/time.tsx'

type ReportSectionProps = { build: Build; report: StatusReport; now: Millis }

/** A part: what the forge was told of this build, and what became of it. */
export const ReportSection = ({ build, report, now }: ReportSectionProps) => (
  <section id="build-report" class="section" aria-labelledby="report-title">
    <div class="section-head">
      <h2 id="report-title">Status on {aboutProvider(report.forge).name}</h2>
      {isForThisBuild(build, report) && (
        <PostButton to={paths.resendStatus(build.id)}>
          {report.check?.toldAt == null ? `Tell ${aboutProvider(report.forge).name}` : 'Tell again'}
        </PostButton>
      )}
    </div>
    <Report build={build} report={report} now={now} />
  </section>
)

const isForThisBuild = (build: Build, { silence, check }: StatusReport): boolean =>
  silence === null && (check === null || check.buildId === build.id)

function Report({ build, report, now }: ReportSectionProps) {
  const { silence, check } = report
  const forge = aboutProvider(report.forge).name
  if (silence !== null) return <Silence build={build} forge={forge} why={silence} />
  if (check === null) return <p class="muted">{forge} was not told of this build.</p>
  if (check.buildId !== build.id) return <SpokenFor check={check} />
  return (
    <>
      <p class={check.telling === 'given_up' ? 'breakable' : 'breakable muted'}>
        <Fate check={check} forge={forge} now={now} />
      </p>
      <p class="breakable muted">
        <Code>{check.context}</Code>: <Theirs>{check.description}</Theirs>
      </p>
    </>
  )
}

type SilenceProps = { build: Build; forge: string; why: 'token' | 'draft' }

const Silence = ({ build, forge, why }: SilenceProps) =>
  why === 'draft' ? (
    <p class="muted">{forge} is not told of builds that use a draft.</p>
  ) : (
    <p class="muted">
      {forge} is not told: the repository has no token. Its{' '}
      <a href={paths.repository(build.repositoryId, 'settings')}>settings</a> take one as the
      password.
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
      {telling === 'given_up' || nextTryAt === null ? (
        'It is not tried again by itself.'
      ) : nextTryAt > now ? (
        <>
          The next try is in <Lasting ms={nextTryAt - now} />.
        </>
      ) : (
        'It is tried again now.'
      )}
    </>
  )
}
