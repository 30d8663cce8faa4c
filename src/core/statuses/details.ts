import type { CheckConclusion, CheckDetails } from '../../scm/contract.ts'
import { durationText, KiB } from '../../lib/sizes.ts'
import { codeBlock, codeText, fitted, plainText, table } from '../../lib/markdown.ts'
import { type Build } from '../builds/build.ts'
import { buildOf } from '../builds/find.ts'
import type { Ctx } from '../ctx.ts'
import { decisiveLines } from '../logs/decisive.ts'
import { buildPage } from '../outbox/pages.ts'
import { failedTests } from '../outbox/tests.ts'
import type { Step, StepStatus } from '../steps/step.ts'
import { stepKey } from '../steps/step.ts'
import { stepsOf } from '../steps/list.ts'
import { summariseTests } from '../tests/summarise.ts'
import type { Due } from './send.ts'
import { isEnd } from './status.ts'

/** GitHub takes 65,535 characters of a summary, and as many of a text; in bytes that is safe. */
const textBytesMax = 64 * KiB - 1
/** A configuration may have ten thousand steps; whoever wants them all follows the link. */
const stepsShownMax = 200
/** Of why it ended. Characters. */
const whyLengthMax = 1000

/** What a check shows of a build beyond its state, as it is now. */
export async function checkDetails(
  ctx: Ctx,
  { status, build: row, repository }: Due,
): Promise<CheckDetails> {
  const build = buildOf(row, repository.fullName)
  const steps = await stepsOf(ctx, build.id)
  return {
    externalId: build.id,
    conclusion: conclusionOf(build, status.state),
    startedAt: build.startedAt,
    finishedAt: build.finishedAt ?? status.changedAt,
    summary: await summaryOf(ctx, build, steps),
    text: errorsOf(ctx, build, steps),
    // What was held back, and what has no configuration, is not made to run by asking again.
    isRetryable: status.state === 'cancelled' || (status.state === 'failure' && steps.length > 0),
    handle: status.handle,
    isUnsure: status.isUnsure || (status.wasUnsure && isEnd(status.state)),
  }
}

/** What was skipped is a success: a merge that waits for the check waits for nothing. */
function conclusionOf(build: Build, state: Due['status']['state']): CheckConclusion | null {
  switch (state) {
    case 'pending':
      // It goes on only if somebody does something, which is what GitHub calls this.
      return build.status === 'waiting_approval' ? 'action_required' : null
    case 'running':
      return null
    case 'success':
    case 'cancelled':
      return state
    default:
      return build.failureKind === 'timeout' ? 'timed_out' : 'failure'
  }
}

async function summaryOf(ctx: Ctx, build: Build, steps: readonly Step[]): Promise<string> {
  const page = buildPage(ctx, build.id)
  const tests = await summariseTests(ctx, build)
  const why = (build.errorMessage ?? '').split('\n').map((line) => plainText(line, whyLengthMax))
  const shown = steps.slice(0, stepsShownMax)
  const rows = shown.map((step) => [
    `[${codeText(step.name)}](${page}?step=${stepKey(step)})`,
    stateOf(step),
    tookOf(step, ctx.clock()),
  ])
  const more = steps.length - shown.length
  const lines = [
    ...(why.join('') === '' ? [] : [...why.flatMap((line) => [line, '']), '']),
    ...(tests === null ? [] : [...failedTests(tests), '']),
    ...(rows.length === 0 ? [] : [...table(['Step', 'State', 'Took'], rows), '']),
    ...(more > 0 ? [`… and ${more} more steps.`, ''] : []),
  ]
  const link = `[Build #${build.number} in Oore](${page})`
  const note = '… the rest is on the build’s page.'
  return `${fitted(lines, textBytesMax - Buffer.byteLength(`\n${link}`), note)}\n${link}`
}

const stateWords: Record<StepStatus, string> = {
  pending: '⏳ Waiting',
  running: '🔵 Running',
  success: '✅ Succeeded',
  failure: '❌ Failed',
  skipped: '⚪ Skipped',
  cancelled: '⛔ Cancelled',
}

const stateOf = ({ status, exitCode, ignoredFailure }: Step): string => {
  const code = status === 'failure' && exitCode !== null ? ` (exit code ${exitCode})` : ''
  return `${stateWords[status]}${code}${ignoredFailure ? ', which may fail' : ''}`
}

const tookOf = ({ startedAt, finishedAt }: Step, now: number): string =>
  startedAt === null ? '' : durationText(Math.max(0, (finishedAt ?? now) - startedAt))

/** What the step that failed said, as far as it decides. */
function errorsOf(ctx: Ctx, build: Build, steps: readonly Step[]): string | null {
  const step = steps.find(({ status, ignoredFailure }) => status === 'failure' && !ignoredFailure)
  if (step === undefined || build.status !== 'failure') return null
  const excerpt = decisiveLines(ctx.logs.open(build.id, step.position))
  const first = excerpt?.lines[0]
  if (excerpt === null || first === undefined) return null
  const address = `${buildPage(ctx, build.id)}?step=${stepKey(step)}#s${stepKey(step)}-L${first.number}`
  return [
    `${excerpt.hasError ? 'The first error' : 'The last lines'} of ${codeText(step.name)}, [from line ${first.number}](${address}):`,
    '',
    codeBlock(excerpt.lines.map(({ text }) => text)),
  ].join('\n')
}
