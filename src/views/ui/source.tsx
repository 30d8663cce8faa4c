import type { Problem } from '../../pipeline/problem.ts'
import { Copy } from './copy.tsx'
import { Theirs } from './text.tsx'

type SourceProps = {
  text: string
  label: string
  /** Gives each line an id, this and its number, to be led to. */
  linePrefix?: string
}

/** A text as it stands, with numbered lines and a way to copy it. */
export const Source = ({ text, label, linePrefix }: SourceProps) => (
  <div class="source">
    <Copy text={text} label={`Copy: ${label}`} />
    <pre tabindex={0} role="region" aria-label={label}>
      {linesOf(text).map((line, index) => (
        <span
          class="source-line"
          {...(linePrefix === undefined ? {} : { id: `${linePrefix}${index + 1}` })}
        >
          <Theirs>{line}</Theirs>
          {'\n'}
        </span>
      ))}
    </pre>
  </div>
)

type ProblemsProps = {
  problems: readonly Problem[]
  content: string
  fileName: string
  /** Makes the places links to their lines. */
  placeHref?: ((line: number) => string) | undefined
}

/** What is wrong with a configuration, each with its line and a caret under the place. */
export const Problems = ({ problems, content, fileName, placeHref }: ProblemsProps) => {
  const lines = linesOf(content)
  return (
    <ol class="problem-list">
      {problems.map((problem, index) => (
        <li
          class={`problem problem-${problem.severity}`}
          data-severity={problem.severity}
          data-line={problem.line === null ? undefined : String(problem.line)}
          data-column={problem.column === null ? undefined : String(problem.column)}
        >
          <p class="problem-place">
            <strong>{problem.severity === 'error' ? 'Error' : 'Warning'}</strong>{' '}
            <Place problem={problem} fileName={fileName} placeHref={placeHref} />
          </p>
          <p class="lines">
            {problem.path !== '' && !problem.message.startsWith(problem.path) && (
              <>
                <code>
                  <Theirs>{problem.path}</Theirs>
                </code>{' '}
              </>
            )}
            <span class="problem-text">
              <Theirs>{problem.message}</Theirs>
            </span>
          </p>
          <Excerpt
            problem={problem}
            line={lines[(problem.line ?? 0) - 1]}
            label={`Problem ${index + 1}, line ${problem.line ?? 0}`}
          />
          {problem.suggestion !== null && (
            <p class="lines">
              <Theirs>{problem.suggestion}</Theirs>
            </p>
          )}
        </li>
      ))}
    </ol>
  )
}

type PlaceProps = Pick<ProblemsProps, 'fileName' | 'placeHref'> & { problem: Problem }

const Place = ({ problem, fileName, placeHref }: PlaceProps) => {
  const place = <code>{placeOf(problem, fileName)}</code>
  return placeHref === undefined || problem.line === null ? (
    place
  ) : (
    <a href={placeHref(problem.line)}>{place}</a>
  )
}

type ExcerptProps = { problem: Problem; line: string | undefined; label: string }

const Excerpt = ({ problem, line, label }: ExcerptProps) =>
  problem.line === null || line === undefined ? null : (
    <pre class="excerpt" tabindex={0} role="region" aria-label={label}>
      <span class="excerpt-number">{problem.line} │ </span>
      <Theirs>{line}</Theirs>
      {problem.column !== null && (
        <span class="caret" aria-hidden="true">
          {`\n${' '.repeat(String(problem.line).length)} │ ${indentTo(line, problem.column)}^`}
        </span>
      )}
    </pre>
  )

/** White space as wide as what stands before `column`: tabs stay tabs, so that the caret fits. */
const indentTo = (line: string, column: number): string =>
  line.slice(0, column - 1).replace(/[^\t]/g, ' ')

const placeOf = ({ line, column }: Problem, fileName: string): string =>
  [fileName, line, column].filter((part) => part !== null).join(':')

const linesOf = (text: string): string[] => text.replace(/\r?\n$/, '').split(/\r?\n/)
