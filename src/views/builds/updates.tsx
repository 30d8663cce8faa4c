import type { Child } from '#jsx/jsx-runtime'
import type { BuildDetail } from '../../core/builds/build.ts'
import { stepKey } from '../../core/steps/step.ts'
import type { Millis } from '../../lib/clock.ts'
import { ArtifactList } from '../artifacts/list.tsx'
import type { Shell } from '../layout/shell.ts'
import type { StreamFilter } from '../paths.ts'
import { TestSection } from '../tests/section.tsx'
import { BuildHeader } from './header.tsx'
import { LogEmpty, LogSize, LogTitle, StepOutcome } from './log.tsx'
import { ReportSection } from './report.tsx'
import { StepList } from './steps.tsx'

type BuildUpdateProps = {
  detail: BuildDetail
  chosen: string
  /** What the page shows of the log. */
  stream: StreamFilter
  /** Have tests been reported since the last message? */
  withTests: boolean
  /** What this reader may do, as the page's shell knows it. */
  may: Shell['may']
  now: Millis
}

/**
 * Every part of the build's page that changes as it runs, as one message of the live stream. Rows
 * of the log travel apart: they are sent as they are and land at the end of `#log-lines`.
 */
export const BuildUpdate = ({ detail, chosen, stream, withTests, may, now }: BuildUpdateProps) => {
  const step = detail.steps.find((one) => stepKey(one) === chosen)
  return (
    <>
      <Partial id="build-header">
        <BuildHeader detail={detail} may={may} now={now} />
      </Partial>
      <Partial id="step-list">
        <StepList detail={detail} chosen={chosen} now={now} />
      </Partial>
      <Partial id="log-title">
        <LogTitle step={step} />
      </Partial>
      <Partial id="log-outcome">
        <StepOutcome step={step} />
      </Partial>
      <Partial id="log-empty">
        <LogEmpty step={step} stream={stream} />
      </Partial>
      <Partial id="log-size">
        <LogSize step={step} />
      </Partial>
      {withTests && (
        <Partial id="build-tests">
          <TestSection build={detail.build} tests={detail.tests} />
        </Partial>
      )}
      <Partial id="artifact-list">
        <ArtifactList
          build={detail.build}
          artifacts={detail.artifacts}
          mayShare={may('artifact.share')}
        />
      </Partial>
      {detail.report !== null && (
        <Partial id="build-report">
          <ReportSection
            build={detail.build}
            report={detail.report}
            comment={detail.comment}
            may={may}
            now={now}
          />
        </Partial>
      )}
    </>
  )
}

/** What htmx makes of an `<hx-partial>`: the content replaces the element with this id. */
const Partial = ({ id, children }: { id: string; children: Child }) => (
  <template {...{ hx: '', type: 'partial' }} hx-target={`#${id}`} hx-swap="outerMorph">
    {children}
  </template>
)
