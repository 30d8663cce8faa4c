import { hasFailed, type TestResult } from '../../core/tests/test.ts'
import { Icon } from '../ui/icon.tsx'
import { Code, Theirs } from '../ui/text.tsx'
import { Lasting } from '../ui/time.tsx'
import { placeOf, testLooks, testWords } from './words.ts'

/** Tests, one below the other, each with what it said. */
export const TestRows = ({ tests }: { tests: TestResult[] }) => (
  <ul class="tests">
    {tests.map((test) => (
      <TestRow test={test} />
    ))}
  </ul>
)

function TestRow({ test }: { test: TestResult }) {
  const place = placeOf(test)
  // Many reports call a file a suite: once is enough.
  const isTold = test.suite === '' || test.suite === test.file
  return (
    <li class="test">
      <TestIcon test={test} />
      <div class="test-what">
        <div class="test-head">
          <p class="test-name">
            <Theirs>{test.name}</Theirs>
          </p>
          {test.durationMs !== null && test.status !== 'skipped' && (
            <span class="test-time">
              <Lasting ms={test.durationMs} />
            </span>
          )}
        </div>
        {(!isTold || place !== null) && (
          <p class="test-where">
            {!isTold && (
              <span>
                <Theirs>{test.suite}</Theirs>
              </span>
            )}
            {place !== null && <Code>{place}</Code>}
          </p>
        )}
        {test.message !== null && (
          <p class={hasFailed(test) ? 'test-message' : 'test-reason'}>
            <Theirs>{test.message}</Theirs>
          </p>
        )}
        {test.details !== null && (
          <details class="disclosure test-details">
            <summary>
              Details<span class="sr-only"> of </span>
              <span class="sr-only">
                <Theirs>{test.name}</Theirs>
              </span>
            </summary>
            <pre>
              <Theirs>{test.details}</Theirs>
            </pre>
          </details>
        )}
      </div>
    </li>
  )
}

const TestIcon = ({ test: { status } }: { test: TestResult }) => (
  <span class={`st ${testLooks[status].look}`}>
    <Icon name={testLooks[status].icon} />
    <span class="sr-only">{testWords[status]}: </span>
  </span>
)

/** The slowest, with a bar each against the first. */
export const SlowTests = ({ tests }: { tests: TestResult[] }) => {
  const longest = Math.max(1, ...tests.map(({ durationMs }) => durationMs ?? 0))
  return (
    <ol class="slow-tests">
      {tests.map((test) => (
        <li>
          <span class="slow-name">
            <Theirs>{test.name}</Theirs>
          </span>
          <span class="test-time">
            <Lasting ms={test.durationMs ?? 0} />
          </span>
          <svg class="slow-bar" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
            <rect width={widthOf(test, longest)} height="2" />
          </svg>
        </li>
      ))}
    </ol>
  )
}

const widthOf = ({ durationMs }: TestResult, longest: number): string =>
  String(Math.max(1, Math.round((100 * (durationMs ?? 0)) / longest)))
