import { codeText } from '../../lib/markdown.ts'
import type { TestSummary } from '../tests/test.ts'

/** Characters of what a test says of its failure. */
const messageLengthMax = 160

/** How the tests turned out, and the first that failed, as lines of Markdown. */
export function failedTests({ counts, failures }: TestSummary): string[] {
  const { total, passed, failed, skipped } = counts
  const of = `${passed} of ${total} passed${skipped === 0 ? '' : `, ${skipped} were skipped`}`
  if (failed === 0) return [`**Tests**: ${of}.`]
  const more = failed - failures.length
  return [
    `**Tests**: ${failed} failed, ${of}.`,
    '',
    ...failures.map(({ suite, name, message }) => {
      const full = codeText(suite === '' ? name : `${suite} › ${name}`)
      const [first = ''] = (message ?? '').trim().split('\n', 1)
      return first === '' ? `- ${full}` : `- ${full}: ${codeText(first, messageLengthMax)}`
    }),
    ...(more > 0 ? [`- … and ${more} more`] : []),
  ]
}
