/** What was decided about one workflow. */
export type WorkflowVerdict = { started: boolean; text: string }

/** A reason, read: the configuration it was decided by and a verdict for each workflow, else text. */
export type Reason =
  { is: 'verdicts'; by: string; verdicts: WorkflowVerdict[] } | { is: 'text'; text: string }

/**
 * Reads what `reasonOf` in core/deliveries/decide.ts writes; started workflows come first, then
 * skipped ones, which have a build too.
 */
export function readReason(text: string): Reason {
  const [by = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 0 || !/^By .+:$/.test(by)) return { is: 'text', text }
  const ordered = lines.toSorted((a, b) => rankOf(a) - rankOf(b))
  const verdicts = ordered.map((line) => ({ started: isStarted(line), text: line }))
  return { is: 'verdicts', by, verdicts }
}

/** The line of a reason that decides most, for a list: one of a build, where there is one. */
export function decisiveLine(text: string): string {
  const reason = readReason(text)
  if (reason.is === 'text') return text.split('\n', 1)[0] ?? ''
  const [first, ...others] = reason.verdicts
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return `${first?.text ?? ''}${more}`
}

/** A name of a workflow may say anything; the sentence after it is ours, and ends in the reason. */
const isStarted = (line: string): boolean =>
  / (was started|waits for an approval): /.test(line) && !notStarted.test(line)
const notStarted = / was not started: /

const isSkipped = (line: string): boolean => / was skipped: /.test(line) && !notStarted.test(line)

const rankOf = (line: string): number => (isStarted(line) ? 0 : isSkipped(line) ? 1 : 2)
