import { changesetVerdict } from '../pipeline/changeset.ts'
import { evaluate } from '../pipeline/conditions/evaluate.ts'
import { readBound } from '../pipeline/conditions/parse.ts'
import { configFileNames } from '../pipeline/default.ts'
import type { PlannedStep } from '../pipeline/plan.ts'
import type { StepContext } from './steps.ts'

/**
 * Why a step is not run although it is its turn, in a sentence; null where it runs. Both halves of
 * its `when` must allow it. What changed may be unknown: then it runs.
 */
export function heldBack(
  { when: { changeset, condition } }: PlannedStep,
  {
    environment,
    changedFiles,
    matching,
  }: Pick<StepContext, 'environment' | 'changedFiles' | 'matching'>,
): string | null {
  if (condition !== null) {
    // The server has put in everything else the condition asked for.
    const scope = { env: environment, event: null, inputs: {} }
    if (!evaluate(readBound(condition), scope)) {
      return `This step was skipped: its condition does not hold: ${condition}`
    }
  }
  if (changeset === null || changedFiles === null) return null
  const config = configFileNames.find((name) => changedFiles.includes(name)) ?? null
  const { runs, reason } = changesetVerdict(changeset, changedFiles, config, matching)
  return runs ? null : `This step was skipped: ${reason}`
}
