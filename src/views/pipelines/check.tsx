import type { Preview } from '../../core/pipelines/preview.ts'
import { Problems } from '../ui/source.tsx'
import { Effective } from './effective.tsx'

type CheckResultProps = {
  preview: Preview
  content: string
  fileName: string
  /** Where a line is shown: in the listing of a page without script, else in the editor. */
  placeHref: (line: number) => string
}

/** What a check says: how much is wrong, what, and what Oore understood. Asked for anew by typing. */
export const CheckResult = ({ preview, content, fileName, placeHref }: CheckResultProps) => (
  <div id="check" class="check-result">
    <p id="check-summary" class={`check-summary ${mood(preview)}`} role="status">
      {summaryOf(preview)}
    </p>
    <div id="check-problems">
      {preview.problems.length > 0 && (
        <Problems
          problems={preview.problems}
          content={content}
          fileName={fileName}
          placeHref={placeHref}
        />
      )}
    </div>
    <div id="check-plan">
      <Effective workflows={preview.workflows} />
    </div>
  </div>
)

/** `2 errors, 1 warning`, or that it is valid and what it holds. */
function summaryOf({ problems, workflows }: Preview): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length - errors
  const counts = [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ].join(', ')
  if (errors > 0) return counts
  const valid = `Valid, with ${counted(workflows.length, 'workflow')}`
  return counts === '' ? valid : `${valid}, ${counts}`
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

const mood = ({ valid, problems }: Preview): string =>
  valid ? (problems.length > 0 ? 'st caution' : 'st success') : 'st failure'
