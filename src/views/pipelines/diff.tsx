import type { DiffLine, Hunk } from '../../lib/line-diff.ts'
import { Theirs } from '../ui/text.tsx'

/** Removed and added lines with what stands around them. Nothing where nothing changed. */
export const Diff = ({ hunks, label = 'Changes' }: { hunks: readonly Hunk[]; label?: string }) =>
  hunks.length === 0 ? null : (
    <div class="source diff">
      <pre tabindex={0} role="region" aria-label={label}>
        {hunks.map(({ lines, skipped }) => (
          <>
            {skipped > 0 && (
              <span class="diff-skipped">
                {skipped === 1 ? '… 1 line is the same' : `… ${skipped} lines are the same`}
                {'\n'}
              </span>
            )}
            {lines.map((line) => (
              <Line line={line} />
            ))}
          </>
        ))}
      </pre>
    </div>
  )

function Line({ line }: { line: DiffLine }) {
  switch (line.is) {
    case 'removed':
      return (
        <del class="diff-line diff-removed">
          - <Theirs>{line.text}</Theirs>
          {'\n'}
        </del>
      )
    case 'added':
      return (
        <ins class="diff-line diff-added">
          + <Theirs>{line.text}</Theirs>
          {'\n'}
        </ins>
      )
    case 'same':
      return (
        <span class="diff-line">
          {'  '}
          <Theirs>{line.text}</Theirs>
          {'\n'}
        </span>
      )
  }
}
