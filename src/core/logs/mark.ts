import { type Build, type BuildStatus, buildStatuses } from '../builds/build.ts'
import { type Step, type StepStatus, stepStatuses } from '../steps/step.ts'

/** How far somebody has followed a build: what they know of its state, and how much of its logs. */
export type Mark = {
  /** The last status they were told; null for none. */
  build: BuildStatus | null
  /** The same by position; beyond its end nothing was told. */
  steps: (StepStatus | null)[]
  /** The step whose log they are reading, and the next byte of it. */
  position: number
  offset: number
  /** How many bytes before that were kept back: the beginning of a character, of each stream. */
  kept: { stdout: number; stderr: number }
}

export const newMark = (): Mark => ({
  build: null,
  steps: [],
  position: 0,
  offset: 0,
  kept: { stdout: 0, stderr: 0 },
})

const untold = '-'
const letters: Record<BuildStatus | StepStatus, string> = {
  waiting_approval: 'a',
  pending: 'p',
  running: 'r',
  success: 's',
  failure: 'f',
  cancelled: 'c',
  skipped: 'k',
}
const shape = /^([-aprsfck])\.((?:[-prsfck]\d{1,5})*)\.(\d{1,5})\.(\d{1,15})\.([0-3])([0-3])$/
const stepsMax = 10_002

/** A mark as text: `r.s2r1p4.2.10456.00`. The id of an event; it means the same after a restart. */
export function markText({ build, steps, position, offset, kept }: Mark): string {
  let runs = ''
  for (let from = 0; from < steps.length;) {
    let to = from
    while (to < steps.length && steps[to] === steps[from]) to++
    runs += `${letterOf(steps[from] ?? null)}${to - from}`
    from = to
  }
  return `${letterOf(build)}.${runs}.${position}.${offset}.${kept.stdout}${kept.stderr}`
}

/** The mark of a text; null where it is none. */
export function markOf(text: string): Mark | null {
  const parts = shape.exec(text)
  if (!parts) return null
  const [, build = '', runs = '', position, offset, stdout, stderr] = parts
  const steps: (StepStatus | null)[] = []
  for (const [, letter = '', count] of runs.matchAll(/([-a-z])(\d+)/g)) {
    if (steps.length + Number(count) > stepsMax) return null
    for (let i = 0; i < Number(count); i++) steps.push(statusOf(letter, stepStatuses))
  }
  return {
    build: statusOf(build, buildStatuses),
    steps,
    position: Number(position),
    offset: Number(offset),
    kept: { stdout: Number(stdout), stderr: Number(stderr) },
  }
}

export const knowsBuild = (mark: Mark, build: Build): boolean => mark.build === build.status

export const knowsStep = (mark: Mark, step: Step): boolean =>
  mark.steps[step.position] === step.status

/** Notes that somebody was told of a step. */
export function tellStep(mark: Mark, { position, status }: Step): void {
  while (mark.steps.length < position) mark.steps.push(null)
  mark.steps[position] = status
}

const letterOf = (status: BuildStatus | StepStatus | null): string =>
  status === null ? untold : letters[status]

function statusOf<Status extends BuildStatus | StepStatus>(
  letter: string,
  statuses: readonly Status[],
): Status | null {
  return statuses.find((status) => letters[status] === letter) ?? null
}
