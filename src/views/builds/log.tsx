import type { BuildDetail } from '../../core/builds/build.ts'
import { type Step, stepKey } from '../../core/steps/step.ts'
import { sizeText } from '../../lib/sizes.ts'
import { escaped } from '../layout/markup.ts'
import { type StreamFilter, paths } from '../paths.ts'
import { Icon } from '../ui/icon.tsx'
import { StatusIcon } from '../ui/status.tsx'
import { Theirs, plain } from '../ui/text.tsx'

/** A window of one step's log, as the page shows it. */
export type LogView = {
  /** Rows made and escaped by views/log. */
  html: string
  /** The numbers of the first and last row shown; 0 without rows. */
  firstLine: number
  lastLine: number
  /** Null while it is not known. */
  totalLines: number | null
  /** The address with the part before this window; null at the beginning. */
  earlierHref: string | null
  /** The address with the first lines; null where they are shown. */
  firstHref: string | null
  /** The address with the part after this window; null at the end, and while the log grows. */
  laterHref: string | null
  rawHref: string
  streamFilter: StreamFilter
  /** The step is being written now. */
  stepLive: boolean
  /** Where the live stream goes on after these rows. */
  resumeId: string
}

type BuildLogProps = { detail: BuildDetail; chosen: string; log: LogView; live: boolean }

/**
 * A part: the log of the chosen step. While the build lives it holds the page's one connection:
 * unnamed messages are rows for #log-lines, or `<hx-partial>`s for other parts; `end` closes it.
 */
export function BuildLog({ detail: { build, steps }, chosen, log, live }: BuildLogProps) {
  const step = steps.find((one) => stepKey(one) === chosen)
  const connect = paths.liveBuild(build.id, {
    step: chosen,
    stream: log.streamFilter,
    from: log.resumeId,
  })
  return (
    <section
      id="build-log"
      class="log"
      aria-labelledby="log-title"
      {...(live ? { 'hx-sse:connect': connect, 'hx-sse:close': 'end' } : {})}
      hx-target="#log-lines"
      hx-swap="beforeend"
    >
      <div class="log-bar">
        <LogTitle step={step} />
        {step !== undefined && (
          <LogTools buildId={build.id} chosen={chosen} log={log} live={live} />
        )}
      </div>
      <StepOutcome step={step} />
      {log.earlierHref !== null && <LogPlace log={log} earlierHref={log.earlierHref} />}
      {live && (
        <a class="log-earlier" href={log.rawHref} data-log-dropped="" hidden={true}>
          Earlier lines have left this page: they are in the raw log
        </a>
      )}
      <div
        id="log-lines"
        class="log-lines"
        data-digits={digitsOf(log.lastLine)}
        role="log"
        aria-label="Output"
        aria-live="off"
        tabindex={0}
      >
        {escaped(log.html)}
      </div>
      {log.laterHref !== null && (
        <a class="log-earlier" href={log.laterHref}>
          Lines after {log.lastLine.toLocaleString('en')}
        </a>
      )}
      <LogFoot step={step} log={log} />
    </section>
  )
}

/** Where a window that does not begin with the log stands in it, and the ways to what is before. */
const LogPlace = ({ log, earlierHref }: { log: LogView; earlierHref: string }) => (
  <p class="log-place">
    {!log.stepLive && (
      <span class="num">
        Lines {log.firstLine.toLocaleString('en')}–{log.lastLine.toLocaleString('en')}
        {log.totalLines !== null && ` of ${log.totalLines.toLocaleString('en')}`}
      </span>
    )}
    {log.firstHref !== null && <a href={log.firstHref}>First lines</a>}
    <a href={earlierHref}>Lines before {log.firstLine.toLocaleString('en')}</a>
  </p>
)

/** The column of line numbers has room for four or five digits; more are told to the stylesheet. */
const digitsOf = (lastLine: number): string | undefined =>
  lastLine > 9999 ? String(String(lastLine).length) : undefined

const streams: { stream: StreamFilter; name: string }[] = [
  { stream: 'all', name: 'All output' },
  { stream: 'stdout', name: 'stdout' },
  { stream: 'stderr', name: 'stderr' },
]

type LogToolsProps = { buildId: string; chosen: string; log: LogView; live: boolean }

const LogTools = ({ buildId, chosen, log, live }: LogToolsProps) => (
  <div class="log-tools">
    <nav class="segments" aria-label="Output shown">
      {streams.map(({ stream, name }) => (
        <a
          href={paths.buildStep(buildId, { step: chosen, stream })}
          aria-current={stream === log.streamFilter ? 'true' : undefined}
        >
          {name}
        </a>
      ))}
    </nav>
    <div class="log-switches js-only">
      <button type="button" data-log="times" aria-keyshortcuts="t" title="Timestamps (t)">
        <Icon name="clock" />
        <span data-log-times-name="">No times</span>
      </button>
      <button type="button" data-log="wrap" aria-pressed="true" title="Wrap long lines (w)">
        Wrap
      </button>
      {live && (
        <button type="button" data-log="follow" aria-pressed="false" title="Follow the end (f)">
          Follow
        </button>
      )}
      <button type="button" data-log="error" title="Next error (e)">
        Next error
      </button>
      <button
        type="button"
        data-log="full"
        aria-pressed="false"
        aria-label="Full screen"
        title="Full screen"
      >
        <Icon name="expand" />
      </button>
    </div>
    <a class="log-raw" href={log.rawHref}>
      Raw
    </a>
  </div>
)

/** A part: the name of the chosen step and how it stands. */
export const LogTitle = ({ step }: { step: Step | undefined }) => (
  <h2 id="log-title" title={plain(step?.name ?? '')}>
    {step !== undefined && <StatusIcon status={step.status} />}
    <Theirs>{step?.name ?? 'Log'}</Theirs>
  </h2>
)

/** A part: why the step ended as it did, where its log does not say. Empty while there is nothing. */
export const StepOutcome = ({ step }: { step: Step | undefined }) => (
  <p id="log-outcome" class="log-outcome">
    {step === undefined ? '' : outcomeWords(step).join(' ')}
  </p>
)

type LogEmptyProps = { step: Step | undefined; stream: StreamFilter }

/** A part: why there is no row, shown where there is none. */
export const LogEmpty = ({ step, stream }: LogEmptyProps) => (
  <span id="log-empty">{emptyWords(step, stream)}</span>
)

/** A part: how much the step said, which is known once it has ended. */
export const LogSize = ({ step }: { step: Step | undefined }) => {
  const bytes = step === undefined ? 0 : step.stdoutBytes + step.stderrBytes
  return (
    <span id="log-size" class="num">
      {bytes > 0 && sizeText(bytes)}
    </span>
  )
}

const LogFoot = ({ step, log }: { step: Step | undefined; log: LogView }) => (
  <p class="log-foot">
    {/* The stylesheet shows one of the two: rows may come when the page has long been drawn. */}
    <LogEmpty step={step} stream={log.streamFilter} />
    <span class="log-range num">
      Lines <span data-log-first="">{log.firstLine.toLocaleString('en')}</span>–
      <span data-log-last="">{log.lastLine.toLocaleString('en')}</span>
      {log.totalLines !== null &&
        log.lastLine > 0 &&
        !log.stepLive &&
        ` of ${log.totalLines.toLocaleString('en')}`}
    </span>
    <LogSize step={step} />
    <button type="button" class="new-lines" data-log="end" hidden={true}>
      New lines
    </button>
  </p>
)

function outcomeWords(step: Step): string[] {
  const words: string[] = []
  if (step.errorMessage !== null) words.push(step.errorMessage)
  else if (step.signal !== null) words.push(`Ended by ${step.signal}.`)
  else if (step.exitCode !== null && step.exitCode !== 0) {
    words.push(`Ended with exit code ${step.exitCode}.`)
  }
  if (step.ignoredFailure) words.push('This step may fail: the build went on.')
  if (step.logTruncated) words.push('The log was too long: its middle is left out.')
  return words
}

function emptyWords(step: Step | undefined, stream: StreamFilter): string {
  if (step === undefined) return 'This build has no steps yet. They appear here as it starts.'
  if (step.status === 'running') return 'Nothing printed yet.'
  if (step.status === 'pending') return 'This step has not started.'
  if (step.status === 'skipped' && step.startedAt === null)
    return 'This step was skipped, because an earlier one decided the build.'
  return stream === 'all' ? 'This step printed nothing.' : `This step printed nothing to ${stream}.`
}
