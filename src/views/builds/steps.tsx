import type { BuildDetail } from '../../core/builds/build.ts'
import { type Step, isStepFinished, stepKey } from '../../core/steps/step.ts'
import type { Millis } from '../../lib/clock.ts'
import { paths } from '../paths.ts'
import { AllowedFailureIcon, StatusIcon } from '../ui/status.tsx'
import { Theirs, plain } from '../ui/text.tsx'
import { Lasting } from '../ui/time.tsx'

type StepListProps = { detail: BuildDetail; chosen: string; now: Millis }

/** A part: the steps in order, each with its state and its share of the time. */
export const StepList = ({ detail: { build, steps }, chosen, now }: StepListProps) => {
  const longest = Math.max(1, ...steps.map((step) => stepMs(step, now) ?? 0))
  return (
    <nav id="step-list" class="steps" aria-label="Steps">
      <ol>
        {steps.map((step) => (
          <StepRow buildId={build.id} step={step} chosen={chosen} longest={longest} now={now} />
        ))}
      </ol>
    </nav>
  )
}

type StepRowProps = { buildId: string; step: Step; chosen: string; longest: number; now: Millis }

function StepRow({ buildId, step, chosen, longest, now }: StepRowProps) {
  const key = stepKey(step)
  const ms = stepMs(step, now)
  const href = paths.buildStep(buildId, { step: key })
  return (
    <li>
      <a
        href={href}
        aria-current={key === chosen ? 'true' : undefined}
        data-status={step.ignoredFailure ? 'allowed' : step.status}
        hx-get={href}
        hx-target="#build-log"
        hx-select="#build-log"
        hx-select-oob={alsoShown}
        hx-swap="outerHTML"
        hx-push-url="true"
      >
        {step.ignoredFailure ? <AllowedFailureIcon /> : <StatusIcon status={step.status} />}
        <span class="step-name" title={plain(step.name)}>
          <Theirs>{step.name}</Theirs>
          {step.ignoredFailure && <span class="step-note">failed, which is allowed here</span>}
        </span>
        <span class="step-time num">
          {ms !== null && <Lasting ms={ms} ticks={!isStepFinished(step.status)} />}
        </span>
        {ms !== null && (
          <svg
            class={`bar ${step.ignoredFailure ? 'caution' : step.status}`}
            viewBox="0 0 100 2"
            preserveAspectRatio="none"
            aria-hidden="true"
          >
            <rect width={String(Math.max(1, Math.round((100 * ms) / longest)))} height="2" />
          </svg>
        )}
      </a>
    </li>
  )
}

/** The build may have gone on or ended meanwhile, and the connection that would tell is replaced. */
const alsoShown = ['#step-list', '#build-header', '#build-tests', '#artifact-list']
  .map((part) => `${part}:outerMorph`)
  .join(',')

const stepMs = (step: Step, now: Millis): number | null =>
  step.startedAt === null ? null : Math.max(0, (step.finishedAt ?? now) - step.startedAt)
