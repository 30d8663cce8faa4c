import type { Build } from '../../core/builds/build.ts'
import type { TestCounts, TestSummary } from '../../core/tests/test.ts'
import { paths } from '../paths.ts'
import { ButtonLink } from '../ui/form.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Lasting } from '../ui/time.tsx'
import { SlowTests, TestRows } from './rows.tsx'
import { grouped } from './words.ts'

type TestSectionProps = { build: Build; tests: TestSummary | null }

/** A part: how the tests of a build turned out, those that failed first. Empty without tests. */
export const TestSection = ({ build, tests }: TestSectionProps) => (
  <div id="build-tests">{tests !== null && <Tests build={build} tests={tests} />}</div>
)

const Tests = ({ build, tests }: { build: Build; tests: TestSummary }) => {
  const { counts, failures, slowest } = tests
  const more = counts.failed - failures.length
  return (
    <section class="section" aria-labelledby="tests-title">
      <div class="section-head">
        <h2 id="tests-title">
          Tests <span class="count num">{grouped(counts.total)}</span>
        </h2>
        <ButtonLink href={paths.tests(build.id)}>All tests</ButtonLink>
      </div>
      <TestTotals counts={counts} />
      {failures.length > 0 && <TestRows tests={failures} />}
      {more > 0 && (
        <p class="tests-more">
          <a href={paths.tests(build.id, { status: 'failed' })}>
            {more === 1 ? 'One more test failed' : `${grouped(more)} more tests failed`}
          </a>
        </p>
      )}
      {slowest.length > 1 && (
        <details class="disclosure">
          <summary>
            Slowest tests
            <span class="muted">
              {' '}
              <Lasting ms={slowest[0]?.durationMs ?? 0} /> at most
            </span>
          </summary>
          <SlowTests tests={slowest} />
        </details>
      )}
    </section>
  )
}

/** How many of which outcome, and how long they took together. */
export const TestTotals = ({ counts }: { counts: TestCounts }) => (
  <p class="test-totals">
    {counts.failed > 0 && <Total look="failure" count={counts.failed} word="failed" />}
    {counts.passed > 0 && <Total look="success" count={counts.passed} word="passed" />}
    {counts.skipped > 0 && <Total look="skipped" count={counts.skipped} word="skipped" />}
    <span class="muted">
      <Lasting ms={counts.durationMs} /> in all
    </span>
  </p>
)

type TotalProps = {
  look: IconName & ('failure' | 'success' | 'skipped')
  count: number
  word: string
}

const Total = ({ look, count, word }: TotalProps) => (
  <span class={`st ${look}`}>
    <Icon name={look} />
    <span class="num">{grouped(count)}</span> {word}
  </span>
)
