import { kindNames } from '../../core/credentials/credential.ts'
import type { Overview } from '../../core/overview/overview.ts'
import type { Millis } from '../../lib/clock.ts'
import { durationText } from '../../lib/sizes.ts'
import { BuildRows } from '../builds/rows.tsx'
import { buildTitle, pullRequestName } from '../builds/words.ts'
import { Page } from '../layout/page.tsx'
import type { Shell } from '../layout/shell.ts'
import { paths } from '../paths.ts'
import { Expiry } from '../signing/expiry.tsx'
import { Live } from '../ui/live.tsx'
import { Status, StatusIcon } from '../ui/status.tsx'
import { Middle, Theirs } from '../ui/text.tsx'
import { Ago } from '../ui/time.tsx'
import { Checklist } from './checklist.tsx'
import { Sparkline } from './sparkline.tsx'

type DashboardPageProps = { shell: Shell; overview: Overview; now: Millis }

const refreshSeconds = 15

/** The state of the work: what needs attention first, then what runs, then how it goes. */
export const DashboardPage = ({ shell, overview, now }: DashboardPageProps) => (
  <Page shell={shell} title="Dashboard" {...(overview.active.length > 0 ? { refreshSeconds } : {})}>
    <Live id="overview" path={paths.dashboard()} lively={overview.active.length > 0}>
      <header class="page-head">
        <h1>Dashboard</h1>
        <Statistics statistics={overview.statistics} />
      </header>
      {shell.may('repository.add') && (
        <Checklist checklist={overview.checklist} mayConnect={shell.may('connection.change')} />
      )}
      <Approvals approvals={overview.approvals} may={shell.may} now={now} />
      <Expiring expiring={overview.expiring} now={now} />
      <Failing failing={overview.failing} now={now} />
      {overview.active.length > 0 && (
        <section class="section" aria-labelledby="active-title">
          <h2 id="active-title">Running and waiting</h2>
          <BuildRows builds={overview.active} now={now} caption="Running and waiting" />
        </section>
      )}
      {overview.recent.length > 0 && (
        <section class="section" aria-labelledby="recent-title">
          <div class="section-head">
            <h2 id="recent-title">Finished</h2>
            <a href={paths.builds()}>All builds</a>
          </div>
          <BuildRows builds={overview.recent} now={now} caption="Newest finished builds" />
        </section>
      )}
      <RepositoryHealth repositories={overview.repositories} now={now} />
    </Live>
  </Page>
)

const Statistics = ({ statistics }: { statistics: Overview['statistics'] }) =>
  statistics.finished === 0 ? null : (
    <dl class="statistics" aria-label="Last 30 days">
      <div>
        <dt>Success rate</dt>
        <dd class="num">{percent(statistics.successRate)}</dd>
      </div>
      <div>
        <dt>Median build</dt>
        <dd class="num">
          {statistics.medianDurationMs === null ? '—' : durationText(statistics.medianDurationMs)}
        </dd>
      </div>
      <div>
        <dt>Succeeded or failed in 30 days</dt>
        <dd class="num">{statistics.finished.toLocaleString('en')}</dd>
      </div>
    </dl>
  )

const Expiring = ({ expiring, now }: { expiring: Overview['expiring']; now: Millis }) =>
  expiring.length === 0 ? null : (
    <section class="section attention" aria-labelledby="expiring-title">
      <h2 id="expiring-title">Expires soon</h2>
      <ul>
        {expiring.slice(0, expiringShown).map(({ kind, id, name, expiresAt }) => (
          <li>
            <Expiry at={expiresAt} now={now} />
            <div class="grow">
              <a href={paths.credential(kind, id)}>
                The {kindNames[kind]} <Theirs>{name}</Theirs>
              </a>
            </div>
          </li>
        ))}
      </ul>
      {expiring.length > expiringShown && <a href={paths.signingCalendar()}>All that expires</a>}
    </section>
  )

/** More than that is for the calendar. */
const expiringShown = 5

const percent = (rate: number | null): string =>
  rate === null ? '—' : `${(100 * rate).toFixed(rate === 1 ? 0 : 1)} %`

const Failing = ({ failing, now }: { failing: Overview['failing']; now: Millis }) =>
  failing.length === 0 ? null : (
    <section class="section attention" aria-labelledby="attention-title">
      <h2 id="attention-title">Needs attention</h2>
      <ul>
        {failing.map(({ repository, build }) => (
          <li>
            <StatusIcon status={build.status} />
            <div class="grow">
              <a href={paths.build(build.id)}>
                <Theirs>{repository.fullName}</Theirs> fails on{' '}
                <code>
                  <Middle>{repository.defaultBranch}</Middle>
                </code>
              </a>
              <p class="muted">
                #{build.number}{' '}
                <Theirs>{firstLineOf(build.errorMessage ?? buildTitle(build))}</Theirs>
              </p>
            </div>
            <Ago at={build.finishedAt ?? build.queuedAt} now={now} />
          </li>
        ))}
      </ul>
    </section>
  )

type ApprovalsProps = { approvals: Overview['approvals']; may: Shell['may']; now: Millis }

/** Commits of forks that wait for somebody to look at them. */
const Approvals = ({ approvals, may, now }: ApprovalsProps) =>
  approvals.length === 0 ? null : (
    <section class="section attention attention-asks" aria-labelledby="approvals-title">
      <h2 id="approvals-title">Needs approval</h2>
      <ul>
        {approvals.map(({ build, count }) => (
          <li>
            <StatusIcon status={build.status} />
            <div class="grow">
              <a href={may('build.approve') ? paths.approval(build.id) : paths.build(build.id)}>
                {pullRequestName(build)} of <Theirs>{build.repository}</Theirs>, from{' '}
                <Theirs>{build.fork?.name ?? 'a fork that is deleted'}</Theirs>
              </a>
              <p class="muted">
                {count === 1 ? '1 build waits: ' : `${count} builds wait: `}
                <Theirs>{buildTitle(build)}</Theirs>
              </p>
            </div>
            <Ago at={build.queuedAt} now={now} />
          </li>
        ))}
      </ul>
    </section>
  )

const firstLineOf = (text: string): string => text.split('\n', 1)[0] ?? ''

type RepositoryHealthProps = { repositories: Overview['repositories']; now: Millis }

const RepositoryHealth = ({ repositories, now }: RepositoryHealthProps) =>
  repositories.length === 0 ? null : (
    <section class="section" aria-labelledby="repositories-title">
      <div class="section-head">
        <h2 id="repositories-title">Repositories</h2>
        <a href={paths.repositories()}>All repositories</a>
      </div>
      <table class="rows health">
        <caption class="sr-only">Repositories with their last 20 builds</caption>
        <thead>
          <tr>
            <th>Last build</th>
            <th>Repository</th>
            <th>Last 20</th>
            <th class="right">When</th>
          </tr>
        </thead>
        <tbody>
          {repositories.map(({ repository, builds }) => (
            <tr>
              <td>
                {builds[0] === undefined ? (
                  <span class="muted">None</span>
                ) : (
                  <Status status={builds[0].status} />
                )}
              </td>
              <td class="what">
                <a href={paths.repository(repository.id)}>
                  <Theirs>{repository.fullName}</Theirs>
                </a>
              </td>
              <td>{builds.length > 0 && <Sparkline builds={builds} now={now} />}</td>
              <td class="right">
                {builds[0] !== undefined && <Ago at={builds[0].queuedAt} now={now} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
